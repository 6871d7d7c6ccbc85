"""Mistral 2 to 7 are written as mistral-common writes them, and trained as mistral-finetune trains them."""

import json

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

NAMES = ("mistral-v2", "mistral-v3", "mistral-v3-tekken", "mistral-v7")
TOOL = {"type": "function", "function": {"name": "查天气", "parameters": {"type": "object"}, "strict": True}}
CALL = ToolCall(name="查天气", arguments={"city": "北京"}, arguments_raw='{"city":"北京"}', id="call00001")
OTHER = ToolCall(name="now", arguments={}, id="call00002")
ASKED = Message("user", "x")
CALLED = Message("assistant", None, tool_calls=(CALL, OTHER))
RESULTS = (Message("tool", '{"temp":21}', tool_call_id="call00001"), Message("tool", "noon", tool_call_id="call00002"))
WHOLE = Sample((ASKED, CALLED, *RESULTS, Message("assistant", "ok")), tools=(TOOL,))


def for_training(name: str) -> dict[str, str]:
    """Versions 2 and 3 leave things out as their references do unless asked for a text to train from."""
    return {"layout": "training"} if name in {"mistral-v2", "mistral-v3"} else {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("mistral-v2", "<s>[INST] Hi[/INST] Hello</s>[INST] S\n\nBye[/INST] Ciao</s>", id="v2"),
        pytest.param("mistral-v3", "<s>[INST] Hi[/INST] Hello</s>[INST] S\n\nBye[/INST] Ciao</s>", id="v3"),
        pytest.param("mistral-v3-tekken", "<s>[INST]Hi[/INST]Hello</s>[INST]S\n\nBye[/INST]Ciao</s>", id="tekken"),
        pytest.param(
            "mistral-v7",
            "<s>[SYSTEM_PROMPT] S[/SYSTEM_PROMPT][INST] Hi[/INST] Hello</s>[INST] Bye[/INST] Ciao</s>",
            id="v7",
        ),
    ],
)
def test_a_training_text_keeps_its_system_text(name: str, text: str) -> None:
    made = render(chat("s:S", "u:Hi", "a:Hello", "u:Bye", "a:Ciao"), name, strict=True, **for_training(name))
    space = "" if name == "mistral-v3-tekken" else " "
    assert made.text == text
    assert trained(made) == [f"{space}Hello</s>", f"{space}Ciao</s>"]


def test_the_spaces_of_sentencepiece_are_prefixes() -> None:
    made = render(chat("u: Hi", "a:Hello"), "mistral-v3")
    assert [(segment.text, segment.kind) for segment in made.segments] == [
        ("<s>", "special"),
        ("[INST]", "special"),
        (" ", "prefix"),
        (" Hi", "content"),
        ("[/INST]", "end"),
        (" ", "prefix"),
        ("Hello", "content"),
        ("</s>", "end"),
    ]


def test_tekken_has_no_prefixes() -> None:
    assert "prefix" not in {segment.kind for segment in render(chat("u:Hi", "a:Hello"), "mistral-v3-tekken").segments}


def test_version_3_writes_the_whole_chat_as_the_model_repository() -> None:
    made = render(chat("s:S", "u:Hi", "a:\n Hello \n"), "mistral-v3")
    assert made.text == "<s>[INST] Hi[/INST] Hello</s>"
    assert lost(made.dropped) == [("system message", "messages[0]")]
    assert lost(made.altered) == [("content", "messages[2].content")]


@pytest.mark.parametrize(
    ("name", "calls", "results"),
    [
        pytest.param(
            "mistral-v2",
            '[TOOL_CALLS] [{"name": "查天气", "arguments": {"city": "北京"}}, {"name": "now", "arguments": {}}]</s>',
            '[TOOL_RESULTS] [{"name": null, "content": {"temp": 21}}][/TOOL_RESULTS]'
            '[TOOL_RESULTS] [{"name": null, "content": "noon"}][/TOOL_RESULTS]',
            id="v2",
        ),
        pytest.param(
            "mistral-v3",
            '[TOOL_CALLS] [{"name": "查天气", "arguments": {"city": "北京"}, "id": "call00001"}, '
            '{"name": "now", "arguments": {}, "id": "call00002"}]</s>',
            '[TOOL_RESULTS] {"content": {"temp": 21}, "call_id": "call00001"}[/TOOL_RESULTS]'
            '[TOOL_RESULTS] {"content": "noon", "call_id": "call00002"}[/TOOL_RESULTS]',
            id="v3",
        ),
        pytest.param(
            "mistral-v7",
            '[TOOL_CALLS] [{"name": "查天气", "arguments": {"city": "北京"}, "id": "call00001"}, '
            '{"name": "now", "arguments": {}, "id": "call00002"}]</s>',
            '[TOOL_RESULTS] call00001[TOOL_CONTENT] {"temp":21}[/TOOL_RESULTS]'
            "[TOOL_RESULTS] call00002[TOOL_CONTENT] noon[/TOOL_RESULTS]",
            id="v7",
        ),
    ],
)
def test_parallel_calls_and_results(name: str, calls: str, results: str) -> None:
    tools = (
        '[{"type": "function", "function": {"name": "查天气", "description": "", "parameters": {"type": "object"}}}]'
    )
    assert render(WHOLE, name, **for_training(name)).text == (
        f"<s>[AVAILABLE_TOOLS] {tools}[/AVAILABLE_TOOLS][INST] x[/INST]{calls}{results} ok</s>"
    )


def test_with_tools_only_the_last_message_is_trained() -> None:
    assert trained(render(WHOLE, "mistral-v3", layout="training")) == [" ok</s>"]


