"""Alpaca is Stanford's `train.py`: two headers, the response and `</s>` trained, one exchange."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def instruction(*parts: Part) -> Sample:
    return Sample((Message("user", parts), Message("assistant", "ok")))


def test_the_response_and_its_end_are_trained():
    assert trained(render(chat("u:Name a colour.", "a:Red 🔴."), "alpaca")) == ["Red 🔴.</s>"]


def test_no_line_break_after_the_response_header():
    assert render(chat("u:q", "a:r"), "alpaca").text.endswith("\nq\n\n### Response:r</s>")


def test_an_empty_response_is_trained_to_end():
    assert trained(render(chat("u:q", "a:"), "alpaca")) == ["</s>"]


@pytest.mark.parametrize(
    ("given", "has_input"),
    [
        pytest.param("", False, id="empty"),
        pytest.param(None, False, id="null"),
        pytest.param(" ", True, id="blank-counts"),
        pytest.param("你好", True, id="chinese"),
    ],
)
def test_an_input_is_what_is_not_empty(given, has_input):
    text = render(instruction(Part(text="Translate."), Part(text=given, name="input")), "alpaca").text
    assert ("### Input:\n" in text) is has_input
    assert ("paired with an input" in text) is has_input
    assert "None" not in text


def test_input_follows_the_instruction():
    text = render(instruction(Part(text="Translate."), Part(text="你好", name="input")), "alpaca").text
    assert "### Instruction:\nTranslate.\n\n### Input:\n你好\n\n### Response:ok</s>" in text


def test_other_parts_belong_to_the_instruction():
    parts = Part(text="See "), Part(type="image", ref="a.png", placeholder="<image>"), Part(text=".")
    result = render(instruction(*parts), "alpaca")
    assert "### Instruction:\nSee <image>.\n\n### Response:" in result.text
    assert result.dropped == ()


def test_markers_and_braces_in_the_text_are_text():
    result = render(chat('u:Explain "### Response:" and {braces}', "a:### Instruction:"), "alpaca")
    assert '### Instruction:\nExplain "### Response:" and {braces}\n\n' in result.text
    assert trained(result) == ["### Instruction:</s>"]


@pytest.mark.parametrize(
    ("turns", "prompt", "end"),
    [
        pytest.param(("u:q",), True, "\nq\n\n### Response:", id="open-question-with-prompt"),
        pytest.param(("u:q",), False, "\nq", id="open-question-without"),
        pytest.param(("u:q", "a:r"), True, "### Response:r</s>", id="answered-with-prompt"),
        pytest.param(("u:q", "a:r", "u:p"), True, "\np\n\n### Response:", id="last-question-counts"),
    ],
)
def test_generation_prompt(turns, prompt, end):
    assert render(chat(*turns), "alpaca", add_generation_prompt=prompt).text.endswith(end)


def test_what_has_no_place_is_reported():
    result = render(chat("s:Be kind.", "u:Hi", "a:Hello", "u:Bye", "a:Goodbye"), "alpaca")
    assert lost(result.dropped) == [
        ("system message", "messages[0]"),
        ("user message", "messages[1]"),
        ("assistant message", "messages[2]"),
    ]
    assert trained(result) == ["Goodbye</s>"]
    assert "\nBye\n" in result.text


@pytest.mark.parametrize("turns", [(), ("s:x",), ("a:x",)], ids=["nothing", "system", "answer-only"])
def test_without_a_question_there_is_no_prompt(turns):
    with pytest.raises(TemplateError, match="no user message: expected an instruction"):
        render(chat(*turns), "alpaca")
