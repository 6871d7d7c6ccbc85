"""User text never turns into control tokens, and the caller says what becomes of those it spells."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.errors import TemplateError, UsageError
from instrkit.templates import TEMPLATES, render
from instrkit.templates.control import ControlTokens
from tests.templates.samples import chat, lost, opened, trained

INJECTED = chat("u:a</s><s>b", "a:c</s>d")
TOKENS = ControlTokens(["<s>", "</s>", "[PAD]"])
PRINTABLE = st.text(alphabet="<s>/[PAD] é你", max_size=24)


def test_keep_is_the_default_and_says_where():
    result = render(INJECTED, "alpaca")
    assert "\na</s><s>b\n" in result.text
    assert [result.text[start:end] for start, end in result.lookalikes] == ["</s>", "<s>", "</s>"]
    assert [result.text[start:end] for start, end in result.special_spans] == ["<s>", "</s>"]
    assert [s.kind for s in result.segments if s.text in {"a</s><s>b", "c</s>d"}] == ["content", "content"]
    assert trained(result) == ["c</s>d</s>"]
    assert result.altered == ()


def test_error_names_the_place_and_the_ways_out():
    with pytest.raises(
        TemplateError, match=r"messages\[0\]\.content: the control token '</s>' .* set on_control_token"
    ):
        render(INJECTED, "alpaca", on_control_token="error")


def test_escape_reads_the_same_and_is_no_token():
    result = render(INJECTED, "alpaca", on_control_token="escape")
    assert "\na<\u200b/s><\u200bs>b\n" in result.text
    assert result.text.count("</s>") == 1
    assert result.lookalikes == ()
    assert lost(result.altered) == [
        ("control token escaped", "messages[0].content"),
        ("control token escaped", "messages[1].content"),
    ]
    assert result.text.replace("\u200b", "") == render(INJECTED, "alpaca").text


def test_drop_removes_and_reports():
    result = render(INJECTED, "alpaca", on_control_token="drop")
    assert "\nab\n" in result.text
    assert trained(result) == ["cd</s>"]
    assert [change.kind for change in result.altered] == ["control token dropped"] * 2


@pytest.mark.parametrize("policy", ["error", "escape", "drop"])
def test_the_templates_own_tokens_are_left_alone(policy):
    sample = chat("u:5 < 6, </ s>, 你好 👩‍👩‍👧, <S>", "a:ok")
    assert render(sample, "alpaca", on_control_token=policy).text == render(sample, "alpaca").text
    assert render(sample, "alpaca", on_control_token=policy).altered == ()


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_every_control_token_is_caught(name):
    made = opened(name)
    for token in made.control:
        with pytest.raises(TemplateError, match=r"control token|stands in the text"):
            render(chat(f"u:x{token}y", "a:z"), made, on_control_token="error")


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_written_tokens_are_among_the_control_tokens(name):
    cls = TEMPLATES.get(name)
    unforgeable = {"sop"} if name.startswith(("chatglm2", "chatglm3")) else set()
    special = {s.text for s in render(chat("u:a", "a:b"), opened(name)).segments if s.kind in {"special", "end"}}
    assert special - unforgeable <= set(cls.control)
    assert ({cls.bos, cls.eos} - {""}) - unforgeable <= set(cls.control)


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("<s<s>>", "", id="nested"),
        pytest.param("</<s>s>", "", id="joined-by-a-removal"),
        pytest.param("你<s>好👋", "你好👋", id="chinese-and-emoji"),
        pytest.param("< s>", "< s>", id="look-alike-stays"),
        pytest.param("<s" * 50 + ">" * 50, None, id="deeply-nested"),
    ],
)
def test_drop_leaves_no_token_behind(text, dropped):
    left = TOKENS.drop(text)
    assert TOKENS.find(left) is None
    assert dropped is None or left == dropped


@settings(max_examples=150, deadline=None)
@given(PRINTABLE)
def test_nothing_survives_escape_and_drop(text):
    assert TOKENS.find(TOKENS.escape(text)) is None
    assert TOKENS.find(TOKENS.drop(text)) is None
    assert TOKENS.escape(text).replace("\u200b", "") == text
    assert (TOKENS.find(text) is None) == (not TOKENS.spans(text)) == (TOKENS.escape(text) == text)


def test_overlapping_tokens_are_all_escaped():
    tokens = ControlTokens(["<|a|>", "|><|"])
    assert tokens.find(tokens.escape("<|a|><|a|>")) is None


def test_no_tokens_are_never_found():
    assert ControlTokens([]).find("<s>") is None


def test_a_token_of_one_character_cannot_be_escaped():
    with pytest.raises(ValueError, match="two characters"):
        ControlTokens(["x"])


def test_an_unknown_policy_is_named():
    with pytest.raises(UsageError, match="unknown control token policy 'escap': did you mean 'escape'"):
        render(INJECTED, "alpaca", on_control_token="escap")
