"""Prompt and completion are stripped, parted by two line breaks, and ended in plain text."""

import pytest

from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def asked(*parts: Part) -> Sample:
    return Sample((Message("user", parts), Message("assistant", " ok\n")))


@pytest.mark.parametrize(
    ("given", "text"),
    [
        pytest.param(" x\n", "a\n\nx\n\nok<|endoftext|>", id="input"),
        pytest.param(" \n", "a\n\n\n\nok<|endoftext|>", id="blank-input"),
        pytest.param(None, "a\n\n\n\nok<|endoftext|>", id="null-input"),
    ],
)
def test_input(given, text):
    made = render(asked(Part(text=" a "), Part(text=given, name="input")), "openai-prompt-completion")
    assert made.text == text
    assert trained(made) == ["ok<|endoftext|>"]


def test_parts_are_stripped_as_one_text():
    parts = Part(text=" see "), Part(type="image", ref="x", placeholder="<image>"), Part(text=" . ")
    assert render(asked(*parts), "openai-prompt-completion").text.startswith("see <image> .\n\n\n\n")


def test_generation_is_the_prompt():
    assert render(chat("u:q"), "openai-prompt-completion", add_generation_prompt=True).text == "q\n\n\n\n"


def test_what_is_stripped_is_reported():
    made = render(chat("s:x", "u:q ", "a:r"), "openai-prompt-completion")
    assert lost(made.altered) == [("content", "messages[1].content")]
    assert lost(made.dropped) == [("system message", "messages[0]")]


def test_the_end_in_a_text_is_a_look_alike():
    made = render(chat("u:<|endoftext|>", "a:r"), "openai-prompt-completion")
    assert len(made.special_spans) == len(made.lookalikes) == 1
