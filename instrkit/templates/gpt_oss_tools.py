r"""Tools as gpt-oss reads them: a TypeScript namespace, and the two tools it knows by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from instrkit.errors import TemplateError
from instrkit.templates.shared.calls import function_of, to_json

__all__ = ["BROWSER", "PYTHON", "type_of", "typed_tools"]

_SIMPLE = {"number": "number", "integer": "number", "boolean": "boolean"}
_LONGEST_ITEM = 50
"""Characters of an item's type; a longer one becomes `any`."""
_DEEPEST = 64
"""How deep schemas may nest: far beyond what is in use, far below what Python can recurse."""

BROWSER = r"""## browser

// Tool for browsing.
// The `cursor` appears in brackets before each browsing display: `[{cursor}]`.
// Cite information from the tool using the following format:
// `【{cursor}†L{line_start}(-L{line_end})?】`, for example: `【6†L9-L11】` or `【8†L3】`.
// Do not quote more than 10 words directly from the tool output.
// sources=web (default: web)
namespace browser {

// Searches for information related to `query` and displays `topn` results.
type search = (_: {
query: string,
topn?: number, // default: 10
source?: string,
}) => any;

// Opens the link `id` from the page indicated by `cursor` starting at line number `loc`, showing `num_lines` lines.
// Valid link ids are displayed with the formatting: `【{id}†.*】`.
// If `cursor` is not provided, the most recent page is implied.
// If `id` is a string, it is treated as a fully qualified URL associated with `source`.
// If `loc` is not provided, the viewport will be positioned at the beginning of the document or centered on the most relevant passage, if available.
// Use this function without `id` to scroll to a new location of an opened page.
type open = (_: {
id?: number | string, // default: -1
cursor?: number, // default: -1
loc?: number, // default: -1
num_lines?: number, // default: -1
view_source?: boolean, // default: false
source?: string,
}) => any;

// Finds exact matches of `pattern` in the current page, or the page given by `cursor`.
type find = (_: {
pattern: string,
cursor?: number, // default: -1
}) => any;

} // namespace browser

"""  # noqa: E501 - the template's own lines
"""What the system message says about the tool `browser`."""

PYTHON = (
    "## python\n\nUse this tool to execute Python code in your chain of thought. The code will not be shown to the "
    "user. This tool should be used for internal reasoning, but not for code that is intended to be visible to the "
    "user (e.g. when creating plots, tables, or files).\n\nWhen you send a message containing Python code to python, "
    "it will be executed in a stateful Jupyter notebook environment. python will respond with the output of the "
    "execution or time out after 120.0 seconds. The drive at '/mnt/data' can be used to save and persist user files. "
    "Internet access for this session is UNKNOWN. Depends on the cluster.\n\n"
)
"""What the system message says about the tool `python`."""


def typed_tools(tools: Iterable[Any]) -> list[str]:
    r"""
    Return each tool as a TypeScript type with its description as a comment: `// …\ntype name = (_: {…}) => any;\n\n`.

    A tool without a description has no comment; the reference fails there.

    Raises:
        TemplateError: A tool has no name, or a schema nests deeper than 64 levels.
    """
    return [_typed_tool(function_of(tool), f"tools[{k}]") for k, tool in enumerate(tools)]


def _typed_tool(function: Any, where: str) -> str:
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise TemplateError(f"{where}: no function with a name: expected {{'name': …, 'parameters': …}}")
    head = f"type {function['name']} = "
    if function.get("description") is not None:  # an empty one is written all the same, unlike a parameter's
        head = f"// {function['description']}\n{head}"
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    if not isinstance(properties, dict) or not properties:
        return f"{head}() => any;\n\n"
    required = _required(parameters)
    lines = [
        f"{_comment(_of(spec, 'description'))}{name}{'' if name in required else '?'}: {type_of(spec, where)}"
        f"{_default(spec)},\n"
        for name, spec in properties.items()
    ]
    return f"{head}(_: {{\n{''.join(lines)}}}) => any;\n\n"


def _comment(description: Any) -> str:
    return f"// {description}\n" if description else ""


def _default(spec: Any) -> str:
    """What a parameter's line says about its default."""
    if not isinstance(spec, dict) or "default" not in spec:
        return ""
    value = spec["default"]
    if spec.get("enum") or spec.get("oneOf"):
        text = value if isinstance(value, str) else to_json(value)
        return f", // default: {text}" if spec.get("enum") else f"// default: {text}"
    return f", // default: {to_json(value)}"


def _of(spec: Any, key: str) -> Any:
    """What *spec* says under *key*; None where it says nothing or is no schema."""
    return spec.get(key) if isinstance(spec, dict) else None


def _required(spec: Any) -> list[Any]:
    """The names a schema requires; older drafts have a truth value there, which says nothing about names."""
    names = _of(spec, "required")
    return names if isinstance(names, list) else []


def type_of(spec: Any, where: str = "tools", depth: int = 0) -> str:
    """
    Return the TypeScript type of a JSON schema, with the reference's line breaks inside objects.

    Args:
        spec: The schema; what is none is `any`.
        where: Where the schema stands, for errors.
        depth: How deep it is nested.

    Raises:
        TemplateError: The schema nests deeper than 64 levels.
    """
    if depth > _DEEPEST:
        raise TemplateError(f"{where}: the schema nests deeper than {_DEEPEST} levels: expected fewer; flatten it")
    kind = _of(spec, "type")
    if kind == "array":
        return f"{_array(spec, where, depth)}{' | null' if _of(spec, 'nullable') else ''}"
    if isinstance(kind, list) and kind:
        return " | ".join(map(str, kind))
    if isinstance(variants := _of(spec, "oneOf"), list) and variants:
        return _variants(variants, where, depth)
    if kind == "string":
        if isinstance(values := _of(spec, "enum"), list) and values:
            return " | ".join(f'"{value}"' for value in values)
        return "string | null" if _of(spec, "nullable") else "string"
    if kind == "object":
        return _object(spec, where, depth)
    return _SIMPLE.get(kind, "any") if isinstance(kind, str) else "any"


def _array(spec: dict[str, Any], where: str, depth: int) -> str:
    if "items" not in spec:
        return "any[]"
    items = spec["items"]
    kind = _of(items, "type")
    if kind == "string" or (isinstance(kind, str) and kind in _SIMPLE):
        return f"{_SIMPLE.get(kind, 'string')}[]"
    inner = type_of(items, where, depth + 1)
    return "any[]" if inner == "object | object" or len(inner) > _LONGEST_ITEM else f"{inner}[]"


def _variants(variants: list[Any], where: str, depth: int) -> str:
    """The types of a `oneOf`; its line breaks and the wide gap before a default are the reference's."""
    texts = []
    for variant in variants:
        text = type_of(variant, where, depth + 1)
        if description := _of(variant, "description"):
            text += f"// {description}"
        if isinstance(variant, dict) and "default" in variant:
            text += f"{' ' * 20}// default: {to_json(variant['default'])}"
        texts.append(text)
    return " | \n".join(texts)


def _object(spec: dict[str, Any], where: str, depth: int) -> str:
    properties = spec.get("properties")
    if not isinstance(properties, dict) or not properties:
        return "object"
    required = _required(spec)
    fields = [
        f"{name}{'' if name in required else '?'}: \n{' ' * 16}{type_of(inner, where, depth + 1)}"
        for name, inner in properties.items()
    ]
    return "{\n" + ", ".join(fields) + "}"
