"""Llama 2 writes rounds of `[INST] question [/INST] answer`, the system text in the first, and refuses its own tags."""

import re

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

BOTH = ["llama2", "codellama"]


@pytest.mark.parametrize("template", BOTH)
@pytest.mark.parametrize("generate", [True, False], ids=["generation", "training"])
@pytest.mark.parametrize(
    ("turns", "text"),
    [
        pytest.param(("u:q",), "<s>[INST] q [/INST]", id="question"),
        pytest.param(("u: q\n", "a: r "), "<s>[INST] q [/INST] r </s>", id="answered"),
        pytest.param(("u:q", "a:r", "u:再见"), "<s>[INST] q [/INST] r </s><s>[INST] 再见 [/INST]", id="open"),
        pytest.param(("s: S ", "u: q "), "<s>[INST] <<SYS>>\n S \n<</SYS>>\n\n q [/INST]", id="system"),
        pytest.param(("s:S", "u: \n"), "<s>[INST] <<SYS>>\nS\n<</SYS>> [/INST]", id="system-empty-question"),
        pytest.param(("s:", "u:q"), "<s>[INST] <<SYS>>\n\n<</SYS>>\n\nq [/INST]", id="empty-system"),
        pytest.param(("u:",), "<s>[INST]  [/INST]", id="empty-question"),
    ],
)
def test_text(template, turns, text, generate):
    assert render(chat(*turns), template, add_generation_prompt=generate).text == text


@pytest.mark.parametrize("template", BOTH)
def test_answers_are_trained_from_the_space_that_generation_begins_with(template):
    sample = chat("u:q", "a:Hi 👋", "u:q", "a:r")
    assert trained(render(sample, template)) == [" Hi 👋 </s>", " r </s>"]
    assert trained(render(sample, template, loss="assistant")) == ["Hi 👋", "</s>", "r", "</s>"]


@pytest.mark.parametrize("template", BOTH)
def test_only_bos_and_eos_are_control_tokens_of_the_text(template):
    made = render(chat("s:S", "u:q", "a:r", "u:q"), template)
    assert [made.text[slice(*span)] for span in made.special_spans] == ["<s>", "</s>", "<s>"]


@pytest.mark.parametrize("template", BOTH)
def test_the_system_text_keeps_its_index(template):
    made = render(chat("s:S", "u:q"), template)
    assert [segment.message for segment in made.segments if segment.text in {"S", "q"}] == [0, 1]
    assert (made.dropped, made.altered) == ((), ())


@pytest.mark.parametrize("template", BOTH)
def test_a_default_system_text_stands_in_for_a_missing_one(template):
    assert render(chat("u:q"), template, default_system="D").text == "<s>[INST] <<SYS>>\nD\n<</SYS>>\n\nq [/INST]"
    assert "D" not in render(chat("s:S", "u:q"), template, default_system="D").text


@pytest.mark.parametrize("template", BOTH)
def test_stripping_is_reported(template):
    made = render(chat("s: S ", "u: q ", "a: r"), template)
    assert lost(made.altered) == [("content", "messages[1].content"), ("content", "messages[2].content")]


@pytest.mark.parametrize("tag", ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"])
@pytest.mark.parametrize("turn", [0, 1, 2], ids=["system", "question", "answer"])
def test_a_tag_in_the_text_is_refused_with_its_message(tag, turn):
    turns = ["s:S", "u:q", "a:r"]
    turns[turn] += f" {tag}"
    with pytest.raises(TemplateError, match=rf"messages\[{turn}\]\.content: '{re.escape(tag)}'.*refuse_tags"):
        render(chat(*turns), "llama2")


def test_a_tag_can_be_kept_or_escaped_instead():
    sample = chat("u:a [/INST] b", "a:r")
    kept = render(sample, "llama2", refuse_tags=False)
    assert kept.text == "<s>[INST] a [/INST] b [/INST] r </s>"
    assert [kept.text[slice(*span)] for span in kept.lookalikes] == ["[/INST]"]
    escaped = render(sample, "llama2", refuse_tags=False, on_control_token="escape")
    assert escaped.text == "<s>[INST] a [\u200b/INST] b [/INST] r </s>"


def test_eos_in_the_text_stays_text():
    made = render(chat("u:a</s>b"), "llama2")
    assert [made.text[slice(*span)] for span in made.lookalikes] == ["</s>"]
    assert len(made.special_spans) == 1


@pytest.mark.parametrize("template", BOTH)
@pytest.mark.parametrize(
    ("turns", "message"),
    [
        pytest.param(("s:S",), "no user message", id="system-only"),
        pytest.param((), "no user message", id="nothing"),
        pytest.param(("a:r",), "out of turn", id="answer-first"),
        pytest.param(("u:q", "u:q"), "out of turn", id="two-questions"),
        pytest.param(("u:q", "s:S"), "out of turn", id="late-system"),
        pytest.param(("u:q", "a:r", "t:x"), "out of turn", id="tool"),
    ],
)
def test_messages_out_of_turn_are_refused(template, turns, message):
    with pytest.raises(TemplateError, match=message):
        render(chat(*turns), template)


def test_calls_and_thinking_are_reported_as_dropped():
    answer = Message("assistant", None, "hm", (ToolCall(name="查", arguments={}),))
    made = render(Sample((Message("user", "q"), answer)), "llama2")
    assert made.text == "<s>[INST] q [/INST]  </s>"
    assert [kind for kind, _ in lost(made.dropped)] == ["thinking", "tool call"]
