"""Drop samples that are too short or too long."""

from __future__ import annotations

import numpy as np

from instrkit.errors import UsageError
from instrkit.ops.base import Batch, Filter, Values, op

__all__ = ["Length"]


@op("length")
class Length(Filter):
    """
    Judge the number of characters, counted as code points.

    There is no bound by default: short answers are legitimate (one answer in twenty of Alpaca's has fewer than ten
    characters, "Positive", "42" and "积极的" among them), and what is too long depends on the model.

    Attributes:
        min: Fewest characters to keep.
        max: Most characters to keep.
    """

    why_low = "too short"
    why_high = "too long"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max is not None and self.max < 0:
            raise UsageError(f"length: max {self.max:g}: expected 0 characters or more")

    def measure(self, batch: Batch) -> Values:
        """Return one length per sample: that of its longest text in the scope."""
        texts = batch.text(self.scope)
        lengths = np.fromiter(map(len, texts.strings), dtype=np.float64, count=len(texts.strings))
        return texts.per_sample(lengths)
