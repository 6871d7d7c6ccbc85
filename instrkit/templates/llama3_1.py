r"""Llama 3.1 to 3.3: dates in the system message, tools in the first question, results under the header `ipython`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, Template, special, template
from instrkit.templates.llama3 import CONTROL
from instrkit.templates.llama3_1_meta import OPENING, llama_turn, meta_pieces
from instrkit.templates.shared.by_turns import leads
from instrkit.templates.shared.calls import arguments_of, arguments_text, to_json
from instrkit.templates.shared.turn import fixed

__all__ = ["Hub", "Llama31", "Llama32"]

_ANSWER = (
    'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.'
    "Do not use variables.\n\n"
)
_TOOLS_IN_SYSTEM = (
    "You have access to the following functions. To call a function, please respond with JSON for a function call."
    + _ANSWER
)
_TOOLS_IN_QUESTION = (
    "Given the following functions, please respond with a JSON for a function call with its proper arguments that best "
    "answers the given prompt.\n\n" + _ANSWER
)


@dataclass(frozen=True, kw_only=True)
class Hub(Template):
    """
    The layout of the chat templates that come with Llama 3.1 to 3.3 on Hugging Face.

    One call per message; the text beside a call has no place and is reported as dropped. Results are written as JSON,
    so that a text stands in quotes. No trainer of its own: the loss is on answers and calls and the token that ends
    them.

    Attributes:
        date_string: Today's date in the system message, such as `26 Jul 2024`.
        tools_in_user_message: Whether tools stand in the first question, not in the system message.
    """

    date_string: str | None = None
    tools_in_user_message: bool = True

    bos: ClassVar[str] = "<|begin_of_text|>"
    eos: ClassVar[str] = "<|eot_id|>"
    control: ClassVar[tuple[str, ...]] = CONTROL

    def builtin(self) -> tuple[str, ...] | None:
        """Return the tools the model knows by itself, None where there is no such mode."""
        return None

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*.

        Raises:
            TemplateError: Tools without a question first, several calls in a message, or a call of a built-in tool
                whose arguments are not strings.
            UsageError: There is no date.
        """
        messages = sample.messages
        first = leads(messages)
        pieces = [special(self.bos), *self._system(sample, first)]
        if sample.tools and self.tools_in_user_message:
            if len(messages) == first or messages[first].role != "user":
                raise TemplateError(
                    f"messages[{first}]: no question to put the tools in: expected a user message; add one, or set "
                    "tools_in_user_message to false"
                )
            said = [*_tools(sample, _TOOLS_IN_QUESTION, first), _text(messages[first], first)]
            pieces += llama_turn("user").around(said, first)
            first += 1
        for index in range(first, len(messages)):
            pieces += self._message(messages[index], index)
        if generate and (not messages or messages[-1].role != "assistant"):
            pieces += fixed(OPENING, CONTROL)
        return pieces

    def _system(self, sample: Sample, count: int) -> list[Piece]:
        """The system message, which always stands there."""
        if self.date_string is None:
            raise UsageError(
                f"template {self.name}: variable date_string: today's date stands in the system message: expected one "
                "such as date_string='26 Jul 2024', as no clock is read"
            )
        index = 0 if count else None
        builtin = self.builtin()
        lines = "Environment: ipython\n" if sample.tools or builtin is not None else ""
        if builtin is not None:
            lines += f"Tools: {', '.join(tool for tool in builtin if tool != 'code_interpreter')}\n\n"
        lines += f"Cutting Knowledge Date: December 2023\nToday Date: {self.date_string}\n\n"
        said: list[Piece] = [(lines, "header", index, False, None)]
        if sample.tools and not self.tools_in_user_message:
            said += _tools(sample, _TOOLS_IN_SYSTEM, index)
        if count:
            said.append(_text(sample.messages[0], 0))
        return llama_turn("system").around(said, index)

    def _message(self, message: Message, index: int) -> list[Piece]:
        if message.tool_calls:
            return self._call(message, index)
        if message.role == "tool":
            return llama_turn("ipython").write(to_json(message.text), index, "tool")
        role = "system" if message.role == "developer" else message.role
        return llama_turn(role).write(message.text.strip(), index)

    def _call(self, message: Message, index: int) -> list[Piece]:
        """A message that calls one tool."""
        if len(message.tool_calls) != 1:
            raise TemplateError(
                f"messages[{index}].tool_calls: {len(message.tool_calls)} calls: expected one per message; split them"
            )
        (call,) = message.tool_calls
        builtin = self.builtin()
        if builtin is not None and call.name in builtin:
            return llama_turn("assistant", "<|eom_id|>", "<|python_tag|>").write(_python(call, index), index, "tool")
        text = f'{{"name": "{call.name}", "parameters": {arguments_text(call)}}}'
        return llama_turn("assistant", "<|eot_id|>" if builtin is None else "<|eom_id|>").write(text, index, "tool")


