"""A JSON schema becomes the TypeScript type that gpt-oss reads, line breaks and all."""

import pytest

from instrkit.errors import TemplateError
from instrkit.templates.gpt_oss_tools import type_of, typed_tools

GAP = " " * 16


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "nullable": True}, "string | null"),
        ({"type": "string", "enum": ["c", "华氏"]}, '"c" | "华氏"'),
        ({"type": "string", "enum": []}, "string"),
        ({"type": "number"}, "number"),
        ({"type": "integer", "nullable": True}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "null"}, "any"),
        ({}, "any"),
        (True, "any"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": ["object"]}, "object"),
        ({"type": []}, "any"),
        ({"type": "array"}, "any[]"),
        ({"type": "array", "items": {"type": "integer"}, "nullable": True}, "number[] | null"),
        ({"type": "array", "items": {"type": "string", "enum": ["a"]}}, "string[]"),
        ({"type": "array", "items": True}, "any[]"),
        ({"type": "array", "items": {"type": ["object", "object"]}}, "any[]"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}, "boolean[][]"),
        ({"type": "object"}, "object"),
        ({"type": "object", "properties": {}}, "object"),
        (
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]},
            f"{{\na: \n{GAP}string, b?: \n{GAP}any}}",
        ),
        ({"type": "object", "properties": {"a": {}}, "required": True}, f"{{\na?: \n{GAP}any}}"),
        (
            {"oneOf": [{"type": "string", "description": "名"}, {"type": "number", "default": 1}]},
            f"string// 名 | \nnumber{' ' * 20}// default: 1",
        ),
    ],
    ids=str,
)
def test_type(schema, text):
    assert type_of(schema) == text


@pytest.mark.parametrize(("extra", "text"), [(0, "x" * 50 + "[]"), (1, "any[]")], ids=["at-50", "above-50"])
def test_the_type_of_an_item_has_a_longest_length(extra, text):
    assert type_of({"type": "array", "items": {"type": ["x" * (50 + extra)]}}) == text


def test_a_tool_with_parameters():
    tool = {
        "name": "查询",
        "description": "查天气",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "City name"},
                "unit": {"type": "string", "enum": ["c", "f"], "default": "c"},
                "days": {"type": "integer", "default": 1},
                "mode": {"oneOf": [{"type": "string"}], "default": "fast"},
            },
            "required": ["city"],
        },
    }
    expected = (
        "// 查天气\ntype 查询 = (_: {\n// City name\ncity: string,\n"
        'unit?: "c" | "f", // default: c,\ndays?: number, // default: 1,\nmode?: string// default: fast,\n}) => any;\n\n'
    )
    assert typed_tools([tool]) == [expected]
    assert typed_tools([{"type": "function", "function": tool}]) == [expected]


@pytest.mark.parametrize("parameters", [None, {}, {"properties": {}}, {"properties": None}], ids=str)
def test_a_tool_without_parameters(parameters):
    assert typed_tools([{"name": "f", "description": "", "parameters": parameters}]) == ["// \ntype f = () => any;\n\n"]


def test_a_tool_without_description_has_no_comment():
    assert typed_tools([{"name": "f"}]) == ["type f = () => any;\n\n"]


@pytest.mark.parametrize("tool", ["f", {}, {"function": {"name": 1}}], ids=str)
def test_a_tool_without_name_is_refused(tool):
    with pytest.raises(TemplateError, match=r"tools\[0\]: no function with a name"):
        typed_tools([tool])


@pytest.mark.parametrize(("depth", "fine"), [(64, True), (65, False)])
def test_a_schema_nests_64_levels_deep(depth, fine):
    schema: dict[str, object] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    tool = {"name": "f", "parameters": {"properties": {"a": schema}}}
    if fine:
        assert typed_tools([tool])
    else:
        with pytest.raises(TemplateError, match=r"tools\[0\]: the schema nests deeper than 64"):
            typed_tools([tool])
