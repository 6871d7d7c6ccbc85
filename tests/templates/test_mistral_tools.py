"""Tools, calls and results are the JSON that mistral-common writes."""

import pytest

from instrkit.sample import Message, ToolCall
from instrkit.templates.mistral_tools import call_of, result_of, results_of, tools_of, value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param('{"a":1.50}', {"a": 1.5}, id="object"),
        pytest.param("晴", "晴", id="text"),
        pytest.param("null", None, id="null"),
        pytest.param("9" * 5000, "9" * 5000, id="number-too-long"),
    ],
)
def test_value(text: str, value: object) -> None:
    assert value_of(text) == value


def test_tools_have_name_description_and_parameters_only() -> None:
    tools = ({"type": "function", "function": {"strict": True, "name": "查"}}, {"name": "b", "description": "B"})
    assert tools_of(tools) == (
        '[{"type": "function", "function": {"name": "查", "description": "", "parameters": {}}}, '
        '{"type": "function", "function": {"name": "b", "description": "B", "parameters": {}}}]'
    )


@pytest.mark.parametrize(
    ("call", "made"),
    [
        pytest.param(ToolCall(name="f", id="1"), {"name": "f", "arguments": {}, "id": "1"}, id="id"),
        pytest.param(ToolCall(name="f", id="null"), {"name": "f", "arguments": {}}, id="null-is-no-id"),
        pytest.param(ToolCall(name="f", arguments_raw="x"), {"name": "f", "arguments": "x"}, id="no-json"),
        pytest.param(ToolCall(name="f", arguments=[1]), {"name": "f", "arguments": [1]}, id="object"),
    ],
)
def test_call(call: ToolCall, made: dict[str, object]) -> None:
    assert call_of(call, with_id=True) == made


def test_call_without_id() -> None:
    assert call_of(ToolCall(name="f", id="1"), with_id=False) == {"name": "f", "arguments": {}}


def test_results() -> None:
    message = Message("tool", "晴", tool_call_id="1", name="f")
    assert result_of(message) == '{"content": "晴", "call_id": "1"}'
    assert result_of(Message("tool", "1")) == '{"content": 1}'
    assert results_of(message) == '[{"name": "f", "content": "晴"}]'
