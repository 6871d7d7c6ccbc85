"""Alpaca-LoRA is Alpaca in the wordings of its four files."""

import pytest

from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, trained

NAMES = ("alpaca-lora:alpaca", "alpaca-lora:alpaca_legacy", "alpaca-lora:alpaca_short", "alpaca-lora:vigogne")


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("alpaca-lora:alpaca", "q\n\n### Response:\nr</s>"),
        ("alpaca-lora:alpaca_legacy", "q\n\n### Response:r</s>"),
        ("alpaca-lora:alpaca_short", "<s>### Instruction:\nq\n\n### Response:\nr</s>"),
        ("alpaca-lora:vigogne", "q\n\n### Réponse:\nr</s>"),
    ],
)
def test_the_response_heading(name, end):
    made = render(chat("u:q", "a:r"), name)
    assert made.text.endswith(end)
    assert trained(made) == ["r</s>"]


def test_the_name_alone_is_the_default_file():
    assert render(chat("u:q", "a:r"), "alpaca-lora").text == render(chat("u:q", "a:r"), NAMES[0]).text


def test_legacy_is_stanfords_text():
    assert render(chat("u:q", "a:r"), NAMES[1]).text == render(chat("u:q", "a:r"), "alpaca").text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("given", "counts"), [("", False), (None, False), (" ", True), ("你好", True)])
def test_an_input_is_what_has_text(name, given, counts):
    parts = Part(text="Translate."), Part(text=given, name="input")
    text = render(Sample((Message("user", parts), Message("assistant", "ok"))), name).text
    assert (f"put:\n{given}" in text or f"Entrée:\n{given}" in text) is counts


@pytest.mark.parametrize("name", NAMES)
def test_generation_ends_with_the_response_heading(name):
    assert render(chat("u:q"), name, add_generation_prompt=True).text == render(chat("u:q", "a:"), name).text[:-4]


def test_an_empty_response_is_trained_to_end():
    assert trained(render(chat("u:q", "a:"), "alpaca-lora")) == ["</s>"]
