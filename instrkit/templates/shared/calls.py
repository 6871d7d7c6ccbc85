"""Tools, calls and arguments as text: the JSON that chat templates write."""

from __future__ import annotations

import json
from typing import Any

from instrkit.sample import ToolCall

__all__ = ["arguments_as_given", "arguments_of", "arguments_text", "function_of", "to_json"]


def to_json(value: Any, indent: int | None = None, *, ascii: bool = False) -> str:
    r"""
    Return *value* as JSON the way chat templates write it: `", "` and `": "` between, keys in their order.

    The `tojson` of transformers (huggingface/transformers@5.23.0:src/transformers/utils/chat_template_utils.py).

    Args:
        value: A JSON value.
        indent: Spaces per level, None for one line.
        ascii: Whether everything beyond ASCII is written as `\uXXXX`, as Meta's own code does.
    """
    return json.dumps(value, ensure_ascii=ascii, indent=indent)


def arguments_of(call: ToolCall) -> Any:
    """Return the arguments of *call* as a JSON value; a string that could not be read stays a string, none is `{}`."""
    if call.arguments is not None:
        return call.arguments
    return {} if call.arguments_raw is None else call.arguments_raw


def arguments_text(call: ToolCall) -> str:
    """Return the arguments of *call* as JSON text; a string that could not be read as JSON stands as it is."""
    value = arguments_of(call)
    return value if isinstance(value, str) and call.arguments is None else to_json(value)


def arguments_as_given(call: ToolCall) -> str:
    """Return the arguments of *call* as JSON text: the source's own string where it has one."""
    return arguments_text(call) if call.arguments_raw is None else call.arguments_raw


def function_of(tool: Any) -> Any:
    """Return the function a tool definition holds (`{"type": "function", "function": …}`), or the definition itself."""
    if isinstance(tool, dict) and isinstance(tool.get("function"), dict):
        return tool["function"]
    return tool
