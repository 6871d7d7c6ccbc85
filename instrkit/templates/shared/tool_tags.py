"""The base of ChatML layouts with tools between tags: listed in the system turn, called and answered in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Kind, Piece
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import arguments_text, to_json
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.turn import fixed

__all__ = ["ToolTags", "call_json", "calls", "spoken"]

_INTRO = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
_OUTRO = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)


def call_json(call: ToolCall, arguments: Callable[[ToolCall], str] = arguments_text) -> str:
    """Return *call* as the object that stands between the tags; the name is not escaped, as in the reference."""
    return f'{{"name": "{call.name}", "arguments": {arguments(call)}}}'


def spoken(text: str, index: int, kind: Kind = "content") -> Piece:
    """Return what message *index* says, with loss."""
    return (text, kind, index, True, None)


def calls(
    made: Iterable[ToolCall], index: int, *, after: object, arguments: Callable[[ToolCall], str] = arguments_text
) -> list[Piece]:
    """
    Return the calls of message *index* between their tags, one below the other, with loss.

    The tags are control tokens that the assistant says, as is the one that ends its message.

    Args:
        made: The calls.
        index: The message's.
        after: Whether something stands before the first of them, which then begins a line.
        arguments: How the arguments are written.
    """
    pieces: list[Piece] = []
    for call in made:
        if after or pieces:
            pieces.append(spoken("\n", index, "tool"))
        pieces.append(spoken("<tool_call>", index, "end"))
        pieces.append(spoken(f"\n{call_json(call, arguments)}\n", index, "tool"))
        pieces.append(spoken("</tool_call>", index, "end"))
    return pieces


@dataclass(frozen=True, kw_only=True)
class ToolTags(Chat):
    """
    Write tools in the system turn, calls between `<tool_call>` tags, results between tags in a user turn.

    A system message is the system turn's only where it comes first; results in a row share one turn.

    Attributes:
        gap: What stands between the system text and the tool list.
        bare_gap: What stands before the tool list where there is no system text.
    """

    gap: ClassVar[str] = "\n\n"
    bare_gap: ClassVar[str] = ""

    plain: ClassVar[tuple[Condition, ...]] = ()

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments of *sample*, trained where the brackets of its turns say so."""
        roles = self.forms().roles
        messages = sample.messages
        led = bool(messages) and messages[0].role in SYSTEM_ROLES
        pieces = [*self.forms().start, *self.system_turn(sample, 0 if led else None)]
        for index in range(led, len(messages)):
            role = messages[index].role
            if role == "tool":
                pieces += self.result(messages, index)
            elif role == "assistant":
                pieces += self.answer(sample, index, generate=generate)
            elif (form := roles.get(role)) is not None:
                pieces += form.write(messages[index].text, index)
        if generate and not (messages and messages[-1].role == "assistant"):
            pieces += self.opened(sample)
        return pieces

    def system_turn(self, sample: Sample, index: int | None) -> list[Piece]:
        """Return the system turn, which says message *index* or the default, then the tools; none without either."""
        form = self.forms().roles["system"]
        said: list[Piece] = []
        if index is not None:
            said.append((sample.messages[index].text, "content", index, False, None))
        elif self.default_system is not None:
            said.append((self.default_system, "header", None, False, None))
        if sample.tools:
            said += fixed((self.gap if said else self.bare_gap) + _INTRO, self.control)
            for tool in sample.tools:
                said.append(("\n" + to_json(tool), "tool", None, False, None))
            said += fixed(_OUTRO, self.control)
        return form.around(said, index) if said else []

    def answer(self, sample: Sample, index: int, *, generate: bool) -> list[Piece]:
        """Return the turn of the assistant's message *index*."""
        del generate
        message = sample.messages[index]
        form = self.forms().roles["assistant"]
        return form.around(self.content_and_calls(message, message.text, index), index)

    def content_and_calls(self, message: Message, text: str, index: int) -> list[Piece]:
        """Return *text*, what is written of the content of message *index*, and the calls below it."""
        made = message.tool_calls
        said = [spoken(text, index)] if text or not made else []
        return [*said, *calls(made, index, after=text, arguments=self.arguments)] if made else said

    def arguments(self, call: ToolCall) -> str:
        """Return the arguments of *call* as JSON text."""
        return arguments_text(call)

    def result(self, messages: tuple[Message, ...], index: int) -> list[Piece]:
        """Return the tool's result *index*; the first of a row opens the user's turn, the last closes it."""
        opens = not index or messages[index - 1].role != "tool"
        pieces = fixed("<|im_start|>user" if opens else "", self.control, index)
        pieces += fixed("\n<tool_response>\n", self.control, index)
        pieces.append((messages[index].text, "tool", index, False, None))
        pieces += fixed("\n</tool_response>", self.control, index)
        if index + 1 == len(messages) or messages[index + 1].role != "tool":
            pieces += [("<|im_end|>", "end", index, False, None), ("\n", "separator", index, False, None)]
        return pieces
