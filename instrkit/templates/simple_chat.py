"""The `simple_chat` template of open-instruct: the role's name, a colon, the text; one `</s>` at the end."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Template, template

__all__ = ["SimpleChat"]


@template("simple_chat")
class SimpleChat(Template):
    """
    Write every message as `Role: text` with a blank line between two.

    The text ends with `</s>` whoever speaks last; for generation nothing is added at all. The loss is on answers, and
    on `</s>` behind one.
    """

    source: ClassVar[str] = "allenai/open-instruct@e6c3044aa620:open_instruct/dataset_transformation.py"
    summary: ClassVar[str] = "Role: text, a blank line between messages, </s> at the end of training texts"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers are trained."""
        pieces: list[Piece] = []
        index, train = None, False
        for index, message in enumerate(sample.messages):
            train = message.role == "assistant"
            if index:
                pieces.append(("\n\n", "separator", None, False, None))
            pieces.append((f"{message.role.capitalize()}: ", "header", index, False, None))
            pieces.append((message.text, "tool" if message.role == "tool" else "content", index, train, None))
        if not generate:
            pieces.append(("</s>", "end", index, train, None))
        return pieces
