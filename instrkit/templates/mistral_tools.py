"""Tools, calls and results as Mistral's own code writes them: JSON on one line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from instrkit.sample import Message, ToolCall
from instrkit.templates.shared.calls import arguments_of, function_of, to_json

__all__ = ["call_of", "result_of", "results_of", "tools_of", "value_of"]

_NO_ID = "null"
"""What mistral-common takes for a call without an id."""


def value_of(text: str) -> Any:
    """Return the JSON value of *text*, nothing at all as `{}`, and what is no JSON as the text itself."""
    if not text:
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError, too
        return text


def tools_of(tools: Sequence[Any]) -> str:
    """Return the tool list: of each function its name, description and parameters, the missing ones empty."""
    made = []
    for tool in tools:
        function = function_of(tool)
        known = function if isinstance(function, dict) else {}
        described = {
            "name": known.get("name", ""),
            "description": known.get("description") or "",
            "parameters": known.get("parameters") or {},
        }
        made.append({"type": "function", "function": described})
    return to_json(made)


def call_of(call: ToolCall, *, with_id: bool) -> dict[str, Any]:
    """Return one call as the object that stands in the list of calls; a call without an id has none there."""
    raw = call.arguments_raw
    made = {"name": call.name, "arguments": arguments_of(call) if raw is None else value_of(raw)}
    if with_id and call.id and call.id != _NO_ID:
        made["id"] = call.id
    return made


def result_of(message: Message) -> str:
    """Return a result of version 3: its value and the id of the call it answers, where it has one."""
    made = {"content": value_of(message.text)}
    if message.tool_call_id is not None:
        made["call_id"] = message.tool_call_id
    return to_json(made)


def results_of(message: Message) -> str:
    """Return a result of version 2: a list of one, with the tool's name and no id."""
    return to_json([{"name": message.name, "content": value_of(message.text)}])
