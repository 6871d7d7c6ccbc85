"""Drop samples that say the same thing over and over."""

from __future__ import annotations

import numpy as np

from instrkit.errors import UsageError
from instrkit.ops.base import Batch, Filter, Values, op
from instrkit.text import TextBlock

__all__ = ["Repetition"]

_MOST_CHARS = 1_000_000  # of each text; what repeats does so before, and 50 MB of text would take 3 GB of hashes


@op("repetition")
class Repetition(Filter):
    """
    Judge the share of character n-grams that repeat an earlier one.

    Repeated n-grams are the cheapest sign of degenerate text (Rae et al. 2021, arXiv:2112.11446, appendix A1, who count
    words). Characters serve English and Chinese alike, without a word splitter. Tables, forms, timetables and lists of
    numbers repeat themselves too: on Alpaca the legitimate ones reach 0.79 (an HTML table), degenerate text starts at
    about 0.8, and below some 200 characters the two cannot be told apart ("Hello" five times, as asked, has 0.71).

    Attributes:
        n: Characters in an n-gram.
        max: Largest share to keep, from 0.0 (no repeat at all) to 1.0.
        min_chars: Texts with fewer characters are not measured. Of longer texts the first million characters are.
    """

    n: int = 10
    max: float | None = 0.8
    min_chars: int = 200
    why = "repetitive"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n < 1:
            raise UsageError(f"repetition: n {self.n}: expected at least 1, such as 10")
        if self.max is not None and not 0.0 <= self.max <= 1.0:
            raise UsageError(f"repetition: max {self.max:g}: expected a share from 0.0 to 1.0")

    def measure(self, batch: Batch) -> Values:
        """Return one share per sample, the largest of its texts; 0.0 for texts shorter than *min_chars*."""
        texts = batch.text(self.scope)
        shares = np.zeros(len(texts.strings))
        long = [k for k, string in enumerate(texts.strings) if len(string) >= self.min_chars]
        if long:
            blocks = TextBlock.pack(texts.strings[k][:_MOST_CHARS] for k in long)
            shares[long] = np.concatenate([block.repeated_ngram_share(self.n) for block in blocks])
        return texts.per_sample(shares)
