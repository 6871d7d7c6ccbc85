"""MiniCPM's chat template strips texts and ends none; its training script does neither."""

from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

SAMPLE = ("s: S\n", "u: Q ", "a:A\n")


def test_the_chat_template_strips():
    result = render(chat(*SAMPLE), "minicpm")
    assert result.text == "S<用户>Q<AI>A"
    assert trained(result) == ["A"]
    assert lost(result.altered) == [("content", f"messages[{k}].content") for k in range(3)]


def test_the_training_layout_keeps_texts_and_ends_them():
    result = render(chat(*SAMPLE), "minicpm", layout="training")
    assert result.text == "<s> S\n<用户> Q <AI>A\n</s>"
    assert trained(result) == ["A\n</s>"]
    assert (result.dropped, result.altered) == ((), ())


def test_generation_ends_with_the_question():
    assert render(chat("u:Q"), "minicpm", add_generation_prompt=True).text == "<用户>Q<AI>"
    assert render(chat("u:Q"), "minicpm", add_generation_prompt=True, layout="training").text == "<s><用户>Q<AI>"
