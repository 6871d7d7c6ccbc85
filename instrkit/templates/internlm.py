"""InternLM-1: turns that begin with `<|User|>:` and `<|Bot|>:` and end with tokens of their own."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["InternLM"]


@template("internlm")
class InternLM(Chat):
    """
    Write InternLM-Chat's layout, which has no place for system messages and tools.

    `<eoh>` and `<eoa>` are symbols of its SentencePiece model, which its own tokenizer reads in any text too; here
    they are control tokens. No trainer of its own: the loss is on answers and `<eoa>`.
    """

    source: ClassVar[str] = "yangulei/internlm-20b@c8acf43be1bf:modeling_internlm.py"
    summary: ClassVar[str] = "InternLM-1: <|User|>:text<eoh>, <|Bot|>:text<eoa>, no system message"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", "<eoh>", "<eoa>")

    start: ClassVar[str] = "<s>"
    user: ClassVar[str] = "<|User|>:{}<eoh>\n"
    assistant: ClassVar[str] = "<|Bot|>:⟦{}<eoa>⟧\n"
