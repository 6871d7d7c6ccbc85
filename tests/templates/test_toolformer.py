"""Toolformer's text holds calls and results in its place; tools are never executed."""

import pytest

from instrkit.errors import TemplateError
from instrkit.formats import parse
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def text_of(text: str) -> str:
    return render(parse({"text": text}, format="toolformer"), "toolformer").text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("a [Calculator(18, 36) → 54 ] 54.", "a [Calculator(18, 36) → 54 ] 54.", id="as-it-is"),
        pytest.param("a [Calculator(18, 36)→54] b", "a [Calculator(18, 36) → 54 ] b", id="blanks"),
        pytest.param("a <API> Calculator(4/2) -> 2 </API> b", "a [Calculator(4/2) → 2 ] b", id="paper"),
        pytest.param("a[Calculator(1)→1].", "a [Calculator(1) → 1 ].", id="blank-before"),
        pytest.param("[QA('今天？') → 晴]", "[QA('今天？') → 晴 ]", id="at-the-start"),
        pytest.param('a [QA({"q": "x"}) → y ]', 'a [QA({"q": "x"}) → y ]', id="object"),
        pytest.param("a [Calculator(18, 36)] 54.", "a [Calculator(18, 36)] 54.", id="without-result"),
        pytest.param("plain [not a call] text", "plain [not a call] text", id="no-call"),
        pytest.param("", "", id="empty"),
    ],
)
def test_texts_with_calls(text, written):
    assert text_of(text) == written


def test_all_of_it_is_trained():
    made = render(parse({"text": "a [Calculator(1) → 1 ] b"}, format="toolformer"), "toolformer")
    assert trained(made) == [made.text]


def test_under_assistant_results_are_not():
    made = render(parse({"text": "a [Calculator(1) → 1 ] b"}, format="toolformer"), "toolformer", loss="assistant")
    assert trained(made) == ["a [Calculator(1) → ", " b"]


def test_calls_of_a_chat_find_their_results_by_id():
    calls = (
        ToolCall(name="天气", arguments={"city": "北京"}, id="1"),
        ToolCall(name="add", arguments={"a": 1, "b": [2]}, id="2"),
    )
    messages = (
        Message("user", "q"),
        Message("assistant", "See", tool_calls=calls),
        Message("tool", "3", tool_call_id="2"),
        Message("tool", "晴", tool_call_id="1"),
        Message("assistant", "Done."),
        Message("tool", "?"),
    )  # fmt: skip
    made = render(Sample(messages), "toolformer")
    assert made.text == 'See [天气("北京") → 晴 ] [add(1, [2]) → 3 ] Done.'
    assert lost(made.dropped) == [("user message", "messages[0]"), ("tool message", "messages[5]")]


@pytest.mark.parametrize(
    ("call", "written"),
    [
        (ToolCall(name="f", arguments={"q": 'a"b'}), '[f("a\\"b")]'),
        (ToolCall(name="f", arguments={}), "[f()]"),
        (ToolCall(name="f", arguments=[1]), "[f([1])]"),
        (ToolCall(name="f", arguments_raw="x"), "[f(x)]"),
        (ToolCall(name="f", arguments_raw='f("x")'), '[f("x")]'),
        (ToolCall(name="", arguments_raw="?"), "[?]"),
        (ToolCall(name="f"), "[f()]"),
    ],
)
def test_arguments(call, written):
    assert render(Sample((Message("assistant", None, tool_calls=(call,)),)), "toolformer").text == written


def test_without_a_text_there_is_nothing_to_write():
    with pytest.raises(TemplateError, match="messages: no assistant message: expected a text"):
        render(chat("u:q"), "toolformer")
