r"""GLM-4 ends a text with `<|user|>` in training, tells of tools in Chinese, and writes calls as name and JSON."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

WEATHER = {"type": "function", "function": {"name": "查天气", "parameters": {}}}
TOLD = '# 可用工具\n## 查天气\n\n{\n    "name": "查天气",\n    "parameters": {}\n}\n在调用上述函数时，请使用 Json 格式表示调用的参数。'
CALLS = (
    ToolCall(name="查天气", arguments={"city": "北京"}),
    ToolCall(name="f", arguments={"a": 1}, arguments_raw='{"a":1}'),
)
TWO = ("u:Hi", "a:Hello!", "u:再见", "a:Bye 👋")


@pytest.mark.parametrize(
    ("turns", "prompt", "text"),
    [
        pytest.param(TWO, False,
                     "[gMASK]<sop><|user|>\nHi<|assistant|>\nHello!<|user|>\n再见<|assistant|>\nBye 👋<|user|>",
                     id="training"),
        pytest.param(TWO[:3], True, "[gMASK]<sop><|user|>\nHi<|assistant|>\nHello!<|user|>\n再见<|assistant|>\n",
                     id="prompt"),
        pytest.param(TWO[:2], True, "[gMASK]<sop><|user|>\nHi<|assistant|>\nHello!", id="answered-prompt"),
        pytest.param(("s:Be kind.", "u: x "), False, "[gMASK]<sop><|system|>\nBe kind.<|user|>\n x <|user|>", id="open"),
        pytest.param(("u:Hi", "a:", "u:still?"), False, "[gMASK]<sop><|user|>\nHi<|user|>\nstill?<|user|>", id="empty"),
    ],
)  # fmt: skip
def test_text(turns, prompt, text):
    assert render(chat(*turns), "glm4", add_generation_prompt=prompt).text == text


def test_a_chat_has_no_end():
    made = render(chat(*TWO[:2]), "glm4", layout="chat")
    assert (made.text, trained(made)) == ("[gMASK]<sop><|user|>\nHi<|assistant|>\nHello!", ["\nHello!"])


def test_loss_begins_behind_the_role_and_takes_the_next_role_along():
    assert trained(render(chat(*TWO), "glm4")) == ["\nHello!<|user|>", "\nBye 👋<|user|>"]


def test_the_end_after_a_question_carries_no_loss():
    assert trained(render(chat("u:Hi"), "glm4")) == []


class TestCombine:
    """Only what follows the last `<|assistant|>` is trained, less one token."""

    def test_the_last_answer(self):
        assert trained(render(chat(*TWO), "glm4", combine=True)) == ["Bye 👋<|user|>"]

    def test_whatever_follows_the_last_answer(self):
        assert trained(render(chat(*TWO[:3]), "glm4", combine=True)) == ["Hello!<|user|>\n再见<|user|>"]

    def test_no_answer_no_loss(self):
        assert trained(render(chat("u:Hi"), "glm4", combine=True)) == []

    def test_a_call_with_its_tools_name(self):
        sample = Sample((Message("user", "?"), Message("assistant", tool_calls=CALLS)))
        assert trained(render(sample, "glm4", combine=True)) == ['f\n{"a":1}<|user|>']

    def test_an_answer_that_spells_the_role(self):
        assert trained(render(chat("u:Hi", "a:<|assistant|>"), "glm4", combine=True)) == ["<|assistant|><|user|>"]


def test_tools_stand_in_a_system_message_of_their_own():
    sample = Sample((Message("system", "S"), Message("user", "Hi")), tools=(WEATHER,))
    made = render(sample, "glm4", tools_system="T")
    assert made.text == f"[gMASK]<sop><|system|>\nT\n\n{TOLD}<|system|>\nS<|user|>\nHi<|user|>"
    assert made.dropped == ()
    assert render(sample, "glm4").text.startswith("[gMASK]<sop><|system|>\n你是一个名为 ChatGLM 的人工智能助手。")


def test_tools_inside_a_system_message():
    sample = Sample((Message("system", "", extra={"tools": [WEATHER]}), Message("user", "Hi")))
    made = render(sample, "glm4", tools_system="T")
    assert made.text == f"[gMASK]<sop><|system|>\nT\n\n{TOLD}<|user|>\nHi<|user|>"


def test_calls_and_results():
    messages = (
        Message("user", "?"),
        Message("assistant", tool_calls=CALLS),
        Message("tool", "晴"),
        Message("tool", "2"),
    )
    made = render(Sample((*messages, Message("assistant", "Sunny."))), "glm4")
    assert made.text == (
        '[gMASK]<sop><|user|>\n?<|assistant|>查天气\n{"city": "北京"}<|assistant|>f\n{"a":1}'
        "<|observation|>\n晴<|observation|>\n2<|assistant|>\nSunny.<|user|>"
    )
    assert trained(made) == [
        '查天气\n{"city": "北京"}<|assistant|>f\n{"a":1}<|observation|>',
        "\nSunny.<|user|>",
    ]
    assert (made.dropped, made.altered) == ((), ())


def test_words_beside_a_call_come_first():
    sample = Sample((Message("assistant", "Let me see.", tool_calls=CALLS[1:]),))
    assert render(sample, "glm4", layout="chat").text == (
        '[gMASK]<sop><|assistant|>\nLet me see.<|assistant|>f\n{"a":1}'
    )


def test_metadata_follow_the_role():
    made = render(Sample((Message("assistant", "print(1)", metadata="python"),)), "glm4")
    assert trained(made) == ["python\nprint(1)<|user|>"]


def test_thinking_has_no_place():
    made = render(Sample((Message("user", "Hi"), Message("assistant", "Yo", thinking="hm"))), "glm4")
    assert lost(made.dropped) == [("thinking", "messages[1].thinking")]
