"""DeepSeek V3 is TRL's training template, the role token trained; what it drops can be kept."""

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
    OUTPUTS,
    OUTPUTS_END,
    SEP,
    USER,
)
from tests.templates.samples import chat, lost, trained

NAME = "deepseek-v3"
CALL = ToolCall(name="查", arguments={"a": 1}, arguments_raw='{"a":1}')
CALLED = f'{NEW_CALL}function{SEP}查\n```json\n{{"a": 1}}\n```{CALL_END}'


def steps(beside: str | None) -> Sample:
    """Two turns of calls, the second with text beside them, each answered."""
    first, second = (
        Message("assistant", None, tool_calls=(CALL, CALL)),
        Message("assistant", beside, tool_calls=(CALL,)),
    )
    return Sample(
        (Message("user", "x"), first, Message("tool", "1"), Message("tool", "2"), second, Message("tool", "3"))
    )


def test_system_texts_come_first_and_role_tokens_are_trained() -> None:
    made = render(chat("s:A", "u:Hi", "s:B", "a:Hello", "u:", "a:"), NAME, strict=True)
    assert made.text == f"{BOS}A\n\nB{USER}Hi{ASSISTANT}Hello{EOS}{USER}{ASSISTANT}{EOS}"
    assert trained(made) == [f"{ASSISTANT}Hello{EOS}", f"{ASSISTANT}{EOS}"]


def test_generation_opens_with_thinking_but_not_behind_results() -> None:
    assert render(chat("u:Hi"), NAME, add_generation_prompt=True).text == f"{BOS}{USER}Hi{ASSISTANT}<think>\n"
    prompt = render(chat("u:Hi", "t:1"), NAME, add_generation_prompt=True)
    assert prompt.text == f"{BOS}{USER}Hi{OUTPUTS}{NEW_OUTPUT}1{OUTPUT_END}{OUTPUTS_END}"


def test_thinking_in_the_text_is_dropped_and_reported_or_kept() -> None:
    sample = chat("u:Hi", "a:<think>\nhm\n</think>\n\n51")
    made = render(sample, NAME)
    assert made.text == f"{BOS}{USER}Hi{ASSISTANT}\n\n51{EOS}"
    assert lost(made.altered) == [("content", "messages[1].content")]
    kept = render(sample, NAME, layout="training", strict=True)
    assert kept.text == f"{BOS}{USER}Hi{ASSISTANT}<think>\nhm\n</think>\n\n51{EOS}"


def test_thinking_apart_from_the_text_likewise() -> None:
    sample = Sample((Message("user", "Hi"), Message("assistant", "51", thinking="hm")))
    assert lost(render(sample, NAME).dropped) == [("thinking", "messages[1].thinking")]
    kept = render(sample, NAME, layout="training", strict=True)
    assert trained(kept) == [f"{ASSISTANT}<think>\nhm\n</think>\n\n51{EOS}"]


@pytest.mark.parametrize(
    ("arguments", "written"),
    [pytest.param("given", '"{\\"a\\":1}"', id="given"), pytest.param("object", '{"a": 1}', id="object")],
)
def test_arguments_that_came_as_a_string(arguments: str, written: str) -> None:
    sample = Sample((Message("user", "x"), Message("assistant", "look", tool_calls=(CALL,))))
    assert trained(render(sample, NAME, arguments=arguments)) == [
        f"{ASSISTANT}look{CALLS}{NEW_CALL}function{SEP}查\n```json\n{written}\n```{CALL_END}{CALLS_END}{EOS}"
    ]


def test_only_the_first_call_and_the_first_result_are_opened() -> None:
    made = render(steps(None), NAME, arguments="object", strict=True)
    results = f"{NEW_OUTPUT}1{OUTPUT_END}{NEW_OUTPUT}2{OUTPUT_END}"
    assert made.text == (
        f"{BOS}{USER}x{ASSISTANT}{CALLS}{CALLED}\n{CALLED}{CALLS_END}{EOS}"
        f"{OUTPUTS}{results}\n{CALLED}{CALLS_END}{EOS}{NEW_OUTPUT}3{OUTPUT_END}{OUTPUTS_END}"
    )


def test_text_beside_later_calls_is_dropped_or_opens_them_again() -> None:
    assert lost(render(steps("look"), NAME).dropped) == [("assistant message", "messages[4]")]
    kept = render(steps("look"), NAME, arguments="object", layout="training", strict=True)
    assert f"{OUTPUTS_END}{ASSISTANT}look{CALLS}{CALLED}{CALLS_END}{EOS}" in kept.text


def test_an_answer_behind_results_is_trained_from_their_end() -> None:
    made = render(chat("u:x", "t:1", "a:ok"), NAME)
    assert trained(made) == [f"{OUTPUTS_END}ok{EOS}"]


def test_tool_lists_have_no_place_and_tokens_in_text_stay_text() -> None:
    made = render(Sample(chat(f"u:{ASSISTANT}", "a:x").messages, tools=({"name": "f"},)), NAME)
    assert lost(made.dropped) == [("tool definition", "tools[0]")]
    assert [made.text[start:end] for start, end in made.special_spans] == [BOS, USER, ASSISTANT, EOS]
