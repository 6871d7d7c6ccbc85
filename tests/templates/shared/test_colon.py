"""A plain transcript: name, colon, text; speakers in turn; a message without text is its name alone."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates import render
from instrkit.templates.shared.colon import Colon
from tests.templates.samples import chat, lost, trained


@dataclass(frozen=True, kw_only=True)
class Plain(Colon):
    default_system: str = "S"
    name: ClassVar[str] = "made here"
    names: ClassVar[tuple[str, str]] = ("U", "A")


@pytest.mark.parametrize(
    ("turns", "generate", "text", "loss"),
    [
        pytest.param(("u:q", "a:r"), False, "S U: q A: r</s>", ["r</s>"], id="one-round"),
        pytest.param(("u:q",), True, "S U: q A:", [], id="generation"),
        pytest.param(("u:q", "a:r"), True, "S U: q A: r</s>", ["r</s>"], id="nothing-behind-an-answer"),
        pytest.param(("s:T", "u:q"), False, "T U: q ", [], id="system"),
        pytest.param(("s:", "u:q"), False, " U: q ", [], id="empty-system"),
        pytest.param(("u:", "a:r"), False, "S U:A: r</s>", ["r</s>"], id="empty-question"),
        pytest.param(("u:q", "a:", "u:p"), False, "S U: q A:U: p ", [], id="empty-answer"),
        pytest.param((), True, "S A:", [], id="nothing"),
        pytest.param(("s:T",), True, "T A:", [], id="system-alone"),
    ],
)
def test_layout(turns, generate, text, loss):
    made = render(chat(*turns), Plain(), add_generation_prompt=generate)
    assert made.text == text
    assert trained(made) == loss
    assert render(chat(*turns), Plain(), add_generation_prompt=generate, loss="all").text == text


def test_an_answer_before_the_first_question_is_left_out_and_reported():
    made = render(chat("a:hi", "u:q", "a:r"), Plain())
    assert made.text == "S U: q A: r</s>"
    assert lost(made.dropped) == [("assistant message", "messages[0]")]


@pytest.mark.parametrize(
    ("turns", "index"),
    [(("u:q", "u:p"), 1), (("u:q", "a:r", "a:s"), 2), (("a:x", "a:y"), 1)],
    ids=["questions", "answers", "two-before-the-first-question"],
)
def test_messages_out_of_turn_are_refused(turns, index):
    with pytest.raises(TemplateError, match=rf"messages\[{index}\]: .* out of turn: expected user and assistant"):
        render(chat(*turns), Plain())


def test_what_has_no_place_is_reported():
    sample = Sample((Message("user", "q"), Message("tool", "x"), Message("assistant", "r", thinking="t")))
    made = render(sample, Plain())
    assert lost(made.dropped) == [("tool message", "messages[1]"), ("thinking", "messages[2].thinking")]


def test_the_default_system_text_is_a_variable():
    assert render(chat("u:q"), Plain(default_system="你好")).text == "你好 U: q "
