"""Mistral Nemo is written as its repository's chat template does; for training nothing gets lost."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

CALLS = (ToolCall(name="查", arguments_raw='{"a": 1}', arguments={"a": 1}, id="call00001"), ToolCall(name="b"))


def test_for_training_the_system_text_stays() -> None:
    made = render(chat("s:S", "u:Hi", "a:Hello", "u:Bye", "a: Ciao "), "mistral-nemo", layout="training", strict=True)
    assert made.text == "<s>[INST]Hi[/INST]Hello</s>[INST]S\n\nBye[/INST] Ciao </s>"
    assert trained(made) == ["Hello</s>", " Ciao </s>"]


def test_in_the_reference_it_is_dropped_unless_the_user_speaks_last() -> None:
    made = render(chat("s:S", "u:Hi", "a:Hello"), "mistral-nemo")
    assert made.text == "<s>[INST]Hi[/INST]Hello</s>"
    assert lost(made.dropped) == [("system message", "messages[0]")]
    prompt = render(chat("s:S", "u:Hi"), "mistral-nemo", add_generation_prompt=True, strict=True)
    assert prompt.text == "<s>[INST]S\n\nHi[/INST]"


def test_calls_results_and_text_beside_calls() -> None:
    called = Message("assistant", "look", tool_calls=CALLS)
    result = Message("tool", '{"t":1}', tool_call_id="call00001")
    sample = Sample((Message("user", "x"), called, result, Message("assistant", "ok")))
    listed = '[{"name": "查", "arguments": {"a": 1}, "id": "call00001"}, {"name": "b", "arguments": {}}]'
    ends = '[TOOL_RESULTS]{"content": {"t":1}, "call_id": "call00001"}[/TOOL_RESULTS]ok</s>'
    whole = render(sample, "mistral-nemo", layout="training", strict=True)
    assert whole.text == f"<s>[INST]x[/INST]look[TOOL_CALLS]{listed}</s>{ends}"
    assert trained(whole) == [f"look[TOOL_CALLS]{listed}</s>", "ok</s>"]
    chatted = render(sample, "mistral-nemo")
    assert chatted.text == f"<s>[INST]x[/INST][TOOL_CALLS]{listed}</s>{ends}"
    assert lost(chatted.dropped) == [("assistant message", "messages[1]")]


def test_a_result_without_an_id_has_none() -> None:
    sample = Sample((Message("user", "x"), Message("assistant", None, tool_calls=CALLS[1:]), Message("tool", "1")))
    assert render(sample, "mistral-nemo").text.endswith('[TOOL_RESULTS]{"content": 1}[/TOOL_RESULTS]')


def test_with_tools_the_last_message_is_trained() -> None:
    tool = {"type": "function", "function": {"name": "f", "description": 'say "x"', "return": "y", "parameters": {}}}
    made = render(Sample(chat("u:a", "a:b", "u:c", "a:d").messages, tools=(tool,)), "mistral-nemo")
    listed = '[{"type": "function", "function": {"name": "f", "description": "say "x"", "parameters": {}}}]'
    assert made.text == f"<s>[INST]a[/INST]b</s>[AVAILABLE_TOOLS]{listed}[/AVAILABLE_TOOLS][INST]c[/INST]d</s>"
    assert trained(made) == ["d</s>"]


def test_in_the_reference_tools_stand_before_every_question_like_the_last() -> None:
    sample = Sample(chat("u:a", "a:b", "u:a").messages, tools=({"name": "f"},))
    assert render(sample, "mistral-nemo", add_generation_prompt=True).text.count("[AVAILABLE_TOOLS]") == 2
    assert render(sample, "mistral-nemo", layout="training").text.count("[AVAILABLE_TOOLS]") == 1


@pytest.mark.parametrize(
    ("turns", "path"),
    [
        pytest.param(("u:a", "u:b"), r"messages\[1\]: user message out of turn", id="two-questions"),
        pytest.param(("a:a",), r"messages\[0\]: assistant message out of turn", id="answer-first"),
        pytest.param(("u:a", "s:b"), r"messages\[1\]: system message", id="late-system"),
    ],
)
def test_out_of_turn_is_refused(turns: tuple[str, ...], path: str) -> None:
    with pytest.raises(TemplateError, match=path):
        render(chat(*turns), "mistral-nemo")


def test_empty_content_and_tokens_in_text() -> None:
    assert render(chat("u:", "a:"), "mistral-nemo").text == "<s>[INST][/INST]</s>"
    made = render(chat("u:[/INST]", "a:x"), "mistral-nemo")
    assert [made.text[start:end] for start, end in made.special_spans] == ["<s>", "[INST]", "[/INST]", "</s>"]
