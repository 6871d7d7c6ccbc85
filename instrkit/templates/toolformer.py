"""Toolformer: a text to be learned as it stands, the calls of tools and their results inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, Template, template
from instrkit.templates.shared.calls import to_json

__all__ = ["Toolformer"]

Place = tuple[int, int]
"""Index of a message and of a call in it."""


@template("toolformer-inline", "toolformer")
class Toolformer(Template):
    """
    Write what the assistant says as one text, each call inside it as ` [Calculator(18, 36) → 54 ]`.

    That is how lucidrains/toolformer-pytorch writes the `<API> name(input) → result </API>` of the paper
    (arXiv:2302.04761) without new tokens: a blank before the first bracket, and one before the last where there is a
    result. Tools are not executed: a call whose result the sample does not hold stays ` [Calculator(18, 36)]`, as the
    reference leaves those that fail.

    All of it is trained, results too, as the paper does; under the policy `assistant` the results are not. Questions
    and system messages have no place in such a text.
    """

    source: ClassVar[str] = "lucidrains/toolformer-pytorch@27e633217f11:toolformer_pytorch/toolformer_pytorch.py"
    summary: ClassVar[str] = "Toolformer: one text with inline calls and their results"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments, all of them trained."""
        del generate  # a text has no opening
        messages = sample.messages
        results = dict(_results(messages))
        quotes = _quotes(sample)
        pieces: list[Piece] = []
        calls = 0
        for index, message in enumerate(messages):
            if message.role != "assistant":
                continue
            if text := message.text:
                if quotes is None and _glued(pieces, text):  # messages of their own, not pieces of one text
                    pieces.append((" ", "separator", index, True, None))
                pieces.append((text, "content", index, True, None))
            for k, call in enumerate(message.tool_calls):
                quote = '"' if quotes is None else quotes[calls]
                calls += 1
                pieces += _call(call, index, quote, messages, results.get((index, k)), glued=_glued(pieces, "["))
        if not any(message.role == "assistant" for message in messages):
            raise TemplateError("messages: no assistant message: expected a text, with or without calls")
        return pieces


def _glued(pieces: list[Piece], text: str) -> bool:
    """Whether *text* would stand right behind another character that is no white space."""
    before = next((piece[0] for piece in reversed(pieces) if piece[0]), "")
    return bool(before) and not before[-1].isspace() and not text[0].isspace()


def _call(
    call: ToolCall, index: int, quote: str, messages: tuple[Message, ...], answered: int | None, *, glued: bool
) -> list[Piece]:
    """The pieces of one call, with its result where message *answered* holds one."""
    opening = " [" if glued else "["
    pieces: list[Piece] = [(opening + _written(call, quote), "tool", index, True, None)]
    if answered is None:
        return [*pieces, ("]", "tool", index, True, None)]
    return [
        *pieces,
        (" → ", "tool", index, True, None),
        (messages[answered].text, "tool", answered, True, None),
        (" ]", "separator", answered, True, None),
    ]


def _written(call: ToolCall, quote: str) -> str:
    """*call* as `name(input)`: its input between *quote* where it is one text, else its arguments as JSON."""
    arguments = call.arguments
    if arguments is None:
        raw = call.arguments_raw or ""
        return raw if not call.name or raw.startswith(f"{call.name}(") else f"{call.name}({raw})"
    if quote == "{" or not isinstance(arguments, dict):
        return f"{call.name}({to_json(arguments)})"
    values = [*arguments.values()]
    if len(values) == 1 and isinstance(values[0], str) and not (quote and (quote in values[0] or "\\" in values[0])):
        return f"{call.name}({quote}{values[0]}{quote})"
    return f"{call.name}({', '.join(map(to_json, values))})"


def _quotes(sample: Sample) -> list[str] | None:
    """The quotes around the inputs in a record of the format `toolformer`; None where the sample is no such record."""
    residual = sample.residual
    frames: list[list[Any]] = []
    if residual is not None and residual.get("format") == "toolformer":
        frames = residual.get("calls", [])
    count = sum(len(message.tool_calls) for message in sample.messages)
    return [frame[1] for frame in frames] if frames and len(frames) == count else None


def _results(messages: tuple[Message, ...]) -> Iterator[tuple[Place, int]]:
    """Calls and the messages that hold their results: by the call's id, else in order."""
    waiting: list[Place] = []
    for index, message in enumerate(messages):
        if message.role == "assistant":
            waiting = [(index, k) for k in range(len(message.tool_calls))] or waiting
        elif message.role == "tool" and waiting:
            id = message.tool_call_id
            named = (place for place in waiting if id is not None and messages[place[0]].tool_calls[place[1]].id == id)
            place = next(named, waiting[0])
            waiting.remove(place)
            yield place, index
