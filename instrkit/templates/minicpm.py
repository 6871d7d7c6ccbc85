"""MiniCPM: `<用户>` before a question, `<AI>` before its answer."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["MiniCPM"]


class Turns(Chat):
    """MiniCPM's turns."""

    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")
    system: ClassVar[str] = "{}"
    user: ClassVar[str] = "<用户>{}<AI>"
    assistant: ClassVar[str] = "⟦{}⟧"
    tool: ClassVar[str] = "{}"
    open: ClassVar[str] = ""


class Training(Turns):
    """The turns of a text to train from, less its end."""

    start: ClassVar[str] = "<s>"


@template("minicpm")
class MiniCPM(Turns):
    """
    Write MiniCPM's layout; a system text stands bare before the first question, the role names are plain text.

    The chat template strips all texts and ends none. The fine-tuning script (OpenBMB/MiniCPM@062ea5264a77:finetune/
    finetune.py) writes them as they are, between `<s>` and a trained `</s>`: that is the layout to train from.

    Attributes:
        layout: `chat`, and `auto`, for the chat template's text, `training` for the script's, which strips nothing.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = (
        "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp 'MiniCPM-3B-OpenHermes-2.5-v2'"
    )
    summary: ClassVar[str] = "MiniCPM: <用户>text<AI>text; layout=training adds <s> and </s>"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    strip: ClassVar[bool] = True

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; in the training layout the last `</s>` is trained, whoever speaks last."""
        if not keeps_all(self.layout):
            return super().pieces(sample, generate=generate)
        pieces = Training(default_system=self.default_system).pieces(sample, generate=generate)
        if not generate:
            pieces.append(("</s>", "end", len(sample.messages) - 1 if sample.messages else None, True, None))
        return pieces
