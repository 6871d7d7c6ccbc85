"""Qwen2.5 lists tools in the system turn, merges results, and begins the loss behind `assistant`."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

DEFAULT = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
TOOL = {"type": "function", "function": {"name": "查询", "parameters": {}}}
CALLS = (
    ToolCall(name="查询", arguments={"城市": "北京"}),
    ToolCall(name="f", arguments_raw='{"a":1}', arguments={"a": 1}),
)
FIRST = '<tool_call>\n{"name": "查询", "arguments": {"城市": "北京"}}\n</tool_call>'
SECOND = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'


def after_system(rendered) -> str:
    return rendered.text.partition("<|im_end|>\n")[2]


def system(rendered) -> str:
    return rendered.text.partition("<|im_end|>\n")[0].removeprefix("<|im_start|>system\n")


def asked(*more: Message, tools: tuple = (TOOL,)) -> Sample:
    return Sample((Message("user", "Q"), *more), tools=tools)


def test_the_default_system_text_stands_where_the_first_message_is_none():
    assert system(render(chat("u:Q"), "qwen2.5")) == DEFAULT
    assert system(render(chat("u:Q", "s:late"), "qwen2.5")) == DEFAULT
    assert system(render(chat("s:", "u:Q"), "qwen2.5")) == ""


def test_a_later_system_message_has_a_turn_of_its_own():
    assert after_system(render(chat("u:Q", "s:late"), "qwen2.5")).endswith("<|im_start|>system\nlate<|im_end|>\n")


def test_tools_follow_the_system_text():
    said = system(render(asked(), "qwen2.5"))
    assert said.startswith(f"{DEFAULT}\n\n# Tools\n\nYou may call")
    assert '<tools>\n{"type": "function", "function": {"name": "查询", "parameters": {}}}\n</tools>\n\nFor each' in said
    assert said.endswith('<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>')


def test_several_tools_stand_one_below_the_other():
    assert system(render(asked(tools=({"a": 1}, {"b": 2})), "qwen2.5")).count('\n{"a": 1}\n{"b": 2}\n') == 1


@pytest.mark.parametrize("content", [None, ""], ids=["none", "empty"])
def test_calls_without_a_content(content):
    result = render(asked(Message("assistant", content, tool_calls=CALLS)), "qwen2.5")
    assert trained(result) == [f"\n{FIRST}\n{SECOND}<|im_end|>\n"]
    assert after_system(result).endswith(f"<|im_start|>assistant\n{FIRST}\n{SECOND}<|im_end|>\n")
    assert (result.dropped, result.altered) == ((), ())


def test_calls_below_a_content():
    result = render(asked(Message("assistant", "让我查", tool_calls=CALLS[:1])), "qwen2.5")
    assert trained(result) == [f"\n让我查\n{FIRST}<|im_end|>\n"]
    assert trained(render(asked(Message("assistant", "x", tool_calls=CALLS[:1])), "qwen2.5", loss="assistant")) == [
        f"x\n{FIRST}<|im_end|>"
    ]


def test_results_in_a_row_share_a_turn():
    sample = asked(Message("assistant", None, tool_calls=CALLS), Message("tool", "R1"), Message("tool", "R2"))
    result = render(sample, "qwen2.5", add_generation_prompt=True)
    assert result.text.endswith(
        "<|im_start|>user\n<tool_response>\nR1\n</tool_response>\n<tool_response>\nR2\n</tool_response><|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert (result.dropped, result.altered) == ((), ())


def test_a_result_between_other_turns():
    assert after_system(render(chat("u:Q", "t:R", "u:P"), "qwen2.5")) == (
        "<|im_start|>user\nQ<|im_end|>\n<|im_start|>user\n<tool_response>\nR\n</tool_response><|im_end|>\n"
        "<|im_start|>user\nP<|im_end|>\n"
    )


def test_an_empty_answer_is_a_turn():
    assert trained(render(chat("u:Q", "a:"), "qwen2.5")) == ["\n<|im_end|>\n"]


def test_tags_of_calls_are_tokens_and_those_in_user_text_are_not():
    result = render(asked(Message("assistant", None, tool_calls=CALLS[:1])), "qwen2.5")
    assert sum(result.text[start:end] == "<tool_call>" for start, end in result.special_spans) == 3
    forged = render(chat("u:<tool_call>", "a:A"), "qwen2.5")
    assert "<tool_call>" not in [forged.text[start:end] for start, end in forged.special_spans]


def test_thinking_has_no_place_and_is_reported():
    result = render(asked(Message("assistant", "A", thinking="T")), "qwen2.5")
    assert "T<" not in after_system(result)
    assert lost(result.dropped) == [("thinking", "messages[1].thinking")]


def test_an_answer_that_is_there_is_not_opened_again():
    assert render(chat("u:Q", "a:A"), "qwen2.5", add_generation_prompt=True).text.count("assistant\n") == 1
