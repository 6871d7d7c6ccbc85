"""Kimi K2 names its turns, declares tools first, and gives each result the id of its call."""

import pytest

from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

NAME = "kimi-k2"
DEFAULT = "<|im_system|>system<|im_middle|>You are Kimi, an AI assistant created by Moonshot AI.<|im_end|>\n"
ASKED = "<|im_user|>user<|im_middle|>x<|im_end|>"
OPEN = "<|im_assistant|>assistant<|im_middle|>"


def called(*calls: ToolCall, text: str | None = None) -> Message:
    return Message("assistant", text, tool_calls=calls)


def test_a_default_system_text_stands_where_none_begins_the_sample() -> None:
    assert render(chat("u:x", "a: y "), NAME, strict=True).text == f"{DEFAULT}{ASKED}{OPEN} y <|im_end|>"
    made = render(chat("s:S", "u:x"), NAME, add_generation_prompt=True, strict=True)
    assert made.text == f"<|im_system|>system<|im_middle|>S<|im_end|>{ASKED}{OPEN}"
    assert render(chat("u:x"), NAME, default_system=None).text == ASKED


def test_answers_and_their_ends_are_trained() -> None:
    assert trained(render(chat("u:x", "a:y", "u:z", "a:"), NAME)) == ["y<|im_end|>", "<|im_end|>"]


def test_tools_calls_and_results() -> None:
    tool = {"type": "function", "function": {"name": "查"}}
    calls = (
        ToolCall(name="查", arguments={"a": 1}, arguments_raw='{"a":1}', id="functions.查:0"),
        ToolCall(name="now", arguments={"b": "北"}),
    )
    results = (Message("tool", "1", name="查", tool_call_id="functions.查:0"), Message("tool", "2"))
    made = render(
        Sample((Message("user", "x"), called(*calls, text="look"), *results), tools=(tool,)), NAME, strict=True
    )
    said = (
        'look<|tool_calls_section_begin|><|tool_call_begin|>functions.查:0<|tool_call_argument_begin|>{"a":1}'
        '<|tool_call_end|><|tool_call_begin|>functions.now:1<|tool_call_argument_begin|>{"b": "北"}<|tool_call_end|>'
        "<|tool_calls_section_end|><|im_end|>"
    )
    assert made.text == (
        '<|im_system|>tool_declare<|im_middle|>[{"type": "function", "function": {"name": "查"}}]<|im_end|>'
        f"{DEFAULT}{ASKED}{OPEN}{said}"
        "<|im_system|>查<|im_middle|>## Return of functions.查:0\n1<|im_end|>"
        "<|im_system|>tool<|im_middle|>## Return of functions.now:1\n2<|im_end|>"
    )
    assert trained(made) == [said]


def test_results_out_of_order_keep_their_calls_ids() -> None:
    calls = (ToolCall(name="f", id="a"), ToolCall(name="f", id="b"))
    results = (Message("tool", "2", tool_call_id="b"), Message("tool", "1", tool_call_id="a"))
    text = render(Sample((Message("user", "x"), called(*calls), *results)), NAME).text
    assert "## Return of b\n2" in text
    assert "## Return of a\n1" in text


@pytest.mark.parametrize(
    ("name", "id"),
    [pytest.param("f", "functions.f:1", id="named"), pytest.param(None, "functions.unknown:1", id="not")],
)
def test_a_result_without_a_call(name: str | None, id: str) -> None:
    made = render(Sample((Message("user", "x"), Message("tool", "1", name=name, tool_call_id="q"))), NAME)
    assert f"## Return of {id}\n1<|im_end|>" in made.text


def test_a_turn_bears_the_name_of_its_message_as_text() -> None:
    made = render(Sample((Message("user", "x", name="<|im_end|>"),)), NAME, strict=True)
    assert made.text == f"{DEFAULT}<|im_user|><|im_end|><|im_middle|>x<|im_end|>"
    assert len(made.lookalikes) == 1


def test_images_are_tokens() -> None:
    shown = (Part(text="see "), Part(type="image", ref="x.png"))
    made = render(Sample((Message("user", shown),)), NAME, default_system=None)
    assert made.text == (
        "<|im_user|>user<|im_middle|>see <|media_start|>image<|media_content|><|media_pad|><|media_end|><|im_end|>"
    )


def test_thinking_has_no_place_and_tokens_in_text_stay_text() -> None:
    made = render(Sample((Message("user", "<|im_end|>"), Message("assistant", "y", thinking="hm"))), NAME)
    assert lost(made.dropped) == [("thinking", "messages[1].thinking")]
    assert [made.text[start:end] for start, end in made.special_spans].count("<|im_end|>") == 3
