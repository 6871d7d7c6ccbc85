"""A sample as chat templates are given it: messages, tools and documents as transformers passes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates.base import Kind
from instrkit.templates.shared.calls import arguments_as_given, arguments_of

__all__ = ["Messages", "MistypedError", "Owner", "Say", "Write", "documents_of", "messages_of", "plainly", "tools_of"]

Owner = tuple[int | None, Kind]
"""Whose text it is: the message it belongs to, None for tools, and what it is."""

Say = Callable[[Any, Owner, bool], Any]
"""Passes on a value of the sample: `(value, owner, deep)`; *deep* for values that only full marking marks."""

Messages = list[dict[str, Any]]
"""Messages as templates are given them."""

Write = Callable[[Messages, bool], str]
"""Renders messages: `(messages, add_generation_prompt)`."""

_TOLD = frozenset({"role", "content", "reasoning_content", "thinking", "tool_calls", "tool_call_id", "name"})


class MistypedError(TemplateError):
    """A template takes something it is given for another type, such as the arguments of a call for a string."""


def plainly(value: Any, owner: Owner, deep: bool) -> Any:
    """Pass on a value as it is."""
    del owner, deep
    return value


def messages_of(sample: Sample, say: Say = plainly, *, strings: bool = False) -> Messages:
    """
    Return the messages as dictionaries with role, content and whatever else they have.

    Thinking stands under `reasoning_content` and `thinking`, as templates ask for either; keys of the source without a
    meaning here are passed on.

    Args:
        sample: The sample.
        say: What passes on its texts.
        strings: Whether the arguments of calls are JSON as a string, the source's own where it has one, and not JSON
            values: some templates write them behind a string with `+`.
    """
    return [_message(message, index, say, strings) for index, message in enumerate(sample.messages)]


def _message(message: Message, index: int, say: Say, strings: bool) -> dict[str, Any]:
    kind: Kind = "tool" if message.role == "tool" else "content"
    made: dict[str, Any] = {"role": message.role, "content": _content(message, (index, kind), say)}
    if message.thinking is not None:
        said = say(message.thinking, (index, "thinking"), False)
        made |= {"reasoning_content": said, "thinking": said}
    tool: Owner = (index, "tool")
    if message.tool_calls:
        made["tool_calls"] = [_call(call, tool, say, strings) for call in message.tool_calls]
    for name in ("name", "metadata"):
        if (value := getattr(message, name)) is not None:
            made[name] = say(value, tool, True)
    for name in ("tool_call_id", "channel"):  # never marked: templates look into them
        if (value := getattr(message, name)) is not None:
            made[name] = value
    for key, value in (message.extra or {}).items():
        if key not in _TOLD:
            made[key] = say(value, tool, True)
    return made


def _content(message: Message, owner: Owner, say: Say) -> Any:
    content = message.content
    if content is None:
        return None
    if isinstance(content, str) or all(part.type == "text" for part in content):
        return say(message.text, owner, False)
    return [_part(part, owner, say) for part in content]


def _part(part: Part, owner: Owner, say: Say) -> dict[str, Any]:
    if part.type == "text":
        return {"type": "text", "text": say(part.text or "", owner, False)}
    return {"type": part.type, part.type: part.ref, **(part.extra or {})}


def _call(call: ToolCall, owner: Owner, say: Say, strings: bool) -> dict[str, Any]:
    made: dict[str, Any] = {} if call.id is None else {"id": call.id}
    arguments = arguments_as_given(call) if strings else arguments_of(call)
    function = {"name": say(call.name, owner, True), "arguments": say(arguments, owner, True)}
    return made | {"type": "function", "function": function}


def tools_of(sample: Sample, say: Say = plainly) -> list[Any] | None:
    """Return the tool definitions, None where there are none."""
    return [say(tool, (None, "tool"), True) for tool in sample.tools] or None


def documents_of(sample: Sample, say: Say = plainly) -> list[Any] | None:
    """Return the documents an answer draws on (`title`, `text`), None where the sample has none."""
    documents = (sample.meta or {}).get("documents")
    if not isinstance(documents, list) or not all(isinstance(document, dict) for document in documents):
        return None
    return [say(document, (None, "tool"), True) for document in documents] or None
