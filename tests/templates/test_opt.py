"""OPT joins source and target by one space, which is the first thing that is trained."""

import pytest

from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        pytest.param("q", "r", "q r</s>", id="plain"),
        pytest.param("q  ", "r \n\t", "q r</s>", id="stripped-behind"),
        pytest.param(" q \n", " r", " q \n  r</s>", id="line-breaks-and-front-stay"),
        pytest.param("", "r", " r</s>", id="no-source"),
        pytest.param("问", "答🎉", "问 答🎉</s>", id="chinese"),
        pytest.param("q", "", "q </s>", id="no-target"),
    ],
)
def test_joining(source, target, text):
    made = render(chat(f"u:{source}", f"a:{target}"), "opt")
    assert made.text == text
    assert trained(made) == [text[len(source.rstrip(" ")) :]]


def test_what_is_stripped_is_reported():
    assert lost(render(chat("u:q ", "a:r\n"), "opt").altered) == [
        ("content", "messages[0].content"),
        ("content", "messages[1].content"),
    ]


def test_the_space_is_no_part_of_what_is_said():
    assert trained(render(chat("u:q", "a:r"), "opt", loss="assistant")) == ["r</s>"]


def test_generation_leaves_the_space_to_the_model():
    assert render(chat("u:q "), "opt", add_generation_prompt=True).text == "q"
