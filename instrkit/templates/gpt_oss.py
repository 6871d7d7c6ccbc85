r"""gpt-oss: the Harmony format, where every answer names its channel and every call its recipient."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, Template, special, template
from instrkit.templates.gpt_oss_tools import BROWSER, PYTHON, typed_tools
from instrkit.templates.shared.by_turns import leads
from instrkit.templates.shared.calls import arguments_text, to_json
from instrkit.templates.shared.layout import Layout, keeps_all
from instrkit.templates.shared.turn import Turn, fixed

__all__ = ["GptOss"]

_CONTROL = (
    "<|start|>", "<|message|>", "<|channel|>", "<|constrain|>", "<|end|>", "<|return|>", "<|call|>", "<|startoftext|>",
    "<|endoftext|>",
)  # fmt: skip
_CHANNELS_IN_TEXT = ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>")
_CHANNELS = "# Valid channels: analysis, commentary, final. Channel must be included for every message."
_FUNCTIONS = "\nCalls to these tools must go to the commentary channel: 'functions'."


@cache
def _turn(notation: str) -> Turn:
    return Turn.read(notation, _CONTROL)


@template("gpt-oss")
class GptOss(Template):
    r"""
    Write Harmony: a system message of the template's own, the sample's as developer message, then turns with channels.

    Thinking goes to the channel `analysis`, calls to `commentary` with a recipient, answers to `final` unless the
    message names another channel. Results are written as JSON, so that a text stands in quotes. The loss is on all
    that the assistant writes, from `<|start|>` on, as TRL's training variant has it
    (trl/chat_templates/gptoss_training.jinja). Both references leave out the thinking of earlier turns, and all calls
    of a message but its first: so does the layout `chat`. `training` writes them all.

    Attributes:
        date: Today's date in the system message, such as `2025-08-05`: required, as no clock is read.
        reasoning_effort: `low`, `medium` or `high`.
        model_identity: The first line of the system message.
        builtin_tools: Of the tools the model knows by itself, those there are: `browser`, `python`.
        layout: `training` writes earlier thinking and all calls; `chat`, and `auto`, leave out what the references do.
    """

    date: str | None = None
    reasoning_effort: str = "medium"
    model_identity: str = "You are ChatGPT, a large language model trained by OpenAI."
    builtin_tools: tuple[str, ...] = ()
    layout: Layout = "auto"

    source: ClassVar[str] = "corbinjurgens/llama.cpp@33732cb5df65:models/templates/openai-gpt-oss-120b.jinja"
    summary: ClassVar[str] = "gpt-oss (Harmony): channels, TypeScript tools, developer message; date is required"
    eos: ClassVar[str] = "<|return|>"
    control: ClassVar[tuple[str, ...]] = _CONTROL

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*; a last answer ends with `<|return|>`, every other with `<|end|>`.

        Raises:
            TemplateError: A result without a call before it, a text beside thinking and calls, or a text that spells
                a channel.
            UsageError: There is no date.
        """
        messages = sample.messages
        whole = keeps_all(self.layout)
        pieces = [*self._system(sample), *_developer(sample)]
        calls: tuple[ToolCall, ...] = ()
        first, last = leads(messages), len(messages) - 1
        for index in range(first, len(messages)):
            message = messages[index]
            if message.role == "user":
                pieces += _turn("<|start|>user<|message|>{}<|end|>").write(message.text, index)
            elif message.role == "tool":
                pieces += _result(message, index, calls)
            elif message.role == "assistant":
                _refuse_channels(message, index)
                if message.tool_calls:
                    calls = message.tool_calls if whole else message.tool_calls[:1]
                    pieces += _thoughts_before_call(message, index, write=whole or not _answered(messages, index))
                    for call in calls:
                        pieces += _call(call, index)
                else:
                    calls = ()
                    pieces += _answer(message, index, think=whole or index == last, last=index == last)
        if generate and (not messages or messages[-1].role != "assistant"):
            pieces += fixed("<|start|>assistant", _CONTROL)
        return pieces

    def _system(self, sample: Sample) -> list[Piece]:
        """The template's own system message."""
        if self.date is None:
            raise UsageError(
                "template gpt-oss: variable date: today's date stands in the system message: expected one such as "
                "date='2025-08-05', as no clock is read"
            )
        text = (
            f"{self.model_identity}\nKnowledge cutoff: 2024-06\nCurrent date: {self.date}\n\n"
            f"Reasoning: {self.reasoning_effort}\n\n"
        )
        if self.builtin_tools:
            text += "# Tools\n\n"
            text += BROWSER if "browser" in self.builtin_tools else ""
            text += PYTHON if "python" in self.builtin_tools else ""
        text += _CHANNELS + (_FUNCTIONS if sample.tools else "")
        pieces = fixed("<|start|>system<|message|>", _CONTROL)
        return [*pieces, (text, "header", None, False, None), special("<|end|>")]


