"""An instruction layout takes the last exchange, finds the input behind the instruction, and is quick where it can be."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from instrkit.templates.shared.instruction import Instruction, last_exchange, parts_of
from tests.templates.samples import chat, lost, trained


@dataclass(frozen=True, kw_only=True)
class Plain(Instruction):
    name: ClassVar[str] = "made here"
    with_input: ClassVar[str | None] = "I:{instruction}|{input}."
    without_input: ClassVar[str] = "I:{instruction}"
    response: ClassVar[str] = "\nR:"


def asked(*parts: Part) -> Sample:
    return Sample((Message("user", parts), Message("assistant", "ok")))


@pytest.mark.parametrize(
    ("turns", "found"),
    [
        pytest.param(("u:q",), (0, None), id="open"),
        pytest.param(("u:q", "a:r"), (0, 1), id="answered"),
        pytest.param(("s:s", "u:q", "a:r", "u:p"), (3, None), id="last-question"),
        pytest.param(("u:q", "a:r", "t:t"), (0, 1), id="result-behind"),
        pytest.param(("u:q", "a:r", "a:s"), (0, 2), id="two-answers"),
    ],
)
def test_last_exchange(turns, found):
    assert last_exchange(chat(*turns).messages) == found


@pytest.mark.parametrize("turns", [(), ("s:x",), ("a:x",)], ids=["nothing", "system", "answer-only"])
def test_without_a_question_there_is_no_exchange(turns):
    with pytest.raises(TemplateError, match="messages: no user message: expected an instruction"):
        last_exchange(chat(*turns).messages)


@pytest.mark.parametrize(
    ("parts", "said", "given"),
    [
        pytest.param((Part(text="a"), Part(text="b", name="input")), "a", "b", id="input"),
        pytest.param((Part(text="a"), Part(text="", name="input")), "a", "", id="empty-input"),
        pytest.param((Part(text="a"), Part(text=None, name="input")), "a", "", id="null-input"),
        pytest.param(
            (Part(text="a"), Part(text="b ", name="input"), Part(type="image", ref="x", placeholder="<image>")),
            "a",
            "b <image>",
            id="input-goes-on",
        ),
        pytest.param((Part(text="a", name="input"), Part(text="b", name="question")), "a\nb", "", id="names"),
        pytest.param((Part(text=""), Part(text="b", name="input")), "", "b", id="empty-instruction"),
    ],
)
def test_parts(parts, said, given):
    pieces = parts_of(Message("user", parts), 0)
    assert tuple("".join(piece[0] for piece in side) for side in pieces) == (said, given)


def test_an_input_stands_in_its_place():
    made = render(asked(Part(text="a"), Part(text="b", name="input")), Plain())
    assert made.text == "<s>I:a|b.\nR:ok</s>"
    assert trained(made) == ["ok</s>"]


@pytest.mark.parametrize(
    "sample",
    [
        chat("u:q", "a:"),
        chat("u:", "a:r"),
        asked(Part(text="a"), Part(text="b", name="input")),
        asked(Part(text="a"), Part(text="", name="input")),
        Sample((Message("user", "q"), Message("assistant", "r", thinking="t"))),
        Sample((Message("user", "q"), Message("assistant", "r", weight=0.0))),
        Sample((Message("user", "q"), Message("assistant", None))),
    ],
    ids=["no-answer-text", "no-question-text", "input", "empty-input", "thinking", "weight", "null"],
)
def test_the_quick_path_agrees_with_the_segments(sample):
    made = render(sample, Plain())
    slow = render(sample, Plain(), loss="all")
    assert (made.text, made.dropped, made.altered) == (slow.text, slow.dropped, slow.altered)


def test_a_weight_of_zero_takes_the_loss():
    assert render(Sample((Message("user", "q"), Message("assistant", "r", weight=0.0))), "alpaca").loss_spans == ()


def test_thinking_has_no_place_and_is_reported():
    made = render(Sample((Message("user", "q"), Message("assistant", "r", thinking="t"))), Plain())
    assert lost(made.dropped) == [("thinking", "messages[1].thinking")]