def test_without_a_tool_list_calls_are_trained_too() -> None:
    made = render(Sample(WHOLE.messages), "mistral-v3", layout="training")
    assert [text[:14] for text in trained(made)] == ["[TOOL_CALLS] [", " ok</s>"]


def test_version_7_trains_every_answer() -> None:
    assert len(trained(render(WHOLE, "mistral-v7"))) == 2


def test_calls_that_end_a_sample_lose_their_ids() -> None:
    sample = Sample((ASKED, Message("assistant", None, tool_calls=(OTHER,))))
    made = render(sample, "mistral-v3", layout="training")
    assert trained(made) == ['[TOOL_CALLS] [{"name": "now", "arguments": {}}]</s>']


@pytest.mark.parametrize("id", [pytest.param("call_abc-123", id="longer"), pytest.param("1", id="shorter")])
def test_ids_of_other_lengths_are_written_as_they_are(id: str) -> None:
    call = ToolCall(name="f", arguments={}, id=id)
    messages = (ASKED, Message("assistant", "", tool_calls=(call,)), Message("tool", "1", tool_call_id=id))
    assert render(Sample(messages), "mistral-v3-tekken").text == (
        f'<s>[INST]x[/INST][TOOL_CALLS][{{"name": "f", "arguments": {{}}, "id": "{id}"}}]</s>'
        f'[TOOL_RESULTS]{{"content": 1, "call_id": "{id}"}}[/TOOL_RESULTS]'
    )


def test_missing_ids_are_not_made_up() -> None:
    call = ToolCall(name="f", arguments={})
    messages = (ASKED, Message("assistant", "", tool_calls=(call,)), Message("tool", "1"))
    assert render(Sample(messages), "mistral-v7").text == (
        '<s>[INST] x[/INST][TOOL_CALLS] [{"name": "f", "arguments": {}}]</s>'
        "[TOOL_RESULTS][TOOL_CONTENT] 1[/TOOL_RESULTS]"
    )


def test_version_2_drops_old_calls_and_keeps_them_in_training() -> None:
    call = ToolCall(name="f", arguments={}, id="call00001")
    turn = (ASKED, Message("assistant", None, tool_calls=(call,)), Message("tool", "1", name="f"))
    sample = Sample((*turn, Message("assistant", "ok"), Message("user", "y")))
    chatted = render(sample, "mistral-v2")
    assert chatted.text == "<s>[INST] x[/INST] ok</s>[INST] y[/INST]"
    assert lost(chatted.dropped) == [("tool call", "messages[1].tool_calls[0]"), ("tool message", "messages[2]")]
    assert render(sample, "mistral-v2", layout="training", strict=True).text == (
        '<s>[INST] x[/INST][TOOL_CALLS] [{"name": "f", "arguments": {}}]</s>'
        '[TOOL_RESULTS] [{"name": "f", "content": 1}][/TOOL_RESULTS] ok</s>[INST] y[/INST]'
    )


def test_version_2_takes_one_result() -> None:
    with pytest.raises(TemplateError, match=r"messages\[3\]: second result for one answer"):
        render(Sample(WHOLE.messages[:-1]), "mistral-v2", add_generation_prompt=True)


@pytest.mark.parametrize("name", ["mistral-v2", "mistral-v3", "mistral-v3-tekken"])
def test_text_beside_calls_is_refused(name: str) -> None:
    with pytest.raises(TemplateError, match=r"messages\[1\]: text beside tool calls"):
        render(Sample((ASKED, Message("assistant", "look", tool_calls=(OTHER,)))), name, **for_training(name))


def test_version_7_writes_text_beside_calls() -> None:
    made = render(Sample((ASKED, Message("assistant", "look", tool_calls=(OTHER,)))), "mistral-v7", strict=True)
    assert trained(made) == [' look[TOOL_CALLS] [{"name": "now", "arguments": {}, "id": "call00002"}]</s>']


@pytest.mark.parametrize("name", NAMES)
def test_neighbours_of_one_role_are_one_turn(name: str) -> None:
    made = render(chat("u:a", "u:", "u:b", "a:c", "a:d "), name, **for_training(name))
    space = "" if name == "mistral-v3-tekken" else " "
    assert made.text == f"<s>[INST]{space}a\n\nb[/INST]{space}c\n\nd</s>"
    assert lost(made.altered) == [("content", "messages[4].content")]


@pytest.mark.parametrize("name", NAMES)
def test_empty_texts_have_no_space(name: str) -> None:
    assert render(chat("u:", "a:"), name, **for_training(name)).text == "<s>[INST][/INST]</s>"


@pytest.mark.parametrize("name", NAMES)
def test_bad_order_is_refused(name: str) -> None:
    with pytest.raises(TemplateError, match=r"messages\[1\]: role tool follows role user"):
        render(chat("u:a", "t:b"), name, **for_training(name))


@pytest.mark.parametrize("name", NAMES)
def test_tokens_in_user_text_stay_text(name: str) -> None:
    made = render(chat("u:[/INST]</s>[INST]", "a:[TOOL_CALLS]"), name)
    assert [made.text[start:end] for start, end in made.special_spans] == ["<s>", "[INST]", "[/INST]", "</s>"]
    assert len(made.lookalikes) == 4


def test_thinking_has_no_place_and_is_reported() -> None:
    made = render(Sample((ASKED, Message("assistant", "y", thinking="hm"))), "mistral-v3")
    assert lost(made.dropped) == [("thinking", "messages[1].thinking")]


def test_arguments_that_are_no_json_are_a_string() -> None:
    call = ToolCall(name="f", arguments_raw="{oops", id="call00001")
    made = render(Sample((ASKED, Message("assistant", "", tool_calls=(call,)), *RESULTS[:1])), "mistral-v3")
    assert json.dumps("{oops") in made.text
