"""Chinese-Alpaca puts the input on a line behind the instruction; the second version stands in LLaMA-2's layout."""

import pytest

from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def with_input(text: str | None) -> Sample:
    return Sample((Message("user", (Part(text="译"), Part(text=text, name="input"))), Message("assistant", "ok")))


@pytest.mark.parametrize(("given", "said"), [("你好", "译\n你好"), (" ", "译\n "), ("", "译"), (None, "译")])
def test_input(given, said):
    assert f"### Instruction:\n{said}\n\n### Response: ok</s>" in render(with_input(given), "chinese-alpaca1").text
    assert render(with_input(given), "chinese-alpaca2").text.endswith(f"\n<</SYS>>\n\n{said} [/INST]ok</s>")


def test_the_first_version_never_speaks_of_an_input():
    assert "paired with an input" not in render(with_input("x"), "chinese-alpaca1").text


def test_the_space_before_the_response_is_not_trained():
    made = render(chat("u:q", "a:答"), "chinese-alpaca1")
    assert made.text.endswith("### Response: 答</s>")
    assert trained(made) == ["答</s>"]


def test_a_system_message_takes_the_place_of_the_default():
    made = render(chat("s:Kind.", "u:q", "a:r"), "chinese-alpaca2")
    assert made.text == "<s>[INST] <<SYS>>\nKind.\n<</SYS>>\n\nq [/INST]r</s>"
    assert made.dropped == ()
    assert lost(render(chat("s:Kind.", "u:q", "a:r"), "chinese-alpaca1").dropped) == [("system message", "messages[0]")]


def test_several_system_messages_stand_on_lines_of_their_own():
    assert "\nA\nB\n<</SYS>>" in render(chat("s:A", "s:B", "u:q"), "chinese-alpaca2").text


def test_the_default_system_text_is_a_variable():
    assert "<<SYS>>\n好\n<</SYS>>" in render(chat("u:q", "a:r"), "chinese-alpaca2", default_system="好").text


@pytest.mark.parametrize(
    ("name", "end"), [("chinese-alpaca1", "q\n\n### Response: "), ("chinese-alpaca2", "\n\nq [/INST]")]
)
def test_generation(name, end):
    assert render(chat("u:q"), name, add_generation_prompt=True).text.endswith(end)


def test_look_alikes_of_the_marks_stay_text():
    made = render(chat("u:</s>[/INST]", "a:r"), "chinese-alpaca2")
    assert [made.text[start:end] for start, end in made.special_spans] == ["<s>", "</s>"]
    assert len(made.lookalikes) == 1
