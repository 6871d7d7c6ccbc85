"""What the last stage writes for samples: records of a format, or what `rendering` makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from instrkit.errors import LossError, TemplateError
from instrkit.formats.shared.losses import refused
from instrkit.pipeline.job import Writer
from instrkit.sample import Sample

__all__ = ["Dropped", "DumpSink", "Outcome", "Row", "Sink", "open_sink"]

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Dropped:
    """
    A sample that is not written because of what it would become.

    Attributes:
        reason: Why, in the ledger's words.
        value: What was measured, in the ledger's words.
        bound: What it was judged against (`max=2048`).
    """

    reason: str
    value: str
    bound: str


Outcome = tuple[Row, ...] | list[Row] | Dropped | TemplateError | LossError
"""What became of one sample: its rows, or why there are none; a `LossError` ends the run."""


class Sink:
    """
    Turns samples into rows of the output.

    Attributes:
        named: Whether the rows carry the sample's id.
        losses: How often something could not be carried over, by kind.
        measures: What was counted on the way (tokens, rows), by name.
    """

    named = False

    def __init__(self) -> None:
        self.losses: Counter[str] = Counter()
        self.measures: Counter[str] = Counter()

    def batch(self, samples: Sequence[Sample], idents: Sequence[str]) -> list[Outcome]:
        """Return what becomes of each sample; ids may be empty unless *named*."""
        outcomes: list[Outcome] = []
        for sample, ident in zip(samples, idents, strict=True):
            try:
                outcomes.append(self.rows(sample, ident))
            except (TemplateError, LossError) as error:
                outcomes.append(error)
        return outcomes

    def rows(self, sample: Sample, ident: str) -> tuple[Row, ...] | list[Row]:
        """Return the rows of one sample."""
        raise NotImplementedError

    def close(self) -> tuple[Row, ...] | list[Row]:
        """Return the rows that were held back."""
        return ()


class DumpSink(Sink):
    """Writes samples as records of a format."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        assert writer.format is not None
        self.format = writer.format
        self.strict = writer.strict

    def rows(self, sample: Sample, ident: str) -> tuple[Row, ...] | list[Row]:  # noqa: ARG002 - a sink's signature
        """Return the sample's records, counting what the format cannot hold."""
        records, losses = self.format.from_sample(sample)
        if losses:
            if self.strict:
                raise refused(self.format.name, losses[0])
            self.losses.update(loss.kind for loss in losses)
        return records


def open_sink(writer: Writer) -> Sink:
    """Return the sink that *writer* describes."""
    if writer.rendering is None:
        return DumpSink(writer)
    from instrkit.pipeline.render_sinks import PairSink, TextSink

    if writer.rendering.shape == "tokens":
        from instrkit.pipeline.token_sink import TokenSink

        return TokenSink(writer.rendering, strict=writer.strict)
    sink = TextSink if writer.rendering.shape == "text" else PairSink
    return sink(writer.rendering, strict=writer.strict)
