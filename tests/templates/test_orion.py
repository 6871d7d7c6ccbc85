"""Orion opens every answer inside the question's turn, with a `</s>`."""

import pytest

from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def test_text_and_loss():
    result = render(chat("u:Q", "a:A", "u:P", "a:B"), "orion")
    assert result.text == "<s>Human: Q\n\nAssistant: </s>A</s>Human: P\n\nAssistant: </s>B</s>"
    assert trained(result) == ["A</s>", "B</s>"]
    assert trained(render(chat("u:Q", "a:A"), "orion", loss="assistant")) == ["A</s>"]


@pytest.mark.parametrize("generate", [False, True], ids=["training", "generation"])
def test_a_question_opens_its_answer(generate):
    assert render(chat("u:Q"), "orion", add_generation_prompt=generate).text == "<s>Human: Q\n\nAssistant: </s>"


def test_a_system_message_is_reported_as_dropped():
    assert lost(render(chat("s:S", "u:Q", "a:A"), "orion").dropped) == [("system message", "messages[0]")]
