"""QwQ-32B: Qwen2.5's layout without a default system text; each answer begins with a thought."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Quick, template
from instrkit.templates.shared.layout import Layout, keeps_all
from instrkit.templates.shared.think_tags import CLOSE, thought_first, word_for_word
from instrkit.templates.shared.tool_tags import ToolTags, calls, spoken

__all__ = ["QwQ"]


@template("qwq-32b", "qwq")
class QwQ(ToolTags):
    """
    Write QwQ's chat template, which opens an answer with `<think>` and expects thoughts inside the content.

    The chat layout is that of inference: of answers before the last message only what follows `</think>` is left, and
    thinking beside the content is dropped. The training layout keeps both, and writes the latter between the tags.
    The loss is on the answer and the token that ends it, as no trainer is known.

    Attributes:
        layout: `training` keeps all thoughts; `chat`, and `auto`, drop those the chat template drops.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:models/templates/Qwen-QwQ-32B.jinja"
    summary: ClassVar[str] = "QwQ-32B: ChatML, tools in the system turn, answers that begin with <think>"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = (
        "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<tool_call>", "</tool_call>", "<tool_response>",
        "</tool_response>", "<think>", "</think>",
    )  # fmt: skip

    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦{}<|im_end|>⟧\n"
    open: ClassVar[str] = "<|im_start|>assistant\n<think>\n"
    bare_gap: ClassVar[str] = "\n\n"

    def answer(self, sample: Sample, index: int, *, generate: bool) -> list[Piece]:
        """Return the turn of the assistant's message *index*."""
        del generate
        message = sample.messages[index]
        text = message.text
        keeps = keeps_all(self.layout)
        last = index + 1 == len(sample.messages)
        if not keeps and not last:
            said = [spoken(text.split(CLOSE)[-1].lstrip("\n"), index)]
        elif not keeps or message.thinking is None:
            # without a thought in it, even training follows the template, which trims all but the last message
            said = word_for_word(text if last or CLOSE in text else text.lstrip("\n"), index)
        else:
            said = thought_first(message.thinking, text, index)
        said += calls(message.tool_calls, index, after=text)
        return self.forms().roles["assistant"].around(said, index)

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of plain turns at once; see `Template.quick`."""
        for message in sample.messages:
            content = message.content
            if message.role == "assistant" and (not content or content[0] == "\n" or CLOSE in content):
                return None
        return super().quick(sample, generate=generate)
