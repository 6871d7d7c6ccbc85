"""Rewriting reaches every text of a sample, keeps what hangs on texts consistent, and returns the same object otherwise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.ops.rewrite import rewrite_texts
from instrkit.sample import Candidate, Message, Part, Sample, ToolCall


def upper(text: str) -> str:
    return text.upper()


SAMPLE = Sample(
    messages=(
        Message("system", "be kind"),
        Message("user", (Part(text="say"), Part(text="this", name="input"), Part(type="image", ref="a.png"))),
        Message(
            "assistant",
            None,
            thinking="hm",
            tool_calls=(ToolCall(name="look", arguments={"q": "x"}, arguments_raw='{"q": "x"}', id="c1"),),
            extra={"note": "n"},
        ),
        Message("tool", "found", tool_call_id="c1"),
    ),
    tools=({"name": "look", "description": "looks"},),
    candidates=(Candidate(messages=(Message("assistant", "yes"),)),),
    meta={"topic": "t", "n": 1},
)


def test_every_text_is_rewritten_and_nothing_else() -> None:
    new = rewrite_texts(SAMPLE, upper)
    assert [message.text for message in new.messages] == ["BE KIND", "SAY\nTHIS", "", "FOUND"]
    assert new.messages[2].thinking == "HM"
    assert new.candidates[0].messages[0].content == "YES"
    assert new.messages[2].tool_calls is SAMPLE.messages[2].tool_calls
    assert (new.tools, new.meta, new.messages[2].extra) == (SAMPLE.tools, SAMPLE.meta, {"note": "n"})
    assert new.messages[1].content[2].ref == "a.png"


def test_arguments_and_meta_are_rewritten_on_demand() -> None:
    new = rewrite_texts(SAMPLE, upper, arguments=True, meta=True)
    call = new.messages[2].tool_calls[0]
    assert (call.name, call.id, call.arguments, call.arguments_raw) == ("look", "c1", {"q": "X"}, '{"q": "X"}')
    assert new.tools == ({"name": "LOOK", "description": "LOOKS"},)
    assert new.meta == {"topic": "T", "n": 1}
    assert new.messages[2].extra == {"note": "N"}


@pytest.mark.parametrize("everything", [False, True])
def test_an_unchanged_sample_is_the_same_object(everything: bool) -> None:
    copy = "".join  # gives back an equal text that is another object
    assert rewrite_texts(SAMPLE, lambda text: copy(list(text)), arguments=everything, meta=everything) is SAMPLE


def test_unchanged_messages_stay_the_same_objects() -> None:
    new = rewrite_texts(SAMPLE, lambda text: text.replace("found", "lost"))
    assert new.messages[0] is SAMPLE.messages[0]
    assert new.messages[3].content == "lost"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param('{ "a" :1.50, "b":"mail x\\n" }', '{ "a" :1.50, "b":"mail Y\\"\\n" }', id="other-bytes-stay"),
        pytest.param('{"x": "x"}', '{"x": "Y\\""}', id="keys-stay"),
        pytest.param('{"b":"\\u0078"}', '{"b":"Y\\""}', id="escaped"),
        pytest.param('{"b":"\\u00e9x"}', '{"b":"\\u00e9Y\\""}', id="ascii-stays-ascii"),
        pytest.param('{"b":"éx"}', '{"b":"éY\\""}', id="unicode-stays-unicode"),
        pytest.param('{"b":"é\\ud800x"}', '{"b":"\\u00e9\\ud800Y\\""}', id="lone-surrogate"),
        pytest.param("{'b': x}", "{'b': Y\"}", id="no-json"),
        pytest.param(
            '["x",["x"],{"c":12345678901234567890123}]', '["Y\\"",["Y\\""],{"c":12345678901234567890123}]', id="nested"
        ),
    ],
)
def test_raw_arguments_are_escaped_again(raw: str, expected: str) -> None:
    sample = Sample((Message("assistant", None, tool_calls=(ToolCall(name="f", arguments_raw=raw),)),))
    new = rewrite_texts(sample, lambda text: text.replace("x", 'Y"'), arguments=True)
    assert new.messages[0].tool_calls[0].arguments_raw == expected


JSON = st.recursive(
    st.text(max_size=5) | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.booleans())
@settings(max_examples=60, deadline=None)
def test_raw_and_read_arguments_agree(value: object, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only)
    sample = Sample((Message("assistant", None, tool_calls=(ToolCall(name="f", arguments=value, arguments_raw=raw),)),))
    call = rewrite_texts(sample, lambda text: f'{text}\\"\n', arguments=True).messages[0].tool_calls[0]
    assert call.arguments == json.loads(call.arguments_raw)


def test_trained_spans_move_with_their_text() -> None:
    message = Message("assistant", "a\u200bb cd", train_spans=((0, 3, True), (4, 6, False)))
    new = rewrite_texts(Sample((message,)), lambda text: text.replace("\u200b", "")).messages[0]
    assert (new.content, new.train_spans) == ("ab cd", ((0, 2, True), (3, 5, False)))
