"""Qwen3: ChatML with tools and thinking; and its 2507 instruct models, which do not think."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, Quick, header, special, template
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.layout import Layout, for_training
from instrkit.templates.shared.think_tags import CLOSE, OPEN, Thought, read_thought, thought_first, word_for_word
from instrkit.templates.shared.tool_tags import ToolTags, calls, spoken

__all__ = ["Qwen3", "Qwen3Instruct2507"]

CONTROL = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<tool_call>", "</tool_call>", "<tool_response>",
    "</tool_response>", "<think>", "</think>",
)  # fmt: skip
NO_THOUGHT: tuple[Piece, ...] = (special(OPEN), header("\n\n"), special(CLOSE), header("\n\n"))


class InstructTurns(Chat):
    """The plain turns of models that do not think."""

    control: ClassVar[tuple[str, ...]] = CONTROL
    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦{}<|im_end|>\n⟧"


class ThinkingTurns(InstructTurns):
    """The plain turns of models that think: an answer without a thought has an empty one."""

    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦<think>\n\n</think>\n\n{}<|im_end|>\n⟧"
    open: ClassVar[str] = "<|im_start|>assistant\n"


@template("qwen3")
class Qwen3(ToolTags, ThinkingTurns):
    """
    Write thinking between `<think>` tags before each answer; the loss is on all the assistant says, tags and all.

    The training layout keeps every thought and writes an empty one where there is none. The chat layout is that of
    inference: thoughts before the last question are dropped, and so are empty ones but the last message's. A content
    that holds `<think>…</think>` and has no thinking beside it is taken apart; in training it stays as it is where
    that would lose text.

    Attributes:
        layout: `training`, `chat`, or `auto`: the trainer's text, and the chat template's for generation.
        enable_thinking: Whether the answer to be generated may begin with a thought; otherwise it gets an empty one.
    """

    layout: Layout = "auto"
    enable_thinking: bool = True

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/qwen3_training.jinja"
    summary: ClassVar[str] = "Qwen3: ChatML, tools in the system turn, thinking kept in training"
    eos: ClassVar[str] = "<|im_end|>"
    plain: ClassVar[tuple[Condition, ...]] = ()

    def answer(self, sample: Sample, index: int, *, generate: bool) -> list[Piece]:
        """Return the turn of the assistant's message *index*."""
        message = sample.messages[index]
        chat = self._chats(generate=generate)
        said, rest = _said_in_chat(sample.messages, index) if chat else _said_in_training(message, index)
        return [
            ("<|im_start|>", "special", index, False, None),
            ("assistant\n", "header", index, False, None),
            *said,
            *calls(message.tool_calls, index, after=rest, arguments=arguments_as_given),
            spoken("<|im_end|>", index, "end"),
            ("\n", "separator", index, True, None),
        ]

    def opened(self, sample: Sample) -> list[Piece]:
        """Return what opens an answer: an empty thought where there is to be none."""
        opening = super().opened(sample)
        return opening if self.enable_thinking else [*opening, *NO_THOUGHT]

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of plain turns at once; see `Template.quick`."""
        if self._chats(generate=generate) or (generate and not self.enable_thinking):
            return None
        for message in sample.messages:
            content = message.content
            if message.role == "assistant" and (not content or content[0] == "\n" or OPEN in content):
                return None
        return super().quick(sample, generate=generate)

    def _chats(self, *, generate: bool) -> bool:
        return not for_training(self.layout, generate=generate)


@template("qwen3-instruct-2507")
class Qwen3Instruct2507(ToolTags, InstructTurns):
    """Write what Qwen3 writes, without thinking, for which its layout has no place; no default system text."""

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/qwen3_instruct_2507_training.jinja"
    summary: ClassVar[str] = "Qwen3-Instruct-2507: ChatML, tools in the system turn, no thinking"
    eos: ClassVar[str] = "<|im_end|>"

    def arguments(self, call: ToolCall) -> str:
        """Return the arguments of *call* as JSON text: the source's own string where it has one."""
        return arguments_as_given(call)


def _said_in_training(message: Message, index: int) -> tuple[list[Piece], str]:
    """What the assistant thinks and says, nothing dropped; and the text that stands before its calls."""
    text = message.text
    if message.thinking is not None:
        return thought_first(message.thinking, text, index), text
    if OPEN not in text or CLOSE not in text:
        return thought_first("", text, index), text
    thought = read_thought(text)
    if not thought.whole:
        return word_for_word(text, index), text
    return thought_first(thought.reasoning, thought.content, index), thought.content


def _said_in_chat(messages: tuple[Message, ...], index: int) -> tuple[list[Piece], str]:
    """What the chat template lets the assistant think and say; and the text that stands before its calls."""
    message = messages[index]
    text = message.text
    if message.thinking is not None:
        thought = Thought(message.thinking, text)
    else:
        thought = read_thought(text) if CLOSE in text else Thought("", text)
    last = index + 1 == len(messages)
    if index > _last_question(messages) and (last or thought.reasoning):
        return thought_first(thought.reasoning, thought.content, index), thought.content
    return [spoken(thought.content, index)], thought.content


def _last_question(messages: tuple[Message, ...]) -> int:
    """Where the last question stands: a user's message that is no tool's result in disguise; the end without one."""
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "user" and message.content is not None:
            text = message.text
            if not (text.startswith("<tool_response>") and text.endswith("</tool_response>")):
                return index
    return len(messages) - 1
