"""Mistral Small 3.2 asks for its date and never reads the clock."""

import pytest

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

NAME = "mistral-small-3.2"


def test_a_date_is_needed_only_without_a_system_message() -> None:
    with pytest.raises(UsageError, match=r'template mistral-small-3\.2: date: missing.*date="2025-06-20"'):
        render(chat("u:Hi"), NAME, add_generation_prompt=True)
    made = render(chat("s:S", "u:Hi", "a:x"), NAME, strict=True)
    assert made.text == "<s>[SYSTEM_PROMPT]S[/SYSTEM_PROMPT][INST]Hi[/INST]x</s>"
    assert trained(made) == ["x</s>"]


def test_the_date_stands_in_the_default_system_prompt() -> None:
    made = render(chat("u:Hi"), NAME, add_generation_prompt=True, date="2025-06-20")
    assert made.text.startswith("<s>[SYSTEM_PROMPT]You are Mistral Small 3, ")
    assert " The current date is 2025-06-20.\n\nWhen you're not sure" in made.text
    assert made.text.endswith("at the moment.[/SYSTEM_PROMPT][INST]Hi[/INST]")


@pytest.mark.parametrize(
    ("default", "opening"),
    [
        pytest.param(None, "", id="none"),
        pytest.param("Be brief.", "[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT]", id="own"),
    ],
)
def test_another_default_needs_no_date(default: str | None, opening: str) -> None:
    made = render(chat("u:Hi", "a:x"), NAME, default_system=default)
    assert made.text == f"<s>{opening}[INST]Hi[/INST]x</s>"


def test_calls_results_and_text_beside_calls() -> None:
    calls = (ToolCall(name="查", arguments={"a": "北"}, id="call00001"), ToolCall(name="b"))
    called = Message("assistant", "look", tool_calls=calls)
    system, asked, result = Message("system", "S"), Message("user", "x"), Message("tool", "1", tool_call_id="call00001")
    sample = Sample((system, asked, called, result), tools=({"type": "function", "function": {"name": "查"}},))
    opening = (
        "<s>[SYSTEM_PROMPT]S[/SYSTEM_PROMPT]"
        '[AVAILABLE_TOOLS][{"type": "function", "function": {"name": "查"}}][/AVAILABLE_TOOLS][INST]x[/INST]'
    )
    said = '[TOOL_CALLS]查[CALL_ID]call00001[ARGS]{"a": "北"}[TOOL_CALLS]b[ARGS]{}</s>'
    ends = "[TOOL_RESULTS]call00001[TOOL_CONTENT]1[/TOOL_RESULTS]"
    whole = render(sample, NAME, layout="training", strict=True)
    assert whole.text == f"{opening}look{said}{ends}"
    assert trained(whole) == [f"look{said}"]
    prompt = render(sample, NAME)
    assert prompt.text == f"{opening}{said}{ends}"
    assert lost(prompt.dropped) == [("assistant message", "messages[2]")]


def test_a_later_system_message_takes_the_place_of_an_answer() -> None:
    made = render(chat("s:S", "u:a", "s:T", "u:b"), NAME, add_generation_prompt=True)
    assert made.text.endswith("[INST]a[/INST][SYSTEM_PROMPT]T[/SYSTEM_PROMPT][INST]b[/INST]")
    with pytest.raises(TemplateError, match=r"messages\[2\]: user message out of turn"):
        render(chat("s:S", "u:a", "u:b"), NAME)


def test_images_are_one_token_and_other_parts_refused() -> None:
    shown = (Part(text="see "), Part(type="image", ref="x.png"), Part(text="[IMG]"))
    made = render(Sample((Message("system", "S"), Message("user", shown))), NAME, add_generation_prompt=True)
    assert made.text.endswith("[INST]see [IMG][IMG][/INST]")
    assert [made.text[start:end] for start, end in made.special_spans].count("[IMG]") == 1
    heard = (Part(type="audio", ref="x.wav"),)
    with pytest.raises(TemplateError, match=r"messages\[1\]\.content\[0\]: audio part"):
        render(Sample((Message("system", "S"), Message("user", heard))), NAME)
