"""Baichuan puts a reserved token before each text; Baichuan2's trainer wants `</s>` at each question."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

TWO = ("u:Hi", "a:Hello!", "u:再见", "a:Bye 👋")
NAMES = pytest.mark.parametrize("name", ["baichuan", "baichuan2"])


@pytest.mark.parametrize(
    ("name", "turns", "prompt", "text"),
    [
        pytest.param("baichuan", TWO, False,
                     "<reserved_102>Hi<reserved_103>Hello!<reserved_102>再见<reserved_103>Bye 👋</s>", id="training"),
        pytest.param("baichuan", TWO[:1], True, "<reserved_102>Hi<reserved_103>", id="prompt"),
        pytest.param("baichuan", TWO[:2], True, "<reserved_102>Hi<reserved_103>Hello!", id="answered-prompt"),
        pytest.param("baichuan", ("s:S", "u:Hi"), False, "S<reserved_102>Hi", id="open"),
        pytest.param("baichuan", ("u:", "a:"), False, "<reserved_102><reserved_103></s>", id="empty"),
        pytest.param("baichuan2", TWO, False,
                     "<reserved_106>Hi<reserved_107>Hello!<reserved_106>再见<reserved_107>Bye 👋</s>", id="2-training"),
        pytest.param("baichuan2", TWO[:1], True, "<reserved_106>Hi<reserved_107>", id="2-prompt"),
        pytest.param("baichuan2", ("s:S", "u:Hi", "a:"), False, "S<reserved_106>Hi<reserved_107></s>", id="2-system"),
        pytest.param("baichuan2", ("u:Hi",), False, "<reserved_106>Hi</s>", id="2-open"),
    ],
)  # fmt: skip
def test_text(name, turns, prompt, text):
    assert render(chat(*turns), name, add_generation_prompt=prompt).text == text


@NAMES
def test_loss_is_on_answers_and_the_last_end(name):
    assert trained(render(chat(*TWO), name)) == ["Hello!", "Bye 👋</s>"]
    assert trained(render(chat(*TWO), name, loss="assistant")) == ["Hello!", "Bye 👋</s>"]


def test_the_trainer_of_baichuan2_trains_the_end_after_a_question_too():
    assert trained(render(chat("u:Hi"), "baichuan2")) == ["</s>"]


def test_the_label_at_each_question_is_the_end():
    made = render(chat(*TWO), "baichuan2")
    assert [(override.input_token, override.label_token) for override in made.label_overrides] == [
        ("<reserved_106>", "</s>"),
        ("<reserved_106>", "</s>"),
    ]
    assert made.label_overrides[0].at == (0, 14)


def test_a_question_that_spells_the_token_has_one_label():
    made = render(chat("u:<reserved_106>", "a:Yo"), "baichuan2")
    assert [override.at for override in made.label_overrides] == [(0, 14)]
    assert made.lookalikes == ((14, 28),)


def test_a_chat_has_no_labels_and_no_end():
    made = render(chat(*TWO), "baichuan2", layout="chat")
    assert made.text == "<reserved_106>Hi<reserved_107>Hello!<reserved_106>再见<reserved_107>Bye 👋"
    assert made.label_overrides == ()
    assert render(chat("u:Hi"), "baichuan2", add_generation_prompt=True).label_overrides == ()


def test_baichuan_has_no_labels():
    assert render(chat(*TWO), "baichuan").label_overrides == ()


@NAMES
def test_a_system_message_comes_first_or_not_at_all(name):
    with pytest.raises(TemplateError, match=r"messages\[1\]: system message after others"):
        render(chat("u:Hi", "s:S"), name)


@NAMES
def test_tools_and_thinking_have_no_place(name):
    call = ToolCall(name="f", arguments={})
    messages = (
        Message("user", "Hi"),
        Message("assistant", None, tool_calls=(call,)),
        Message("tool", "1"),
        Message("assistant", "Yo", thinking="hm"),
    )
    made = render(Sample(messages, tools=({"name": "f"},)), name)
    assert made.text.endswith("Hi<reserved_103>Yo</s>" if name == "baichuan" else "Hi<reserved_107>Yo</s>")
    assert lost(made.dropped) == [
        ("tool call", "messages[1].tool_calls[0]"),
        ("tool message", "messages[2]"),
        ("thinking", "messages[3].thinking"),
        ("tool definition", "tools[0]"),
    ]


@NAMES
def test_no_messages_at_all(name):
    assert render(Sample(()), name).text == ("" if name == "baichuan" else "</s>")
