"""What of a sample a rendering does not hold: found by looking for the sample's text in what the template wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates.base import Piece
from instrkit.templates.control import USER_KINDS, ControlPolicy, where
from instrkit.templates.shared.calls import function_of, to_json

__all__ = ["Change", "account", "untrained"]

Written = dict[tuple[int | None, str], str]
"""What was written, by message and kind of segment; `WHOLE` is all of a message, markers included."""

WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Change:
    """
    One thing of the sample that a rendering lacks or writes differently.

    Attributes:
        kind: What it is, in a few words that are the same for every sample (`system message`, `thinking`).
        path: Where in the sample, such as `messages[0]`.
    """

    kind: str
    path: str


_DONE = {"escape": "control token escaped", "drop": "control token dropped"}


def account(
    sample: Sample, pieces: Iterable[Piece], policy: ControlPolicy, changed: Sequence[tuple[int | None, str]]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """
    Return what of *sample* the *pieces* dropped and what they altered.

    Only text counts: ids, labels and meta data are no part of a prompt. *pieces* are those before *policy* changed
    some; *changed* are those it changed.
    """
    pieces = list(pieces)
    if not (changed or sample.tools or sample.candidates) and _word_for_word(sample, pieces):
        return (), ()
    parts: dict[tuple[int | None, str], list[str]] = {}
    for text, kind, message, _, _ in pieces:
        if kind in USER_KINDS:
            parts.setdefault((message, kind), []).append(text)
        parts.setdefault((message, WHOLE), []).append(text)
    written: Written = {key: texts[0] if len(texts) == 1 else "".join(texts) for key, texts in parts.items()}
    dropped: list[Change] = []
    altered = [Change(_DONE[policy], path) for path in dict.fromkeys(where(*piece) for piece in changed)]
    for index, said in enumerate(sample.messages):
        _content(said, index, written, dropped, altered)
        if said.thinking or said.tool_calls:
            _calls_and_thinking(said, index, written, dropped, altered)
        if said.weight is not None and said.weight not in (0, 1):
            altered.append(Change("fractional weight", f"messages[{index}].weight"))
    tools = written.get((None, "tool"), "")
    dropped.extend(
        Change("tool definition", f"tools[{k}]") for k, tool in enumerate(sample.tools) if not _tells(tool, tools)
    )
    dropped.extend(Change("candidate", f"candidates[{k}]") for k in range(len(sample.candidates)))
    return tuple(dropped), tuple(altered)


def untrained(sample: Sample) -> bool:
    """
    Whether *sample* ends with an answer to train: a rendering of it without any loss has lost that.

    Vicuna's trainer, for one, takes all loss from a sample whose texts spell its separators.
    """
    last = sample.messages[-1] if sample.messages else None
    if last is None or last.role != "assistant" or not last.text:
        return False
    parts = last.content if isinstance(last.content, tuple) else ()
    return last.weight != 0 and not last.train_spans and all(part.train is None for part in parts)


def _word_for_word(sample: Sample, pieces: list[Piece]) -> bool:
    """Whether all that the messages say stands in the pieces in order, as the very same strings: nearly always so."""
    at, end = 0, len(pieces)
    for index, message in enumerate(sample.messages):
        if message.thinking or message.tool_calls or message.weight is not None:
            return False
        content = message.content
        for text in [part.text for part in content] if isinstance(content, tuple) else (content,):
            if not text and content:
                return False
            if text:
                while at < end and pieces[at][0] is not text:
                    at += 1
                if at == end or pieces[at][2] != index or pieces[at][1] not in USER_KINDS:
                    return False  # one-character strings are the same string wherever they stand
                at += 1
    return True


def _content(message: Message, index: int, written: Written, dropped: list[Change], altered: list[Change]) -> None:
    content = message.content
    if content is None or not content:
        return
    got = written.get((index, "tool" if message.role == "tool" else "content"))
    if got is content:
        return
    if not isinstance(content, str):
        _parts(message, index, got, dropped, altered)
    elif got is None:
        dropped.append(Change(f"{message.role} message", f"messages[{index}]"))
    elif content in got or _as_json(message, content, got):
        return
    elif (index, "thinking") not in written or content not in written[index, WHOLE]:  # `<think>` inside the content
        altered.append(Change("content", f"messages[{index}].content"))


def _as_json(message: Message, content: str, got: str) -> bool:
    """Whether what a tool answered stands in *got* as a JSON string, or as the same JSON value written otherwise."""
    if message.role != "tool":
        return False
    if json.dumps(content, ensure_ascii=False)[1:-1] in got:
        return True
    try:
        return json.dumps(json.loads(content), ensure_ascii=False) in got
    except ValueError:
        return False


def _parts(message: Message, index: int, got: str | None, dropped: list[Change], altered: list[Change]) -> None:
    """Parts, one by one; one that is not there is dropped where the others are all that is."""
    content = [part for part in message.content or () if isinstance(part, Part)]
    missing: list[int] = []
    left = len(got or "")
    for k, part in enumerate(content):
        said = part.text or part.placeholder or ""
        if got is not None and said in got:
            left -= len(said)
        elif part.text:
            missing.append(k)
        if part.type != "text" and (not part.placeholder or got is None or part.placeholder not in got):
            dropped.append(Change(part.type, f"messages[{index}].content[{k}]"))
    for k in missing:
        path = f"messages[{index}].content[{k}]"
        if got is None:
            dropped.append(Change(f"{message.role} message", path))
        elif left:
            altered.append(Change("content", path))
        else:
            dropped.append(Change(content[k].name or "content", path))


def _calls_and_thinking(
    message: Message, index: int, written: Written, dropped: list[Change], altered: list[Change]
) -> None:
    if thinking := message.thinking:
        got = written.get((index, "thinking"))
        if got is None:
            dropped.append(Change("thinking", f"messages[{index}].thinking"))
        elif thinking not in got:
            altered.append(Change("thinking", f"messages[{index}].thinking"))
    calls = written.get((index, "tool"), "")
    at = 0
    for k, call in enumerate(message.tool_calls):
        path = f"messages[{index}].tool_calls[{k}]"
        found, behind = _named(call, calls, at)
        if not calls or (not found and at):
            dropped.append(Change("tool call", path))
        elif not found or not all(_holds(calls, text) for text in _texts(call)):
            altered.append(Change("tool call", path))
        at = behind


def _named(call: ToolCall, written: str, start: int) -> tuple[bool, int]:
    """Whether the name of *call* stands in *written* from *start* on, and where it ends; without a name, its text."""
    sought = call.name or call.arguments_raw or ""
    for name in (sought, json.dumps(sought)[1:-1]):  # Meta's own code escapes beyond ASCII
        if (at := written.find(name, start)) >= 0:
            return True, at + len(name)
    return False, start


def _texts(call: ToolCall) -> Iterator[str]:
    """The texts in the arguments of *call*."""
    waiting = [call.arguments]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _holds(written: str, text: str) -> bool:
    """Whether *text* stands in *written*, as it is or escaped as JSON and Python do."""
    if text in written:
        return True
    forms = (json.dumps(text, ensure_ascii=False), json.dumps(text), repr(text))
    return any(form[1:-1] in written for form in forms)


def _tells(tool: Any, written: str) -> bool:
    """Whether a tool list names *tool*; one without a name must stand there as JSON."""
    function = function_of(tool)
    name = function.get("name") if isinstance(function, dict) else None
    return bool(written) and (_holds(written, name) if isinstance(name, str) and name else to_json(tool) in written)
