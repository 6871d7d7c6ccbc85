"""Tülu: `<|user|>` and `<|assistant|>` in plain text, where only answers have an end token."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Quick, template
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.turn import Turn

__all__ = ["Tulu", "TuluThinker"]

THINK = "<think>"


class Turns(Chat):
    """Tülu's turns, each with the line break behind it that the last answer does not have."""

    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")
    system: ClassVar[str] = "<|system|>\n{}\n"
    user: ClassVar[str] = "<|user|>\n{}\n"
    assistant: ClassVar[str] = "<|assistant|>\n⟦{}</s>⟧\n"


@template("tulu")
class Tulu(Turns):
    """
    Write open-instruct's `tulu` template; its trainer trains answers and `</s>`.

    No line break follows an answer that ends the text.
    """

    source: ClassVar[str] = "allenai/open-instruct@e6c3044aa620:open_instruct/dataset_transformation.py"
    summary: ClassVar[str] = "Tülu: <|user|>, text, <|assistant|>, text</s>"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments, without the line break behind an answer that comes last."""
        pieces = super().pieces(sample, generate=generate)
        if sample.messages and sample.messages[-1].role == "assistant":
            pieces.pop()
        return pieces

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of plain turns at once; see `Template.quick`."""
        made = Turns(default_system=self.default_system).quick(sample, generate=generate)
        if made is None or sample.messages[-1].role != "assistant":
            return made
        return made[0][:-1], made[1]


@template("tulu_thinker")
class TuluThinker(Tulu):
    """
    Write open-instruct's `tulu_thinker` template: the prompt for generation ends with `<think>`.

    A content that begins with `<think>` has no loss there, as the prompt holds it. Thinking beside the content has no
    place.
    """

    summary: ClassVar[str] = "Tülu with answers that begin with <think>"
    open: ClassVar[str | None] = "<|assistant|>\n<think>"

    def said(self, message: Message, index: int, sample: Sample, form: Turn) -> list[Piece]:
        """Return the text of message *index*, an answer's `<think>` without loss."""
        said = super().said(message, index, sample, form)
        text = message.text
        if message.role != "assistant" or not text.startswith(THINK):
            return said
        return [(THINK, "content", index, False, None), (text[len(THINK) :], "content", index, form.train, None)]

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return None where an answer begins with `<think>` or is to be generated."""
        if generate or any(message.text.startswith(THINK) for message in sample.messages):
            return None
        return super().quick(sample, generate=generate)
