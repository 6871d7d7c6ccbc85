r"""Llama 3: every message under a header with its role, up to `<|eot_id|>`."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.chat import Chat

__all__ = ["CONTROL", "Llama3", "Llama3HF"]

CONTROL = (
    "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>",
    "<|python_tag|>", "<|finetune_right_pad_id|>", "<|step_id|>",
)  # fmt: skip
"""The control tokens of Llama 3 and 3.1 that mean something; another 240 are reserved."""


@template("llama3")
class Llama3(Chat):
    r"""
    Write every message as header, two line breaks, its text without the white space around it, and `<|eot_id|>`.

    Tool results stand under the header `tool`, as the reference writes whatever role there is; calls have no place and
    are reported as dropped. The loss is on answers and `<|eot_id|>`, as TRL's training variant has it
    (trl/chat_templates/llama3_training.jinja).
    """

    source: ClassVar[str] = "meta-llama/llama3@a0940f9cf706:llama/tokenizer.py"
    summary: ClassVar[str] = "Llama 3: a header with the role, the stripped text, <|eot_id|>"
    bos: ClassVar[str] = "<|begin_of_text|>"
    eos: ClassVar[str] = "<|eot_id|>"
    control: ClassVar[tuple[str, ...]] = CONTROL
    start: ClassVar[str] = "<|begin_of_text|>"
    system: ClassVar[str] = "<|start_header_id|>system<|end_header_id|>\n\n{}<|eot_id|>"
    user: ClassVar[str] = "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>"
    assistant: ClassVar[str] = "<|start_header_id|>assistant<|end_header_id|>\n\n⟦{}<|eot_id|>⟧"
    tool: ClassVar[str] = "<|start_header_id|>tool<|end_header_id|>\n\n{}<|eot_id|>"
    strip: ClassVar[bool] = True


@template("llama3-hf")
class Llama3HF(Llama3):
    """
    Write the first template that Hugging Face had for Llama 3: it opens an answer at the end of every text.

    Even behind an answer, and whether or not one is to be generated: what it opens there is never trained.
    """

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "Llama 3, first template: as llama3, always ends with an opened answer"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments of *sample* and an opened answer."""
        del generate
        return [*super().pieces(sample, generate=False), *self.opened(sample)]
