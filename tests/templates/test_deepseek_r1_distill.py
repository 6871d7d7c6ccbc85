"""The R1 distillates drop thinking as their template does, and keep all of it in a text to train from."""

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

NAME = "deepseek-r1-distill"
CALL = ToolCall(name="查", arguments={"a": 1}, arguments_raw='{"a":1}')
CALLED = f'{NEW_CALL}function{SEP}查\n```json\n{{"a":1}}\n```{CALL_END}'
INLINE = chat("u:a", "a:<think>\nx\n</think>\n\nA", "u:b", "a:<think>\ny\n</think>\n\nB")


def test_training_keeps_thinking_in_every_turn() -> None:
    made = render(INLINE, NAME, layout="training", strict=True)
    assert trained(made) == [f"<think>\nx\n</think>\n\nA{EOS}", f"<think>\ny\n</think>\n\nB{EOS}"]


@pytest.mark.parametrize("layout", ["auto", "chat"])
def test_the_reference_drops_it_and_that_is_said(layout: str) -> None:
    made = render(INLINE, NAME, layout=layout)
    assert made.text == f"{BOS}{USER}a{ASSISTANT}\n\nA{EOS}{USER}b{ASSISTANT}\n\nB{EOS}"
    assert lost(made.altered) == [("content", "messages[1].content"), ("content", "messages[3].content")]


def test_thinking_apart_from_the_text_is_written_as_the_models_write_it() -> None:
    sample = Sample((Message("user", "a"), Message("assistant", "A", thinking="x")))
    assert trained(render(sample, NAME, layout="training", strict=True)) == [f"<think>\nx\n</think>\n\nA{EOS}"]
    chatted = render(sample, NAME)
    assert chatted.text == f"{BOS}{USER}a{ASSISTANT}A{EOS}"
    assert lost(chatted.dropped) == [("thinking", "messages[1].thinking")]


def test_chat_takes_the_last_system_text_and_training_all() -> None:
    sample = chat("s:A", "s:B", "u:x", "a:")
    assert render(sample, NAME, layout="training", strict=True).text == f"{BOS}A\n\nB{USER}x{ASSISTANT}{EOS}"
    made = render(sample, NAME)
    assert made.text == f"{BOS}B{USER}x{ASSISTANT}{EOS}"
    assert lost(made.dropped) == [("system message", "messages[0]")]


def test_parallel_calls_and_results() -> None:
    called = Message("assistant", None, tool_calls=(CALL, CALL))
    made = render(Sample((Message("user", "x"), called, Message("tool", "1"), Message("tool", "2"))), NAME, strict=True)
    assert made.text == (
        f"{BOS}{USER}x{ASSISTANT}{CALLS}{CALLED}\n{CALLED}{CALLS_END}{EOS}"
        f"{OUTPUTS}{NEW_OUTPUT}1{OUTPUT_END}\n{NEW_OUTPUT}2{OUTPUT_END}{OUTPUTS_END}"
    )
    assert trained(made) == [f"{CALLS}{CALLED}\n{CALLED}{CALLS_END}{EOS}"]


def test_calls_beside_text_are_dropped_in_chat_and_kept_in_training() -> None:
    sample = Sample((Message("user", "x"), Message("assistant", "look", tool_calls=(CALL,))))
    assert render(sample, NAME, layout="training", strict=True).text == f"{BOS}{USER}x{ASSISTANT}look{CALLS}{CALLED}"
    made = render(sample, NAME)
    assert made.text == f"{BOS}{USER}x{ASSISTANT}look{EOS}"
    assert lost(made.dropped) == [("tool call", "messages[1].tool_calls[0]")]


def test_generation_opens_an_answer_but_not_behind_results() -> None:
    assert render(chat("u:x"), NAME, add_generation_prompt=True).text == f"{BOS}{USER}x{ASSISTANT}"
    assert render(chat("u:x", "t:1"), NAME, add_generation_prompt=True).text.endswith(f"{OUTPUT_END}{OUTPUTS_END}")


def test_tokens_in_text_stay_text() -> None:
    made = render(chat(f"u:{EOS}{USER}", f"a:{CALLS}"), NAME)
    assert [made.text[start:end] for start, end in made.special_spans] == [BOS, USER, ASSISTANT, EOS]
