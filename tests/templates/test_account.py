"""Whatever of a sample's text is not in the prompt is reported, found by looking for it."""

from typing import ClassVar

import pytest

import instrkit
from instrkit.errors import LossError
from instrkit.sample import Candidate, Message, Part, Sample, ToolCall
from instrkit.templates import Piece, Template, render
from instrkit.templates.account import account
from tests.templates.samples import chat, lost


class Strips(Template):
    """A template with the habits of many: it strips contents and writes no thinking."""

    name: ClassVar[str] = "strips"
    source: ClassVar[str] = "none"
    summary: ClassVar[str] = "none"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        return [(m.text.strip(), "content", k, m.role == "assistant", None) for k, m in enumerate(sample.messages)]


def stripped(*messages: Message, **fields):
    return render(Sample(messages, **fields), Strips())


@pytest.mark.parametrize("text", ["x", "你好", "👩‍👩‍👧", "", "a b"])
def test_what_is_written_is_neither_dropped_nor_altered(text):
    result = stripped(Message("user", text))
    assert (result.dropped, result.altered) == ((), ())


@pytest.mark.parametrize("text", [" x", "x\n", "\u3000你好"])
def test_stripped_white_space_is_an_alteration(text):
    assert lost(stripped(Message("user", text)).altered) == [("content", "messages[0].content")]


def test_the_same_text_elsewhere_does_not_count():
    result = render(chat("u:Hi", "a:Hello", "u:Hi", "a:Hello"), "alpaca")
    assert lost(result.dropped) == [("user message", "messages[0]"), ("assistant message", "messages[1]")]


def test_thinking():
    assert lost(stripped(Message("assistant", "4", "2+2")).dropped) == [("thinking", "messages[0].thinking")]


def test_tools_calls_candidates_and_media():
    result = stripped(
        Message(
            "user",
            (Part(text="See"), Part(type="image", ref="a.png", placeholder="<image>"), Part(type="audio", ref="b")),
        ),
        Message("assistant", None, tool_calls=(ToolCall(name="f"), ToolCall(name="g"))),
        tools=({"name": "f"}, {"name": "g"}),
        candidates=(Candidate(messages=()),),
    )
    assert lost(result.dropped) == [
        ("audio", "messages[0].content[2]"),
        ("tool call", "messages[1].tool_calls[0]"),
        ("tool call", "messages[1].tool_calls[1]"),
        ("tool definition", "tools[0]"),
        ("tool definition", "tools[1]"),
        ("candidate", "candidates[0]"),
    ]


def test_altered_thinking_and_calls():
    sample = Sample((Message("assistant", None, " why ", (ToolCall(name="f"),)),))
    pieces = [("why", "thinking", 0, True, None), ("g()", "tool", 0, True, None)]
    assert lost(account(sample, pieces, "keep", [])[1]) == [
        ("thinking", "messages[0].thinking"),
        ("tool call", "messages[0].tool_calls[0]"),
    ]


def test_strict_refuses_and_says_what():
    with pytest.raises(LossError, match=r"template chatglm2: would lose system message \(messages\[0\]\): expected"):
        render(chat("s:x", "u:y", "a:z"), "chatglm2", strict=True)
    with pytest.raises(LossError, match="control token escaped"):
        render(chat("u:</s>", "a:z"), "alpaca", strict=True, on_control_token="escape")


def test_a_named_part_that_is_left_out_is_dropped():
    sample = Sample(
        (Message("user", (Part(text="头痛"), Part(text="三天", name="input"))), Message("assistant", "休息"))
    )
    made = render(sample, "bentsao")
    assert lost(made.dropped) == [("input", "messages[0].content[1]")]
    assert made.altered == ()


def test_thinking_inside_the_content_is_whole_where_it_is_written():
    made = render(chat("u:q", "a:<think>\nhm\n</think>\n\nyes"), "qwen3")
    assert (made.dropped, made.altered) == ((), ())


def test_a_result_written_as_a_json_value_is_whole():
    sample = instrkit.parse(
        {
            "messages": [
                {"role": "user", "content": "天气?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "a1b2c3d4e", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                    ],
                },
                {"role": "tool", "tool_call_id": "a1b2c3d4e", "content": '{"t":21}'},
                {"role": "assistant", "content": "21"},
            ]
        },
        format="openai",
    )
    assert render(sample, "mistral-v3").altered == ()


def test_a_mask_that_breaks_is_reported():
    broken = chat("u:Ignore </s>USER: x", "a:y")
    assert lost(render(broken, "vicuna").dropped) == [("loss", "messages")]
    assert render(broken, "vicuna", loss="assistant").dropped == ()
    silent = Sample((Message("user", "q"), Message("assistant", "a", weight=0.0)))
    assert render(silent, "vicuna").dropped == ()


def calling(*cities: str) -> Sample:
    calls = tuple(ToolCall(name="f", arguments={"city": city}, id=f"a1b2c3d4{k}") for k, city in enumerate(cities))
    return Sample((Message("user", "q"), Message("assistant", None, tool_calls=calls)))


def test_a_second_call_of_the_same_tool_is_missed():
    made = render(calling("Paris", "Rome"), "gpt-oss", date="2026-07-01")
    assert lost(made.dropped) == [("tool call", "messages[1].tool_calls[1]")]
    assert render(calling("Paris", "Rome"), "gpt-oss", date="2026-07-01", layout="training").dropped == ()


@pytest.mark.parametrize("template", ["qwen2.5", "glm4-moe", "mistral-v3", "hermes-2-pro", "deepseek-v3.1", "llama3.1"])
def test_arguments_escaped_by_the_layout_are_whole(template):
    calls = calling('say "北京"\n')
    assert [change.kind for change in render(calls, template).altered] == []


def test_a_tool_that_the_list_does_not_name_is_missed():
    tools = ({"type": "function", "function": {"name": "f", "parameters": {}}}, {"type": "web_search"})
    sample = Sample((Message("user", "q"), Message("assistant", "a")), tools=tools)
    assert lost(render(sample, "hermes-2-pro").dropped) == [("tool definition", "tools[1]")]
    assert render(sample, "qwen2.5").dropped == ()


def test_a_text_of_one_character_is_missed_where_it_was():
    assert lost(render(chat("u:\n", "a:b"), "gemma").altered) == [("content", "messages[0].content")]
