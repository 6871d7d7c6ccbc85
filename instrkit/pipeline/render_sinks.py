"""Samples → rendered text: with the spans that carry loss, or as a prompt and its completion."""

from __future__ import annotations

from typing import Any

from instrkit.errors import LossError
from instrkit.pipeline.job import Rendering
from instrkit.pipeline.sinks import Row, Sink
from instrkit.sample import Sample
from instrkit.templates import Rendered, open_template, render

__all__ = ["COMMON", "PairSink", "RenderSink", "TextSink"]

COMMON = ("loss", "add_generation_prompt", "on_control_token")
"""What `render` takes beside the template's own variables."""


class RenderSink(Sink):
    """Renders samples and counts what the template does not hold."""

    def __init__(self, rendering: Rendering, *, strict: bool) -> None:
        super().__init__()
        options = dict(rendering.options)
        named = {name: options.pop(name) for name in COMMON if name in options}
        self.template = open_template(rendering.template, options)
        self.strict = strict
        self.options: dict[str, Any] = named

    def render(self, sample: Sample) -> Rendered:
        """
        Return *sample* rendered, counting what was dropped or altered.

        Raises:
            LossError: Under strict, something would be.
        """
        made = render(sample, self.template, strict=self.strict, **self.options)
        if made.lookalikes:
            self.losses["control token in text, kept as text"] += len(made.lookalikes)
        dropped, altered = made.changes
        self.losses.update(f"{change.kind} dropped" for change in dropped)
        self.losses.update(f"{change.kind} altered" for change in altered)
        return made


class TextSink(RenderSink):
    """Writes the text with the spans that carry loss."""

    named = True

    def rows(self, sample: Sample, ident: str) -> tuple[Row]:
        """Return one row: id, text, loss_spans, label_overrides, dropped, altered, lookalikes."""
        made = self.render(sample)
        dropped, altered = made.changes
        return (
            {
                "id": ident,
                "text": made.text,
                "loss_spans": made.loss_spans,
                "label_overrides": made.label_overrides,
                "dropped": dropped,
                "altered": altered,
                "lookalikes": made.lookalikes,
            },
        )


class PairSink(RenderSink):
    """
    Writes two strings for trainers that train the whole of the second: what stands before the last loss span, and it.

    What carries loss before that span, and what follows it, has no place in a pair and is counted.
    """

    def rows(self, sample: Sample, ident: str) -> tuple[Row]:  # noqa: ARG002 - a sink's signature
        """Return one row, prompt and completion; none has a completion where nothing carries loss."""
        made = self.render(sample)
        if not made.loss_spans:
            self.lose("nothing carries loss: the completion is empty")
            return ({"prompt": made.text, "completion": ""},)
        start, end = made.loss_spans[-1]
        if len(made.loss_spans) > 1:
            self.lose("loss before the completion")
        if made.label_overrides:
            self.lose("label of another token")
        if end < len(made.text):
            self.losses["text after the completion dropped"] += 1  # a line end mostly, which carries no loss
        return ({"prompt": made.text[:start], "completion": made.text[start:end]},)

    def lose(self, kind: str) -> None:
        """
        Count something that a pair cannot hold.

        Raises:
            LossError: Under strict.
        """
        if self.strict:
            raise LossError(f"pairs: {kind}: expected one stretch with loss; write text or tokens, or loss='last'")
        self.losses[kind] += 1
