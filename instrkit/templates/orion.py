"""Orion-14B-Chat: `Human:` and `Assistant:`, with `</s>` before each answer and behind it."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["Orion"]


@template("orion")
class Orion(Chat):
    """
    Write Orion's chat template, which has no place for system messages; what opens an answer belongs to the question.

    No trainer of its own: the loss is on answers and the token that ends them.
    """

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp 'OrionStarAI/Orion-14B-Chat'"
    summary: ClassVar[str] = "Orion-14B: Human: text, Assistant: </s>text</s>, no system message"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    start: ClassVar[str] = "<s>"
    user: ClassVar[str] = "Human: {}\n\nAssistant: </s>"
    assistant: ClassVar[str] = "⟦{}</s>⟧"
    open: ClassVar[str] = ""
