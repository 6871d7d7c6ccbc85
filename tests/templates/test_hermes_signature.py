"""Hermes-2-Pro describes a tool by a Python signature, as its chat template writes it."""

import pytest

from instrkit.templates.hermes_signature import listed_tool, python_type


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        pytest.param({"type": "string"}, "str", id="string"),
        pytest.param({"type": "number"}, "float", id="number"),
        pytest.param({"type": "integer"}, "int", id="integer"),
        pytest.param({"type": "boolean"}, "bool", id="boolean"),
        pytest.param({"type": "array", "items": {"type": "string"}}, "list[Union[]]", id="array"),
        pytest.param({"type": "object"}, "dict", id="object"),
        pytest.param({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]", id="mapping"),
        pytest.param({"type": ["string", "integer"]}, "Union[str,int]", id="union"),
        pytest.param({"enum": [1]}, "Union[]", id="no-type"),
        pytest.param({"type": None}, "Any", id="type-is-null"),
        pytest.param({"type": "null"}, "Any", id="unknown-type"),
        pytest.param(True, "Union[]", id="no-schema"),
    ],
)
def test_types(schema, written):
    assert python_type(schema) == written


def test_arguments_are_described_one_behind_the_other():
    fields = {"城市": {"type": "string", "description": " City \n"}, "days": {"type": "integer"}}
    function = {"name": "查询", "description": "d", "parameters": {"properties": fields}}
    assert listed_tool({"type": "function", "function": function}) == (
        '{"type": "function", "function": {"name": "查询", "description": "查询(城市: str, days: int) - d\n\n'
        '    Args:\n        城市(str): City        days(int): ", "parameters": {"properties": {"城市": {"type": "string", '
        '"description": " City \\n"}, "days": {"type": "integer"}}}}'
    )


def test_what_comes_back():
    function = {"name": "f", "description": "d", "parameters": {}, "return": {"type": "string", "description": "x"}}
    assert listed_tool(function) == (
        '{"type": "function", "function": {"name": "f", "description": "f() -> str - d\n\n\n    Returns:\n        x", '
        '"parameters": {}}'
    )


def test_a_tool_without_anything():
    assert listed_tool({}).startswith('{"type": "function", "function": {"name": "", "description": "() - \n\n"')
    assert listed_tool("raw") == '"raw"'
