"""DeepSeek's texts begin with the system texts; arguments stand as they were given."""

import pytest

from instrkit.sample import ToolCall
from instrkit.templates.deepseek_tokens import BOS, CONTROL, given_arguments, opening_of
from tests.templates.samples import chat


def test_an_opening_holds_every_system_text_an_empty_one_too() -> None:
    pieces = opening_of(chat("s:", "u:x", "s:B").messages)
    assert [(piece[0], piece[2]) for piece in pieces] == [(BOS, None), ("", 0), ("\n\n", 2), ("B", 2)]


def test_tokens_are_all_different() -> None:
    assert len(set(CONTROL)) == len(CONTROL) == 13


@pytest.mark.parametrize(
    ("call", "text"),
    [
        pytest.param(ToolCall(name="f", arguments={"a": 1}, arguments_raw='{"a":1}'), '{"a":1}', id="string"),
        pytest.param(ToolCall(name="f", arguments={"a": "北"}), '{"a": "北"}', id="object"),
        pytest.param(ToolCall(name="f"), "{}", id="none"),
    ],
)
def test_arguments(call: ToolCall, text: str) -> None:
    assert given_arguments(call) == text
