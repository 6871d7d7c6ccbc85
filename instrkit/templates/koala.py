"""Koala: `BEGINNING OF CONVERSATION:`, then USER and GPT in one line."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["Koala"]


@template("koala")
class Koala(Chat):
    """
    Write questions and answers as EasyLM's documentation prints and serves them.

    No space follows `GPT:`, on which the documentation insists. The trainer of the chat model is not published: the
    loss is on answers and the `</s>` that ends them. There is no BOS in the text; a system message has no place.
    """

    source: ClassVar[str] = "young-geng/EasyLM@fe5b2c354e25:docs/koala.md"
    summary: ClassVar[str] = "Koala: USER and GPT in one line, no space after GPT:, </s> behind answers"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    start: ClassVar[str] = "BEGINNING OF CONVERSATION: "
    user: ClassVar[str] = "USER: {} "
    assistant: ClassVar[str] = "GPT:⟦{}</s>⟧"
