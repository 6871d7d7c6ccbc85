"""Qwen2.5: ChatML with a default system text, tools in the system turn, results in the user's."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.tool_tags import ToolTags

__all__ = ["Qwen25"]


@template("qwen2.5", "qwen2.5-coder")
class Qwen25(ToolTags):
    """
    Write Qwen2.5's chat template; the loss begins at the line break behind `assistant` and takes the last one along.

    Thinking has no place in it.

    Attributes:
        default_system: The system text of samples that do not begin with one.
    """

    default_system: str | None = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/qwen2_5_training.jinja"
    summary: ClassVar[str] = "Qwen2.5: ChatML, tools in the system turn, loss from the line break behind `assistant`"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<tool_call>", "</tool_call>")

    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant⟦\n{}<|im_end|>\n⟧"