def _text(message: Message, index: int) -> Piece:
    return (message.text.strip(), "content", index, False, None)


def _tools(sample: Sample, lead: str, index: int | None) -> list[Piece]:
    """What is said about the tools, and the tools, one JSON text after the other."""
    pieces: list[Piece] = [(lead, "header", index, False, None)]
    for tool in sample.tools:
        pieces += ((to_json(tool, 4), "tool", None, False, None), ("\n\n", "header", index, False, None))
    return pieces


def _python(call: ToolCall, index: int) -> str:
    """A call of a built-in tool: `brave_search.call(query="…")`."""
    arguments = arguments_of(call)
    if not isinstance(arguments, dict) or not all(isinstance(value, str) for value in arguments.values()):
        raise TemplateError(
            f"messages[{index}].tool_calls[0]: arguments of the built-in tool {call.name!r}: expected an object of "
            "strings; write the values as strings, or leave the tool out of builtin_tools"
        )
    written = ", ".join(f'{name}="{value}"' for name, value in arguments.items())
    return f"{call.name}.call({written})"


@template("llama3.1", "llama3.3")
class Llama31(Hub):
    r"""
    Write the layout of Llama 3.1, also of 3.3: the model's template on Hugging Face, or Meta's own code.

    Meta's code has neither dates nor tool lists: those are up to whoever writes the system message. It differs in
    calls, too, which it writes with `"type": "function"` and everything beyond ASCII as `\uXXXX`.

    Attributes:
        date_string: Today's date in the system message; the default is the template's own.
        tools_in_user_message: Whether tools stand in the first question, not in the system message.
        builtin_tools: Tools the model knows by itself (`brave_search`, `wolfram_alpha`, `code_interpreter`): calls of
            them are Python after `<|python_tag|>`, and all calls end with `<|eom_id|>`. None is another mode than no
            tools at all.
        style: Whose layout it is; `auto` is Meta's for a sample with calls or results whose tools are not given, the
            template's for every other.
    """

    date_string: str | None = "26 Jul 2024"
    builtin_tools: tuple[str, ...] | None = None
    style: Literal["auto", "template", "meta"] = "auto"

    source: ClassVar[str] = (
        "lzptouch/llama.cpp@0b3d966f1855:models/templates/meta-llama-Llama-3.1-8B-Instruct.jinja, "
        "meta-llama/llama-models@a9c89c471f79:models/llama3/chat_format.py"
    )
    summary: ClassVar[str] = "Llama 3.1 and 3.3: dates in the system message, JSON calls, results under ipython"

    def builtin(self) -> tuple[str, ...] | None:
        """Return the tools the model knows by itself."""
        return self.builtin_tools

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*.

        Raises:
            TemplateError: What the chosen style cannot write; see `Hub.pieces` and `meta_pieces`.
            UsageError: There is no date.
        """
        if self.style == "meta" or (self.style == "auto" and self.builtin_tools is None and _tools_untold(sample)):
            return meta_pieces(sample, generate=generate)
        return super().pieces(sample, generate=generate)


def _tools_untold(sample: Sample) -> bool:
    """Whether tools are used that the sample does not define."""
    return not sample.tools and any(message.tool_calls or message.role == "tool" for message in sample.messages)


@template("llama3.2")
class Llama32(Hub):
    """
    Write the layout of Llama 3.2: that of 3.1 without built-in tools, and with the day of the rendering for a date.

    Attributes:
        date_string: Today's date in the system message, such as `26 Jul 2024`: required.
        tools_in_user_message: Whether tools stand in the first question, not in the system message.
    """

    source: ClassVar[str] = "ggerganov/llama.cpp@7b5e0803c844:models/templates/meta-llama-Llama-3.2-3B-Instruct.jinja"
    summary: ClassVar[str] = "Llama 3.2: as llama3.1 without built-in tools; date_string is required"
