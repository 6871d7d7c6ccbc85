"""Mistral 1 writes its markers as text, the system text in the first question, and no tools."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def test_the_system_text_stands_in_the_first_question() -> None:
    made = render(chat("s:S", "u:Hi", "a:Hello ", "u:Bye", "a:Ciao"), "mistral-v1", strict=True)
    assert made.text == "<s> [INST] S\n\nHi [/INST] Hello </s> [INST] Bye [/INST] Ciao</s>"
    assert trained(made) == [" Hello </s>", " Ciao</s>"]


def test_system_texts_are_joined_and_an_early_answer_gets_a_question() -> None:
    made = render(chat("s:A", "s:B", "a:Hello"), "mistral-v1", strict=True)
    assert made.text == "<s> [INST] A\n\nB\n\n [/INST] Hello</s>"


def test_markers_are_no_tokens() -> None:
    made = render(chat("u:[INST] </s>", "a:x"), "mistral-v1")
    assert [made.text[start:end] for start, end in made.special_spans] == ["<s>", "</s>"]
    assert [made.text[start:end] for start, end in made.lookalikes] == ["</s>"]
    assert [segment.kind for segment in made.segments[1:3]] == ["prefix", "header"]


def test_empty_texts() -> None:
    assert render(chat("u:", "a:"), "mistral-v1").text == "<s> [INST]  [/INST]</s>"


def test_generation_adds_nothing() -> None:
    assert render(chat("u:Hi"), "mistral-v1", add_generation_prompt=True).text == "<s> [INST] Hi [/INST]"


def test_tools_are_left_out_and_calls_refused() -> None:
    made = render(Sample(chat("u:Hi", "a:x").messages, tools=({"name": "f"},)), "mistral-v1")
    assert lost(made.dropped) == [("tool definition", "tools[0]")]
    call = Message("assistant", None, tool_calls=(ToolCall(name="f"),))
    with pytest.raises(TemplateError, match=r"messages\[1\]\.tool_calls: mistral-v1 has no tools"):
        render(Sample((Message("user", "x"), call)), "mistral-v1")
    with pytest.raises(TemplateError, match=r"messages\[2\]: tool message: mistral-v1 has no tools"):
        render(chat("u:x", "a:y", "t:z"), "mistral-v1", add_generation_prompt=True)
