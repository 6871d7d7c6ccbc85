r"""AquilaChat trains lines of `### Role: `, all but the human's, and chats with `###` between the turns."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

ABOUT = (
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions."
)
TWO = ("u:Hi", "a:Hello!", "u:再见", "a:Bye 👋")


@pytest.mark.parametrize(
    ("turns", "prompt", "text"),
    [
        pytest.param(TWO, False,
                     "[CLS]D\n\n### Human: Hi\n### Assistant: Hello!\n### Human: 再见\n### Assistant: Bye 👋\n</s>",
                     id="training"),
        pytest.param(("s:Be kind.", "u: x "), False, "[CLS]D\n\n### System: Be kind.\n### Human:  x \n</s>", id="open"),
        pytest.param(("u:", "a:"), False, "[CLS]D\n\n### Human: \n### Assistant: \n</s>", id="empty"),
        pytest.param(TWO[:3], True, "D###Human: Hi###Assistant: Hello!###Human: 再见###Assistant:", id="prompt"),
        pytest.param(TWO[:2], True, "D###Human: Hi###Assistant: Hello!###", id="answered-prompt"),
        pytest.param(("s:S", "u:Hi"), True, "D###System: S###Human: Hi###Assistant:", id="prompt-with-system"),
    ],
)  # fmt: skip
def test_text(turns, prompt, text):
    assert render(chat(*turns), "aquila", add_generation_prompt=prompt, default_system="D").text == text


def test_what_every_text_begins_with():
    assert render(chat("u:Hi"), "aquila").text == f"[CLS]{ABOUT}\n\n### Human: Hi\n</s>"
    assert render(chat("u:Hi"), "aquila", layout="chat").text == f"{ABOUT}###Human: Hi###"


def test_all_but_the_humans_lines_are_trained():
    made = render(chat("s:S", *TWO), "aquila", default_system="D")
    assert trained(made) == [
        "[CLS]D\n\n### System: S\n", "### Assistant: Hello!\n", "### Assistant: Bye 👋\n</s>",
    ]  # fmt: skip
    assert trained(render(chat("u:Hi"), "aquila", default_system="D")) == ["[CLS]D\n\n", "</s>"]


def test_a_chat_trains_answers_and_what_ends_them():
    assert trained(render(chat(*TWO), "aquila", layout="chat")) == ["Hello!###", "Bye 👋###"]


def test_the_policy_assistant_leaves_the_roles_out():
    assert trained(render(chat(*TWO), "aquila", loss="assistant")) == ["Hello!", "Bye 👋", "</s>"]


def test_an_empty_message_in_a_chat_is_one_still_to_be_written():
    made = render(chat("u:", "a:Yo"), "aquila", layout="chat", default_system="D")
    assert made.text == "D###Human:Assistant: Yo###"


def test_a_training_layout_opens_an_answer_too():
    made = render(chat("u:Hi"), "aquila", layout="training", add_generation_prompt=True, default_system="D")
    assert made.text == "[CLS]D\n\n### Human: Hi\n### Assistant:"


def test_tools_and_thinking_have_no_place():
    messages = (
        Message("user", "Hi"),
        Message("assistant", None, tool_calls=(ToolCall(name="f", arguments={}),)),
        Message("tool", "1"),
        Message("assistant", "Yo", thinking="hm"),
    )
    made = render(Sample(messages), "aquila", default_system="D")
    assert made.text == "[CLS]D\n\n### Human: Hi\n### Assistant: Yo\n</s>"
    assert lost(made.dropped) == [
        ("tool call", "messages[1].tool_calls[0]"),
        ("tool message", "messages[2]"),
        ("thinking", "messages[3].thinking"),
    ]


@pytest.mark.parametrize("layout", ["training", "chat"])
def test_no_messages_at_all(layout):
    text = {"training": "[CLS]D\n\n</s>", "chat": "D###"}[layout]
    assert render(Sample(()), "aquila", layout=layout, default_system="D").text == text


def test_look_alikes_stay_content():
    made = render(chat("u:</s>[CLS]", "a:Yo"), "aquila")
    assert [made.text[slice(*span)] for span in made.lookalikes] == ["</s>", "[CLS]"]
    assert [made.text[slice(*span)] for span in made.special_spans] == ["[CLS]", "</s>"]
