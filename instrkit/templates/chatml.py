"""ChatML: one turn per message between `<|im_start|>` and `<|im_end|>`, used by Yi and by models that name no other."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["ChatML"]


@template("chatml", "yi")
class ChatML(Chat):
    """
    Write every message as `<|im_start|>role`, a line break, its text and `<|im_end|>`; no default system message.

    No trainer of its own: the loss is on answers and the token that ends them.
    """

    source: ClassVar[str] = "openai/openai-python@v0.28.1:chatml.md"
    summary: ClassVar[str] = "ChatML, also Yi: <|im_start|>role, text, <|im_end|>"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")

    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦{}<|im_end|>⟧\n"
    tool: ClassVar[str] = "<|im_start|>tool\n{}<|im_end|>\n"
