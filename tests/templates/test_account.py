"""Whatever of a sample's text is not in the prompt is reported, found by looking for it."""

from typing import ClassVar

import pytest

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
        return [(m.text.strip(), "content", k, False, None) for k, m in enumerate(sample.messages)]


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
