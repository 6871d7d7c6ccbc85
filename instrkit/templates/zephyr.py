"""Zephyr: `<|system|>`, `<|user|>` and `<|assistant|>` in plain text, each turn ended by `</s>`."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["Zephyr"]


@template("zephyr")
class Zephyr(Chat):
    """
    Write Zephyr's chat template; the role names are plain text, guarded by nothing but the lines they stand on.

    The recipe trains every token; here the loss is on answers and the token that ends them.
    """

    source: ClassVar[str] = "huggingface/alignment-handbook@925acdfe4b2b:recipes/zephyr-7b-beta/sft/config_full.yaml"
    summary: ClassVar[str] = "Zephyr: <|user|>, text</s>, <|assistant|>, text</s>, no default system text"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    system: ClassVar[str] = "<|system|>\n{}</s>\n"
    user: ClassVar[str] = "<|user|>\n{}</s>\n"
    assistant: ClassVar[str] = "<|assistant|>\n⟦{}</s>⟧\n"
