"""Tools as Hermes-2-Pro is shown them: their JSON, with a Python signature and the arguments in the description."""

from __future__ import annotations

from typing import Any

from instrkit.templates.shared.calls import function_of, to_json

__all__ = ["listed_tool", "python_type"]

_TYPES = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}


def python_type(schema: Any) -> str:
    """
    Return the Python type of a JSON Schema as Hermes-2-Pro's template writes it.

    An array is `list[Union[]]` whatever it holds, and so is a schema without a type `Union[]`: the template asks for
    the items in a way that finds none. A type it would recurse on for ever (`null`) is `Any`.
    """
    kind = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(kind, str):
        if kind == "array":
            return "list[Union[]]"
        if kind == "object":
            return (
                f"dict[str, {python_type(schema['additionalProperties'])}]"
                if "additionalProperties" in schema
                else "dict"
            )
        return _TYPES.get(kind, "Any")
    if isinstance(kind, list):
        return f"Union[{','.join(python_type({'type': one}) for one in kind)}]"
    return "Any" if isinstance(schema, dict) and "type" in schema else "Union[]"


def listed_tool(tool: Any) -> str:
    """Return *tool* as the system turn lists it; nothing in its description is escaped, as in the reference."""
    function = function_of(tool)
    if not isinstance(function, dict):
        return to_json(tool)
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    fields: dict[str, Any] = properties if isinstance(properties, dict) else {}
    name = function.get("name", "")
    written = to_json(parameters) if fields else "{}"
    return (
        f'{{"type": "function", "function": {{"name": "{name}", "description": "{_described(function, name, fields)}", '
        f'"parameters": {written}}}'
    )


def _described(function: dict[str, Any], name: str, fields: dict[str, Any]) -> str:
    """The signature, the description, and a line for the arguments and one for what comes back."""
    signature = ", ".join(f"{key}: {python_type(schema)}" for key, schema in fields.items())
    returned = function.get("return")
    arrow = f" -> {python_type(returned)}" if "return" in function else ""
    text = f"{name}({signature}){arrow} - {function.get('description', '')}\n\n"
    if fields:
        text += "    Args:\n"
    for key, schema in fields.items():
        said = schema.get("description", "") if isinstance(schema, dict) else ""
        text += f"        {key}({python_type(schema)}): {str(said).strip()}"
    if isinstance(returned, dict) and "description" in returned:
        text += f"\n    Returns:\n        {returned['description']}"
    return text
