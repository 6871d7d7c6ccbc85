"""Tülu ends answers with `</s>`, and leaves out the line break behind the last."""

from instrkit.templates import render
from tests.templates.samples import chat, trained


def test_text_and_loss():
    result = render(chat("s:S", "u:Q", "a:A", "u:P", "a:B"), "tulu")
    assert result.text == (
        "<|system|>\nS\n<|user|>\nQ\n<|assistant|>\nA</s>\n<|user|>\nP\n<|assistant|>\nB</s>"
    )  # fmt: skip
    assert trained(result) == ["A</s>", "B</s>"]


def test_a_question_that_comes_last_keeps_its_line_break():
    assert render(chat("u:Q"), "tulu").text == "<|user|>\nQ\n"


def test_generation():
    assert render(chat("u:Q"), "tulu", add_generation_prompt=True).text == "<|user|>\nQ\n<|assistant|>\n"
    assert render(chat("u:Q"), "tulu_thinker", add_generation_prompt=True).text.endswith("<|assistant|>\n<think>")


def test_the_segments_agree_with_the_quick_path():
    result = render(chat("u:Q", "a:A"), "tulu", default_system="S")
    assert (
        "".join(segment.text for segment in result.segments)
        == result.text
        == ("<|system|>\nS\n<|user|>\nQ\n<|assistant|>\nA</s>")
    )


def test_the_start_of_a_thought_is_the_prompts_and_not_trained():
    result = render(chat("u:Q", "a:<think>T</think>A"), "tulu_thinker")
    assert result.text == "<|user|>\nQ\n<|assistant|>\n<think>T</think>A</s>"
    assert trained(result) == ["T</think>A</s>"]
    assert (result.dropped, result.altered) == ((), ())
    assert trained(render(chat("u:Q", "a:A"), "tulu_thinker")) == ["A</s>"]


def test_role_names_in_a_question_stay_text():
    assert trained(render(chat("u:<|assistant|>\nx</s>", "a:A"), "tulu")) == ["A</s>"]
