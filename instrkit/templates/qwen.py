"""Qwen-1: ChatML with a default system text, where the trainer also trains the control tokens of questions."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["Qwen"]


@template("qwen")
class Qwen(Chat):
    """
    Write Qwen-Chat's layout as its fine-tuning script does.

    The script masks the words of system and user turns only: `<|im_start|>`, `<|im_end|>` and the last line break
    carry loss in every turn. Tools and thinking have no place in it.

    Attributes:
        default_system: The system text of samples without one.
    """

    default_system: str | None = "You are a helpful assistant."

    source: ClassVar[str] = "QwenLM/Qwen@2df8e8ac450f:finetune.py"
    summary: ClassVar[str] = "Qwen-1: ChatML, loss on answers and on the control tokens of every turn"
    eos: ClassVar[str] = "<|endoftext|>"
    control: ClassVar[tuple[str, ...]] = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")

    system: ClassVar[str] = "⟦<|im_start|>⟧system\n{}⟦<|im_end|>\n⟧"
    user: ClassVar[str] = "⟦<|im_start|>⟧user\n{}⟦<|im_end|>\n⟧"
    assistant: ClassVar[str] = "⟦<|im_start|>⟧assistant\n⟦{}<|im_end|>\n⟧"
