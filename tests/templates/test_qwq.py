"""QwQ opens answers with `<think>`, and its chat template forgets the thoughts of the past."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

INLINE = "<think>\nT\n</think>\n\nA"


def said(rendered) -> list[str]:
    return [turn.partition("<|im_end|>")[0] for turn in rendered.text.split("<|im_start|>assistant\n")[1:]]


def test_generation_begins_a_thought():
    assert render(chat("u:Q"), "qwq-32b", add_generation_prompt=True).text == (
        "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n<think>\n"
    )


def test_inline_thoughts_stay_in_training_and_go_from_the_history_in_chat():
    sample = chat("u:Q", f"a:{INLINE}", "u:P", f"a:{INLINE}")
    assert said(render(sample, "qwq", layout="training")) == [INLINE, INLINE]
    result = render(sample, "qwq")
    assert said(result) == ["A", INLINE]
    assert ("content", "messages[1].content") in lost(result.altered)


def test_thinking_beside_the_content_is_written_in_training_only():
    sample = Sample((Message("user", "Q"), Message("assistant", "A", thinking="T")))
    assert trained(render(sample, "qwq", layout="training")) == [f"{INLINE}<|im_end|>"]
    assert said(render(sample, "qwq")) == ["A"]
    assert lost(render(sample, "qwq").dropped) == [("thinking", "messages[1].thinking")]


def test_a_thought_without_its_start_is_a_thought():
    result = render(chat("u:Q", "a:T\n</think>\n\nA"), "qwq")
    assert said(result) == ["T\n</think>\n\nA"]
    assert [segment.text for segment in result.segments if segment.kind == "thinking"] == ["T\n"]


@pytest.mark.parametrize("layout", ["training", "chat"])
def test_line_breaks_before_all_answers_but_the_last_are_trimmed(layout):
    assert said(render(chat("u:Q", "a:\n A \n", "u:P", "a:\n B"), "qwq", layout=layout)) == [" A \n", "\n B"]


def test_tools_stand_below_an_empty_system_text():
    text = render(Sample((Message("user", "Q"),), tools=({"a": 1},)), "qwq").text
    assert text.startswith("<|im_start|>system\n\n\n# Tools\n\n")


def test_calls():
    call = ToolCall(name="查询", arguments={"q": "北京"})
    sample = Sample((Message("user", "Q"), Message("assistant", "A", tool_calls=(call, call))))
    written = '<tool_call>\n{"name": "查询", "arguments": {"q": "北京"}}\n</tool_call>'
    assert said(render(sample, "qwq")) == [f"A\n{written}\n{written}"]
