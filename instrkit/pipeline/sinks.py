"""What the last stage writes for a sample: a record of a format, or a rendered text with its loss spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

import orjson

from instrkit import io
from instrkit.errors import LossError
from instrkit.pipeline.job import Writer
from instrkit.sample import Sample

__all__ = ["Sink", "open_sink"]


class Sink(Protocol):
    """
    Turns samples into output records.

    Attributes:
        losses: How often something could not be carried over, by kind.
    """

    losses: Counter[str]

    def records(self, sample: Sample, ident: str) -> Iterator[dict[str, Any]]:
        """Yield the records for one sample."""
        ...


class DumpSink:
    """Writes samples as records of a format."""

    def __init__(self, writer: Writer) -> None:
        assert writer.format is not None
        self.format = writer.format
        self.strict = writer.strict
        self.losses: Counter[str] = Counter()

    def records(self, sample: Sample, ident: str) -> Iterator[dict[str, Any]]:
        """Yield the sample's records, counting what the format cannot hold."""
        records, losses = self.format.from_sample(sample)
        for loss in losses:
            if self.strict:
                raise LossError(
                    f"{ident}: {self.format.name} cannot hold {loss.kind} at {loss.path}: expected nothing to be lost "
                    "under strict; choose another format or run without it"
                )
            self.losses[loss.kind] += 1
        yield from records


class RenderSink:
    """Writes samples as rendered text with the spans that carry loss."""

    def __init__(self, writer: Writer) -> None:
        from instrkit.templates import render

        self.render = render
        self.template = writer.template or ""
        self.options = dict(writer.options)
        self.strict = writer.strict
        self.losses: Counter[str] = Counter()

    def records(self, sample: Sample, ident: str) -> Iterator[dict[str, Any]]:
        """Yield one record: id, text, loss_spans, label_overrides, dropped, altered."""
        made = self.render(sample, self.template, **self.options)
        changes = [(*_told(item), "dropped") for item in made.dropped] + [
            (*_told(item), "altered") for item in made.altered
        ]
        for kind, path, how in changes:
            if self.strict:
                raise LossError(
                    f"{ident}: template {self.template} would have {how} {kind} at {path}: expected the whole sample "
                    "under strict; choose another template or run without it"
                )
            self.losses[f"{kind} {how}"] += 1
        yield {
            "id": ident,
            "text": made.text,
            "loss_spans": made.loss_spans,
            "label_overrides": made.label_overrides,
            "dropped": [{"kind": kind, "path": path} for kind, path, how in changes if how == "dropped"],
            "altered": [{"kind": kind, "path": path} for kind, path, how in changes if how == "altered"],
        }


def _told(item: Any) -> tuple[str, str]:
    return item.kind, item.path


def open_sink(writer: Writer) -> Sink:
    """Return the sink that *writer* describes."""
    return DumpSink(writer) if writer.kind == "dump" else RenderSink(writer)


def encode_record(record: dict[str, Any]) -> bytes:
    """Encode one output record; integers beyond 64 bits stay exact."""
    try:
        return orjson.dumps(record)
    except TypeError:
        return io.encode(record)
