"""DeepSeek V3.1 opens each answer with `</think>`, and with `<think>` where there is thinking to keep."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from instrkit.templates.deepseek_tokens import (
    ASSISTANT,
    BOS,
    CALL_END,
    CALLS,
    CALLS_END,
    EOS,
    NEW_CALL,
    NEW_OUTPUT,
    OUTPUT_END,
    SEP,
    USER,
)
from tests.templates.samples import chat, lost, trained

NAME = "deepseek-v3.1"
CALL = ToolCall(name="查", arguments={"a": 1}, arguments_raw='{"a":1}')
CALLED = f'{NEW_CALL}查{SEP}{{"a":1}}{CALL_END}'


def test_the_opening_of_an_answer_is_not_trained() -> None:
    made = render(chat("s:S", "u:Hi", "a: Hello ", "u:", "a:"), NAME, strict=True)
    assert made.text == f"{BOS}S{USER}Hi{ASSISTANT}</think> Hello {EOS}{USER}{ASSISTANT}</think>{EOS}"
    assert trained(made) == [f" Hello {EOS}", EOS]


@pytest.mark.parametrize(
    ("variables", "opening"),
    [
        pytest.param({}, "</think>", id="default"),
        pytest.param({"thinking": True}, "<think>", id="thinking"),
        pytest.param({"enable_thinking": True}, "<think>", id="other-name"),
        pytest.param({"thinking": False, "enable_thinking": True}, "</think>", id="thinking-counts"),
    ],
)
def test_generation(variables: dict[str, bool], opening: str) -> None:
    made = render(chat("u:Hi"), NAME, add_generation_prompt=True, **variables)
    assert made.text == f"{BOS}{USER}Hi{ASSISTANT}{opening}"


def test_nothing_is_opened_behind_a_result() -> None:
    made = render(chat("u:Hi", "t:1"), NAME, add_generation_prompt=True)
    assert made.text == f"{BOS}{USER}Hi{NEW_OUTPUT}1{OUTPUT_END}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("<think>hm</think>51", "<think>hm</think>51", id="both-tags"),
        pytest.param("hm</think>51", "<think>hm</think>51", id="as-generated"),
    ],
)
def test_thinking_in_the_text(text: str, kept: str) -> None:
    whole = render(chat("u:Hi", f"a:{text}"), NAME, layout="training", strict=True)
    assert whole.text == f"{BOS}{USER}Hi{ASSISTANT}{kept}{EOS}"
    chatted = render(chat("u:Hi", f"a:{text}"), NAME)
    assert chatted.text == f"{BOS}{USER}Hi{ASSISTANT}</think>51{EOS}"
    assert lost(chatted.altered) == [("content", "messages[1].content")]


def test_thinking_apart_from_the_text_in_several_turns() -> None:
    turn = (Message("user", "q"), Message("assistant", "51", thinking="hm"))
    made = render(Sample(turn * 2), NAME, layout="training", strict=True)
    assert made.text == BOS + f"{USER}q{ASSISTANT}<think>hm</think>51{EOS}" * 2
    assert trained(made) == [f"hm</think>51{EOS}"] * 2
    chatted = render(Sample(turn * 2), NAME)
    assert chatted.text == BOS + f"{USER}q{ASSISTANT}</think>51{EOS}" * 2
    assert lost(chatted.dropped) == [("thinking", "messages[1].thinking"), ("thinking", "messages[3].thinking")]


def test_calls_and_results_follow_each_other_without_headers() -> None:
    called = Message("assistant", "look", thinking="hm", tool_calls=(CALL, CALL))
    messages = (Message("user", "x"), called, Message("tool", "1"), Message("tool", "2"), Message("assistant", "ok"))
    said = f"look{CALLS}{CALLED}{CALLED}{CALLS_END}{EOS}"
    results = f"{NEW_OUTPUT}1{OUTPUT_END}{NEW_OUTPUT}2{OUTPUT_END}"
    made = render(Sample(messages), NAME, layout="training", strict=True)
    assert made.text == f"{BOS}{USER}x{ASSISTANT}<think>hm</think>{said}{results}ok{EOS}"
    assert trained(made) == [f"hm</think>{said}", f"ok{EOS}"]
    assert render(Sample(messages), NAME).text == f"{BOS}{USER}x{ASSISTANT}</think>{said}{results}ok{EOS}"


def test_an_answer_begun_for_a_thinking_model() -> None:
    sample = Sample((Message("user", "q"), Message("assistant", "So", extra={"prefix": True})))
    assert render(sample, NAME, thinking=True).text == f"{BOS}{USER}q{ASSISTANT}<think>So{EOS}"
    assert render(sample, NAME).text == f"{BOS}{USER}q{ASSISTANT}</think>So{EOS}"


def test_tool_lists_have_no_place_and_tokens_in_text_stay_text() -> None:
    made = render(Sample(chat(f"u:{ASSISTANT}", "a:x").messages, tools=({"name": "f"},)), NAME)
    assert lost(made.dropped) == [("tool definition", "tools[0]")]
    assert [made.text[start:end] for start, end in made.special_spans] == [BOS, USER, ASSISTANT, EOS]
