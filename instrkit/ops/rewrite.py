"""
Change every text of a sample in one go: what the ops that rewrite text share.

A cleaner that edits some fields and not others leaves what it cleans in the data, so there is one walk for all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from operator import is_
from typing import Any, TypeVar

from instrkit.sample import Candidate, Message, Part, Sample, ToolCall

__all__ = ["Change", "rewrite_texts"]

Change = Callable[[str], str]
T = TypeVar("T")

# In valid JSON this finds exactly the strings; a colon behind one makes it a key.
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')


def rewrite_texts(sample: Sample, change: Change, *, arguments: bool = False, meta: bool = False) -> Sample:
    """
    Return *sample* with *change* applied to each of its texts; the same object if no text changed.

    The texts are, one call of *change* each, in their order: thinking and content (or each text part) of every message,
    then of every candidate's messages. Ids, names, media references and the keys of mappings are never rewritten. Spans
    of characters that carry loss (`train_spans`) move with the text before them.

    Args:
        sample: The sample; it is not changed in place.
        change: Gets a text, returns the new one. It should return the text it got where there is nothing to do.
        arguments: Rewrite tool calls and tool definitions as well. Inside `arguments_raw`, the strings of the JSON are
            changed and escaped again, all other bytes stay; `arguments` is kept equal to what the raw string says.
        meta: Rewrite the string values of `meta`, `labels` and `residual`, and of the `extra` of messages, parts and
            calls as well.
    """
    walk = _Walk(change, arguments=arguments, meta=meta)
    changed: dict[str, Any] = {}
    if (messages := walk.messages(sample.messages)) is not sample.messages:
        changed["messages"] = messages
    if sample.candidates and (candidates := _each(sample.candidates, walk.candidate)) is not sample.candidates:
        changed["candidates"] = candidates
    if arguments and sample.tools and (tools := _each(sample.tools, walk.tool)) is not sample.tools:
        changed["tools"] = tools
    if meta:
        for name in ("meta", "labels", "residual"):
            value = getattr(sample, name)
            if value and (new := walk.value(value)) is not value:
                changed[name] = new
    return replace(sample, **changed) if changed else sample


class _Walk:
    """One walk over a sample; every method returns what it got where nothing changed."""

    __slots__ = ("arguments", "change", "meta")

    def __init__(self, change: Change, *, arguments: bool, meta: bool) -> None:
        self.change, self.arguments, self.meta = change, arguments, meta

    def messages(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return _each(messages, self.message)

    def candidate(self, candidate: Candidate) -> Candidate:
        messages = self.messages(candidate.messages)
        return candidate if messages is candidate.messages else replace(candidate, messages=messages)

    def message(self, message: Message) -> Message:
        changed: dict[str, Any] = {}
        if message.thinking and (thinking := self.text(message.thinking)) is not message.thinking:
            changed["thinking"] = thinking
        if message.content and (content := self.content(message.content)) is not message.content:
            changed["content"] = content
            if message.train_spans:
                changed["train_spans"] = self.spans(message, content)
        if self.arguments and message.tool_calls:
            calls = _each(message.tool_calls, self.call)
            if calls is not message.tool_calls:
                changed["tool_calls"] = calls
        self.other(message, changed)
        return replace(message, **changed) if changed else message

    def text(self, text: str) -> str:
        new = self.change(text)
        return text if new == text else new

    def content(self, content: str | tuple[Part, ...]) -> str | tuple[Part, ...]:
        return self.text(content) if isinstance(content, str) else _each(content, self.part)

    def part(self, part: Part) -> Part:
        changed: dict[str, Any] = {}
        if part.text and (text := self.text(part.text)) is not part.text:
            changed["text"] = text
        self.other(part, changed)
        return replace(part, **changed) if changed else part

    def spans(self, message: Message, content: str | tuple[Part, ...]) -> tuple[tuple[int, int, bool], ...]:
        """The spans of *message* in its new content: each border moves to where the rewritten text before it ends."""
        before, size = message.text, len(Message(message.role, content).text)

        def moved(border: int) -> int:
            return size if border >= len(before) else min(len(self.change(before[:border])), size)

        return tuple((moved(start), moved(end), train) for start, end, train in message.train_spans)

    def call(self, call: ToolCall) -> ToolCall:
        changed: dict[str, Any] = {}
        raw = call.arguments_raw
        if raw is None:
            if (value := self.value(call.arguments)) is not call.arguments:
                changed["arguments"] = value
        elif (new := self.json(raw)) is not raw:
            changed["arguments_raw"] = new
            if call.arguments is not None:
                changed["arguments"] = self.value(call.arguments)
        self.other(call, changed)
        return replace(call, **changed) if changed else call

    def tool(self, tool: Any) -> Any:
        return self.json(tool) if isinstance(tool, str) else self.value(tool)

    def json(self, raw: str) -> str:
        """*raw* with its JSON strings changed, keys not; a string that is no JSON is changed as a plain text."""
        try:
            json.loads(raw)
        except (ValueError, RecursionError):
            return self.text(raw)
        ascii_only = raw.isascii()

        def literal(match: re.Match[str]) -> str:
            if match[2] is not None:
                return match[0]
            text = json.loads(f'"{match[1]}"', strict=False)
            new = self.change(text)
            return match[0] if new == text else _json_string(new, ascii_only=ascii_only)

        new = _JSON_STRING.sub(literal, raw)
        return raw if new == raw else new

    def value(self, value: Any) -> Any:
        """A JSON value with its strings changed, keys not."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            pairs = {key: self.value(item) for key, item in value.items()}
            return pairs if any(pairs[key] is not item for key, item in value.items()) else value
        if isinstance(value, list | tuple):
            items = [self.value(item) for item in value]
            same = all(new is old for new, old in zip(items, value, strict=True))
            return value if same else type(value)(items)
        return value

    def other(self, thing: Message | Part | ToolCall, changed: dict[str, Any]) -> None:
        if self.meta and thing.extra and (extra := self.value(thing.extra)) is not thing.extra:
            changed["extra"] = extra


def _each(things: tuple[T, ...], rewrite: Callable[[T], T]) -> tuple[T, ...]:
    """The things rewritten; the same tuple if none of them changed."""
    new = tuple(map(rewrite, things))
    return things if all(map(is_, new, things)) else new


def _json_string(text: str, *, ascii_only: bool) -> str:
    """*text* as a JSON string that can be written as UTF-8."""
    plain = json.dumps(text, ensure_ascii=ascii_only)
    try:
        plain.encode()
    except UnicodeEncodeError:  # a lone surrogate can only stand as an escape
        return json.dumps(text)
    return plain
