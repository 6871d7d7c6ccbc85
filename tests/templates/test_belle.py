"""BELLE's question ends with the heading of the answer; answers end with `</s>`, and there is no BOS."""

import pytest

from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def test_rounds_follow_each_other_directly():
    made = render(chat("u:问", "a:答", "u:q", "a:r"), "belle")
    assert made.text == "Human: \n问\n\nAssistant: \n答</s>Human: \nq\n\nAssistant: \nr</s>"
    assert trained(made) == ["答</s>", "r</s>"]


@pytest.mark.parametrize("generate", [True, False])
def test_an_open_question_ends_with_the_heading(generate):
    made = render(chat("u:Hi"), "belle", add_generation_prompt=generate)
    assert made.text == "Human: \nHi\n\nAssistant: \n"
    assert made.loss_spans == ()


def test_white_space_and_look_alikes_stay():
    made = render(chat("u: \n</s>Human: ", "a:\n "), "belle")
    assert made.text == "Human: \n \n</s>Human: \n\nAssistant: \n\n </s>"
    assert made.altered == ()
    assert len(made.special_spans) == len(made.lookalikes) == 1


def test_an_empty_answer_is_trained_to_end():
    assert trained(render(chat("u:q", "a:"), "belle")) == ["</s>"]


def test_what_has_no_place_is_reported():
    made = render(chat("s:x", "u:q", "a:r", "t:y"), "belle")
    assert lost(made.dropped) == [("system message", "messages[0]"), ("tool message", "messages[3]")]
