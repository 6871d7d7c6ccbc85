"""Qwen3 keeps every thought in training, drops those of the past in chat, and takes inline thoughts apart."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

CALL = ToolCall(name="查询", arguments_raw='{"城市":"北京"}', arguments={"城市": "北京"})
CALLED = '<tool_call>\n{"name": "查询", "arguments": {"城市":"北京"}}\n</tool_call>'
THOUGHT = "<think>\nT\n</think>\n\n"
NONE = "<think>\n\n</think>\n\n"


def said(rendered) -> list[str]:
    """What stands in the assistant's turns."""
    return [turn.partition("<|im_end|>")[0] for turn in rendered.text.split("<|im_start|>assistant\n")[1:]]


def two_thoughts() -> Sample:
    return Sample(
        (
            Message("user", "Q"),
            Message("assistant", "A", thinking="T1"),
            Message("user", "P"),
            Message("assistant", "B", thinking="T2"),
        )
    )


def test_training_keeps_every_thought():
    result = render(two_thoughts(), "qwen3")
    assert trained(result) == [
        "<think>\nT1\n</think>\n\nA<|im_end|>\n",
        "<think>\nT2\n</think>\n\nB<|im_end|>\n",
    ]
    assert (result.dropped, result.altered) == ((), ())


def test_chat_drops_those_before_the_last_question_and_says_so():
    result = render(two_thoughts(), "qwen3", layout="chat")
    assert said(result) == ["A", "<think>\nT2\n</think>\n\nB"]
    assert lost(result.dropped) == [("thinking", "messages[1].thinking")]


def test_generation_is_chat():
    sample = Sample((*two_thoughts().messages, Message("user", "R")))
    assert said(render(sample, "qwen3", add_generation_prompt=True)) == ["A", "B", ""]
    assert (
        said(render(sample, "qwen3", add_generation_prompt=True, layout="training"))[0] == "<think>\nT1\n</think>\n\nA"
    )


@pytest.mark.parametrize(
    ("content", "training", "in_chat"),
    [
        pytest.param("A", f"{NONE}A", f"{NONE}A", id="plain"),
        pytest.param("", NONE, NONE, id="empty"),
        pytest.param("\n\n A \n", f"{NONE} A \n", f"{NONE} A \n", id="white-space"),
        pytest.param("<think>\nT\n</think>\n\nA", f"{THOUGHT}A", f"{THOUGHT}A", id="inline"),
        pytest.param("<think>T</think>A", f"{THOUGHT}A", f"{THOUGHT}A", id="inline-in-a-line"),
        pytest.param("T</think>A", f"{NONE}T</think>A", f"{THOUGHT}A", id="only-the-end"),
        pytest.param("<think>T", f"{NONE}<think>T", f"{NONE}<think>T", id="only-the-start"),
        pytest.param("x<think>T</think>A", "x<think>T</think>A", f"{THOUGHT}A", id="text-before"),
        pytest.param(
            "<think>T</think>A</think>B", "<think>T</think>A</think>B", f"{THOUGHT}B", id="two-ends"
        ),
    ],
)  # fmt: skip
def test_contents(content, training, in_chat):
    assert said(render(chat("u:Q", f"a:{content}"), "qwen3")) == [training]
    assert said(render(chat("u:Q", f"a:{content}"), "qwen3", layout="chat")) == [in_chat]


def test_thinking_beside_the_content_leaves_the_content_alone():
    message = Message("assistant", "<think>x</think>A", thinking="\nT\n")
    assert said(render(Sample((Message("user", "Q"), message)), "qwen3")) == [f"{THOUGHT}<think>x</think>A"]


def test_a_thought_between_calls_belongs_to_the_same_question():
    sample = Sample(
        (
            Message("user", "Q"),
            Message("assistant", None, thinking="T", tool_calls=(CALL, CALL)),
            Message("tool", "R"),
            Message("assistant", "A"),
        )
    )
    assert said(render(sample, "qwen3", layout="chat")) == [f"{THOUGHT}{CALLED}\n{CALLED}", f"{NONE}A"]
    assert said(render(sample, "qwen3")) == [f"{THOUGHT}{CALLED}\n{CALLED}", f"{NONE}A"]


def test_a_result_in_a_users_disguise_is_no_question():
    sample = Sample(
        (
            Message("user", "Q"),
            Message("assistant", "A", thinking="T"),
            Message("user", "<tool_response>\nR\n</tool_response>"),
            Message("assistant", "B"),
        )
    )
    assert said(render(sample, "qwen3", layout="chat"))[0] == f"{THOUGHT}A"


def test_calls_below_a_content():
    sample = Sample((Message("user", "Q"), Message("assistant", "A", tool_calls=(CALL,))))
    assert trained(render(sample, "qwen3")) == [f"{NONE}A\n{CALLED}<|im_end|>\n"]


def test_no_thinking_opens_with_an_empty_thought():
    for layout in ("auto", "training"):
        result = render(chat("u:Q"), "qwen3", add_generation_prompt=True, enable_thinking=False, layout=layout)
        assert result.text == f"<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n{NONE}"
        assert result.loss_spans == ()


def test_tools_open_the_system_turn_where_there_is_no_text():
    plain = render(Sample((Message("user", "Q"),), tools=({"a": 1},)), "qwen3").text
    led = render(Sample((Message("system", "S"), Message("user", "Q")), tools=({"a": 1},)), "qwen3").text
    assert plain.startswith("<|im_start|>system\n# Tools\n\n")
    assert led.startswith("<|im_start|>system\nS\n\n# Tools\n\n")


def test_the_tags_of_thoughts_are_tokens():
    result = render(chat("u:Say <think>", "a:<think>\nT\n</think>\n\nA"), "qwen3")
    tokens = [result.text[start:end] for start, end in result.special_spans]
    assert tokens == ["<|im_start|>", "<|im_end|>", "<|im_start|>", "<think>", "</think>", "<|im_end|>"]
    assert [segment.kind for segment in result.segments if "T" in segment.text] == ["thinking"]


def test_the_assistant_policy_trains_thoughts_calls_and_their_tags():
    sample = Sample((Message("user", "Q"), Message("assistant", "A", thinking="T", tool_calls=(CALL,))))
    assert trained(render(sample, "qwen3", loss="assistant")) == ["<think>\nT\n</think>", f"A\n{CALLED}<|im_end|>"]


def test_the_2507_models_do_not_think():
    result = render(two_thoughts(), "qwen3-instruct-2507")
    assert trained(result) == ["A<|im_end|>\n", "B<|im_end|>\n"]
    assert [kind for kind, _ in lost(result.dropped)] == ["thinking", "thinking"]
    sample = Sample((Message("user", "Q"), Message("assistant", None, tool_calls=(CALL,))))
    assert said(render(sample, "qwen3-instruct-2507")) == [CALLED]
