"""Tools and calls become the JSON that chat templates write."""

import pytest

from instrkit.sample import ToolCall
from instrkit.templates.shared.calls import arguments_of, arguments_text, function_of, to_json


def test_json_as_chat_templates_write_it():
    assert to_json({"b": ["北京", 1.0], "a": None}) == '{"b": ["北京", 1.0], "a": null}'
    assert to_json({"b": "北"}, ascii=True) == '{"b": "\\u5317"}'
    assert to_json({"b": 1}, 4) == '{\n    "b": 1\n}'


@pytest.mark.parametrize(
    ("call", "value", "text"),
    [
        pytest.param(ToolCall(name="f", arguments={"a": 1}), {"a": 1}, '{"a": 1}', id="object"),
        pytest.param(ToolCall(name="f", arguments={"a": 1}, arguments_raw='{"a":1}'), {"a": 1}, '{"a": 1}', id="both"),
        pytest.param(ToolCall(name="f", arguments_raw="{broken"), "{broken", "{broken", id="unreadable"),
        pytest.param(ToolCall(name="f"), {}, "{}", id="none"),
        pytest.param(ToolCall(name="f", arguments="x"), "x", '"x"', id="a-string-is-a-value"),
    ],
)
def test_arguments(call, value, text):
    assert arguments_of(call) == value
    assert arguments_text(call) == text


def test_a_function_is_found_in_its_definition():
    assert function_of({"type": "function", "function": {"name": "f"}}) == {"name": "f"}
    assert function_of({"name": "f"}) == {"name": "f"}
    assert function_of("f") == "f"
