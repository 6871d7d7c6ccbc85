"""DeepSeek's plain layouts: Coder (`### Instruction:`) and V2 (`User:`); V3 and its successors have their own files."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["CODER_SYSTEM", "DeepSeekCoder", "DeepSeekV2"]

CODER_SYSTEM = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek Company, and you "
    "only answer questions related to computer science. For politically sensitive questions, security and privacy "
    "issues, and other non-computer science questions, you will refuse to answer\n"
)
"""The default system text of the chat template; the line break belongs to it, a sample's own system text has none."""

_BOS = "<｜begin▁of▁sentence｜>"
_EOS = "<｜end▁of▁sentence｜>"


@template("deepseek-coder")
class DeepSeekCoder(Chat):
    """
    Write DeepSeek-Coder as its chat template does: whatever is neither system nor user stands under `### Response:`.

    The loss is the trainer's (deepseek-ai/DeepSeek-Coder@3fd8db86c3c7:finetune/finetune_deepseekcoder.py): the answer,
    the line break behind it and `<|EOT|>`. Its default system text is spelled differently there and ends with a full
    stop; to train with it, give it as `default_system`.
    """

    default_system: str | None = CODER_SYSTEM

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "DeepSeek-Coder: ### Instruction:, ### Response:, <|EOT|>, a default system text"
    bos: ClassVar[str] = _BOS
    eos: ClassVar[str] = "<|EOT|>"
    control: ClassVar[tuple[str, ...]] = (_BOS, _EOS, "<|EOT|>")

    start: ClassVar[str] = _BOS
    system: ClassVar[str] = "{}"
    user: ClassVar[str] = "### Instruction:\n{}\n"
    assistant: ClassVar[str] = "### Response:\n⟦{}\n<|EOT|>⟧\n"
    tool: ClassVar[str] = "### Response:\n{}\n<|EOT|>\n"


@template("deepseek-v2-hf", "deepseek-v2")
class DeepSeekV2(Chat):
    """
    Write DeepSeek-V2 as its chat template does; tool messages have no place.

    A prompt ends with `Assistant:`, so the space before an answer is the model's to write, and carries loss.
    """

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "DeepSeek-V2: User: and Assistant: with blank lines, an end token behind answers"
    bos: ClassVar[str] = _BOS
    eos: ClassVar[str] = _EOS
    control: ClassVar[tuple[str, ...]] = (_BOS, _EOS)

    start: ClassVar[str] = _BOS
    system: ClassVar[str] = "{}\n\n"
    user: ClassVar[str] = "User: {}\n\n"
    assistant: ClassVar[str] = f"Assistant:⟦ {{}}{_EOS}⟧"
    open: ClassVar[str] = "Assistant:"
