"""FLAN is an input and a target, with nothing between them."""

from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def test_the_target_is_trained():
    made = render(chat("u:问题 ", "a: 答案"), "flan")
    assert made.text == "问题  答案"
    assert trained(made) == [" 答案"]


def test_an_open_question_stands_alone():
    assert render(chat("u:q"), "flan", add_generation_prompt=True).text == "q"


def test_an_input_stands_on_a_line_of_its_own():
    sample = Sample((Message("user", (Part(text="a"), Part(text="b", name="input"))), Message("assistant", "c")))
    assert render(sample, "flan").text == "a\nbc"


def test_what_has_no_place_is_reported():
    made = render(chat("s:x", "u:a", "a:b", "u:c", "a:d"), "flan")
    assert made.text == "cd"
    assert [path for _, path in lost(made.dropped)] == ["messages[0]", "messages[1]", "messages[2]"]


def test_an_empty_target_carries_no_loss():
    assert render(chat("u:q", "a:"), "flan").loss_spans == ()