def _developer(sample: Sample) -> list[Piece]:
    """The sample's system message and its tools."""
    index = 0 if leads(sample.messages) else None
    text = sample.messages[0].text if index == 0 else ""
    said: list[Piece] = []
    if text:
        said += [("# Instructions\n\n", "header", index, False, None), (text, "content", index, False, None),
                 ("\n\n", "separator", index, False, None)]  # fmt: skip
    if sample.tools:
        said.append(("# Tools\n\n## functions\n\nnamespace functions {\n\n", "header", index, False, None))
        said += [(tool, "tool", None, False, None) for tool in typed_tools(sample.tools)]
        said.append(("} // namespace functions", "header", index, False, None))
    return _turn("<|start|>developer<|message|>{}<|end|>").around(said, index) if said else []


def _refuse_channels(message: Message, index: int) -> None:
    for name, text in (("content", message.text), ("thinking", message.thinking or "")):
        if any(channel in text for channel in _CHANNELS_IN_TEXT):
            raise TemplateError(
                f"messages[{index}].{name}: a channel is spelled inside the text: expected the bare text; put what "
                "stands in the channel analysis under thinking and what stands in final under content"
            )


def _answered(messages: tuple[Message, ...], index: int) -> bool:
    """Whether an answer follows the call in message *index*."""
    return any(later.role == "assistant" and not later.tool_calls for later in messages[index + 1 :])


def _thoughts_before_call(message: Message, index: int, *, write: bool) -> list[Piece]:
    """What stands before a call: its thinking, or the text beside it."""
    if message.text and message.thinking:
        raise TemplateError(
            f"messages[{index}]: a text beside thinking and calls: expected one of the two; move the text into the "
            "thinking or into a message of its own"
        )
    text = message.text or message.thinking
    if not write or not text:
        return []
    return _said("analysis", text, index, thinking=not message.text)


def _said(channel: str, text: str, index: int, *, thinking: bool = False, end: str = "<|end|>") -> list[Piece]:
    turn = _turn(f"⟦<|start|>assistant<|channel|>{channel}<|message|>{{}}{end}⟧")
    return turn.write(text, index, "thinking" if thinking else "content")


def _answer(message: Message, index: int, *, think: bool, last: bool) -> list[Piece]:
    pieces: list[Piece] = []
    if message.thinking is not None and think:
        pieces += _said("analysis", message.thinking, index, thinking=True)
    channel = message.channel if message.channel in {"analysis", "commentary"} else "final"
    return pieces + _said(channel, message.text, index, end="<|return|>" if last and channel == "final" else "<|end|>")


def _call(call: ToolCall, index: int) -> list[Piece]:
    return [
        ("<|start|>", "special", index, True, None),
        ("assistant to=functions.", "header", index, True, None),
        (call.name, "tool", index, True, None),
        ("<|channel|>", "special", index, True, None),
        ("commentary json", "header", index, True, None),
        ("<|message|>", "special", index, True, None),
        (arguments_text(call), "tool", index, True, None),
        ("<|call|>", "end", index, True, None),
    ]


def _result(message: Message, index: int, calls: tuple[ToolCall, ...]) -> list[Piece]:
    """What a tool answered, under the name of the call it belongs to: by its id, else of the first call."""
    if not calls:
        raise TemplateError(
            f"messages[{index}]: a tool's result without a call before it: expected an assistant message with tool "
            "calls; add it or remove the result"
        )
    name = next((call.name for call in calls if call.id and call.id == message.tool_call_id), calls[0].name)
    return [
        ("<|start|>", "special", index, False, None),
        ("functions.", "header", index, False, None),
        (name, "tool", index, False, None),
        (" to=assistant", "header", index, False, None),
        ("<|channel|>", "special", index, False, None),
        ("commentary", "header", index, False, None),
        ("<|message|>", "special", index, False, None),
        (to_json(message.text), "tool", index, False, None),
        ("<|end|>", "end", index, False, None),
    ]
