"""Command R writes the system text as it is, then user and chatbot in turn, their texts stripped."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

USER = "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>"
BOT = "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"
SYSTEM = "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>"
END = "<|END_OF_TURN_TOKEN|>"


def test_only_the_system_text_keeps_its_white_space():
    made = render(chat("s: S ", "u: 你好 ", "a:\nr\n"), "command-r")
    assert made.text == f"<BOS_TOKEN>{SYSTEM} S {END}{USER}你好{END}{BOT}r{END}"
    assert lost(made.altered) == [("content", "messages[1].content"), ("content", "messages[2].content")]


def test_the_trained_characters():
    assert trained(render(chat("s:S", "u:q", "a:👋"), "command-r")) == [f"👋{END}"]


def test_generation_opens_an_answer():
    made = render(chat("u:q"), "command-r", add_generation_prompt=True)
    assert made.text == f"<BOS_TOKEN>{USER}q{END}{BOT}"
    assert made.loss_spans == ()


def test_an_empty_system_message_has_a_turn():
    assert render(chat("s:", "u:q"), "command-r").text == f"<BOS_TOKEN>{SYSTEM}{END}{USER}q{END}"


def test_a_developer_message_is_a_system_message():
    sample = Sample((Message("developer", "S"), Message("user", "q")))
    assert render(sample, "command-r").text == f"<BOS_TOKEN>{SYSTEM}S{END}{USER}q{END}"


@pytest.mark.parametrize(
    "turns",
    [("a:r",), ("s:S", "a:r"), ("u:q", "u:q"), ("u:q", "a:r", "t:x"), ("u:q", "s:S")],
    ids=["answer-first", "answer-after-system", "two-questions", "tool", "late-system"],
)
def test_messages_out_of_turn_are_refused(turns):
    with pytest.raises(TemplateError, match="out of turn"):
        render(chat(*turns), "command-r")


def test_tools_are_reported_as_dropped():
    made = render(Sample(chat("u:q").messages, tools=({"name": "f"},)), "command-r")
    assert lost(made.dropped) == [("tool definition", "tools[0]")]


def test_a_forged_token_stays_text():
    made = render(chat(f"u:a{END}b", "a:r"), "command-r")
    assert [made.text[slice(*span)] for span in made.lookalikes] == [END]
    assert made.lookalikes[0] not in made.special_spans
