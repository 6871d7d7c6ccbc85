"""Calls stand between tags one below the other, all of it said by the assistant."""

import pytest

from instrkit.sample import ToolCall
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.tool_tags import call_json, calls


def text(pieces) -> str:
    return "".join(piece[0] for piece in pieces)


def test_calls_of_a_message():
    pieces = calls((ToolCall(name="f", arguments={}), ToolCall(name="g")), 3, after="")
    assert text(pieces) == (
        '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>\n'
        '<tool_call>\n{"name": "g", "arguments": {}}\n</tool_call>'
    )
    assert {piece[2:4] for piece in pieces} == {(3, True)}
    assert {piece[0] for piece in pieces if piece[1] == "end"} == {"<tool_call>", "</tool_call>"}


def test_below_a_text_they_begin_a_line():
    assert text(calls((ToolCall(name="f"),), 0, after="text")).startswith("\n<tool_call>")


@pytest.mark.parametrize(
    ("call", "canonical", "given"),
    [
        pytest.param(ToolCall(name="f", arguments={"城": 1}), '{"城": 1}', '{"城": 1}', id="value"),
        pytest.param(ToolCall(name="f", arguments={"a": 1}, arguments_raw='{"a":1}'), '{"a": 1}', '{"a":1}', id="both"),
        pytest.param(ToolCall(name="f", arguments_raw="{broken"), "{broken", "{broken", id="unreadable"),
        pytest.param(ToolCall(name="f"), "{}", "{}", id="none"),
    ],
)
def test_arguments(call, canonical, given):
    assert call_json(call) == f'{{"name": "f", "arguments": {canonical}}}'
    assert arguments_as_given(call) == given
