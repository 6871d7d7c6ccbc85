"""ToolBench writes calls as Thought, Action and Action Input, and trains what its trainer finds by splitting."""

import pytest

from instrkit.formats import parse
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import open_template, render
from tests.templates.samples import chat, lost, trained

SINGLE = "toolbench:tool-llama-single-round"
SYSTEM = open_template("toolbench").default_system
WEATHER = ToolCall(name="天气", arguments={"city": "北京"})
ADD = ToolCall(name="add", arguments={"a": 1}, arguments_raw='{"a":1}')


def test_two_speakers():
    made = render(chat("u:hi", "a:yo", "u:bye", "a:cya"), "toolbench")
    assert made.text == f"<s>{SYSTEM} Human: hi Assistant: yo</s>Human: bye Assistant: cya</s>"
    assert trained(made) == [" yo</s>", " cya</s>"]


@pytest.mark.parametrize(
    ("name", "text"), [("toolbench", f"{SYSTEM} Human: q Assistant:"), (SINGLE, "User: q\nAssistant:")]
)
def test_generation_has_no_bos(name, text):
    assert render(chat("u:q"), name, add_generation_prompt=True).text == text


@pytest.mark.parametrize("name", ["toolbench", SINGLE])
def test_the_chat_layout_has_no_bos(name):
    sample = chat("u:q", "a:r")
    assert "<s>" + render(sample, name, layout="chat").text == render(sample, name).text


def test_a_call_is_text_of_the_assistant():
    message = Message("assistant", None, thinking="hm", tool_calls=(WEATHER,))
    made = render(Sample((Message("user", "q"), message)), "toolbench")
    said = '\nThought: hm\nAction: 天气\nAction Input: {"city": "北京"}</s>'
    assert trained(made) == [f" {said}"]
    assert trained(render(Sample((Message("user", "q"), message)), "toolbench", loss="assistant")) == [said]
    assert made.dropped == made.altered == ()


def test_single_round_trains_the_last_answer_only():
    made = render(chat("s:S", "u:q", "a:r", "t:x", "a:t"), SINGLE)
    assert made.text == "<s>System: S\nUser: q\nAssistant: r\nFunction: x\nAssistant: t</s>"
    assert trained(made) == [" t</s>"]


def test_parallel_calls_are_turns_of_their_own():
    message = Message("assistant", "Both.", tool_calls=(WEATHER, ADD))
    made = render(Sample((Message("user", "q"), message, Message("tool", "晴"), Message("tool", "1"))), SINGLE)
    assert made.text == (
        '<s>User: q\nAssistant: Both.\nAssistant: \nThought: \nAction: 天气\nAction Input: {"city": "北京"}\n'
        'Assistant: \nThought: \nAction: add\nAction Input: {"a":1}\nFunction: 晴\nFunction: 1</s>'
    )


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("\nThought: \nAction: f\nAction Input: {}", id="regular"),
        pytest.param("\nThought: a\nb\nAction: f\nAction Input: no json", id="not-json"),
        pytest.param("Thought: a\nAction: f\nAction Input: {}", id="flush"),
        pytest.param("\nAction: f\nAction Input: {}", id="bare"),
        pytest.param("Action: f\nAction Input: {}", id="bare-flush"),
        pytest.param("plain", id="plain"),
    ],
)
def test_own_records_come_back_to_the_byte(said):
    turns = [{"from": "user", "value": "q"}, {"from": "assistant", "value": said}]
    made = render(parse({"conversations": turns}, format="toolbench"), SINGLE)
    assert made.text == f"<s>User: q\nAssistant: {said}</s>"
    assert trained(made) == [f" {said}</s>"]


def test_a_call_that_could_not_be_read_is_written_as_it_is():
    message = Message("assistant", None, tool_calls=(ToolCall(name="", arguments_raw="?!"),))
    assert render(Sample((Message("user", "q"), message)), SINGLE).text == "<s>User: q\nAssistant: ?!</s>"


def test_a_message_without_text_is_its_name():
    assert render(chat("u:", "a:r"), SINGLE).text == "<s>User:Assistant: r</s>"
    assert render(chat("u:", "a:r"), "toolbench").text == f"<s>{SYSTEM} Human:Assistant: r</s>"


def test_separators_in_a_text_shift_the_loss_but_only_under_reference():
    sample = chat("u:a</s>b", "a:r")
    assert trained(render(sample, "toolbench")) == [f"{SYSTEM} Human: a</s>", " r</s>"]
    assert trained(render(sample, "toolbench", loss="assistant")) == ["r</s>"]


def test_what_has_no_place_is_reported():
    sample = Sample((*chat("u:q", "a:r").messages, Message("tool", "x")), tools=({"name": "f"},))
    assert lost(render(sample, "toolbench").dropped) == [
        ("tool message", "messages[2]"),
        ("tool definition", "tools[0]"),
    ]
    assert lost(render(sample, SINGLE).dropped) == [("tool definition", "tools[0]")]
