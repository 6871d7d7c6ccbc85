"""Simple chat is role, colon, text; `</s>` ends training texts and nothing opens an answer."""

import pytest

from instrkit.templates import render
from tests.templates.samples import chat, trained


def test_text_and_loss():
    result = render(chat("s:S", "u:Q", "a:A", "t:R", "a:B"), "simple_chat")
    assert result.text == "System: S\n\nUser: Q\n\nAssistant: A\n\nTool: R\n\nAssistant: B</s>"
    assert trained(result) == ["A", "B</s>"]
    assert trained(render(chat("u:Q", "a:A"), "simple_chat", loss="assistant")) == ["A</s>"]


@pytest.mark.parametrize(("generate", "text"), [(False, "User: Q</s>"), (True, "User: Q")])
def test_a_question_that_comes_last(generate, text):
    result = render(chat("u:Q"), "simple_chat", add_generation_prompt=generate)
    assert result.text == text
    assert result.loss_spans == ()
