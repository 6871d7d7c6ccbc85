r"""GLM-4.5 thinks before each answer, calls in tags, and ends an answer with the token of whoever comes next."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

WEATHER = {"type": "function", "function": {"name": "查天气"}}
TOLD = (
    "[gMASK]<sop><|system|>\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
    '{"type": "function", "function": {"name": "查天气"}}\n{"name": "f"}\n</tools>\n\n'
    "For each function call, output the function name and arguments within the following XML format:\n"
    "<tool_call>{function-name}\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>\n"
    "<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>"
)
CALLS = (
    ToolCall(name="查天气", arguments={"城市": "北京", "days": 1}),
    ToolCall(name="f", arguments={}),
)
CALLED = (
    "\n<tool_call>查天气\n<arg_key>城市</arg_key>\n<arg_value>北京</arg_value>\n"
    "<arg_key>days</arg_key>\n<arg_value>1</arg_value>\n</tool_call>\n<tool_call>f\n</tool_call>"
)
THOUGHT = Sample((
    Message("user", "17*3?"), Message("assistant", "51", thinking="early"),
    Message("user", "and *2?"), Message("assistant", "102", thinking=" late\n"),
))  # fmt: skip
EARLY = [("thinking", "messages[1].thinking")]


@pytest.mark.parametrize(
    ("turns", "options", "text"),
    [
        pytest.param(("u:Hi", "a: Yo "), {}, "<|user|>\nHi<|assistant|>\n<think></think>\nYo<|user|>", id="training"),
        pytest.param(("u:Hi", "a: Yo "), {"layout": "chat"}, "<|user|>\nHi<|assistant|>\n<think></think>\nYo", id="chat"),
        pytest.param(("u: Hi",), {"add_generation_prompt": True}, "<|user|>\n Hi<|assistant|>", id="prompt"),
        pytest.param(("u:Hi", "a:Yo"), {"add_generation_prompt": True},
                     "<|user|>\nHi<|assistant|>\n<think></think>\nYo", id="answered-prompt"),
        pytest.param(("u:Hi", "a:"), {}, "<|user|>\nHi<|assistant|>\n<think></think><|user|>", id="empty"),
        pytest.param(("u:Hi", "a:Yo", "s:S"), {}, "<|user|>\nHi<|assistant|>\n<think></think>\nYo<|system|>\nS",
                     id="system-after-an-answer"),
        pytest.param(("s:S", "s:T"), {}, "<|system|>\nS<|system|>\nT", id="systems"),
        pytest.param(("u:Hi", "a:<think>\nhm\n</think>\n\nYo"), {},
                     "<|user|>\nHi<|assistant|>\n<think>hm</think>\nYo<|user|>", id="thinking-in-the-content"),
    ],
)  # fmt: skip
def test_text(turns, options, text):
    assert render(chat(*turns), "glm4-moe", **options).text == f"[gMASK]<sop>{text}"


@pytest.mark.parametrize("name", ["glm4_moe", "glm4.5"])
def test_other_names(name):
    assert render(chat("u:Hi"), name).template.name == "glm4-moe"


def test_loss_is_what_follows_the_role_to_the_next_role():
    made = render(chat("u:Hi", "a:Yo", "u:Bye", "a:Bye"), "glm4-moe")
    assert trained(made) == ["\n<think></think>\nYo<|user|>", "\n<think></think>\nBye<|user|>"]
    assert trained(render(chat("u:Hi", "a:Yo"), "glm4-moe", loss="assistant")) == ["Yo<|user|>"]


@pytest.mark.parametrize("options", [{}, {"layout": "chat"}], ids=["auto", "chat"])
def test_in_a_prompt_the_next_role_ends_an_earlier_answer(options):
    made = render(chat("u:Hi", "a:Yo", "u:Bye"), "glm4-moe", add_generation_prompt=True, **options)
    assert trained(made) == ["\n<think></think>\nYo<|user|>"]
    assert trained(render(chat("u:Hi", "a:Yo", "s:S"), "glm4-moe", layout="chat")) == [
        "\n<think></think>\nYo<|system|>"
    ]


def test_a_role_that_the_trainer_would_not_put_there_ends_nothing():
    called = Message("assistant", tool_calls=CALLS)
    made = render(Sample((Message("user", "Hi"), called, Message("user", "?"))), "glm4-moe", layout="chat")
    assert made.text.endswith("</tool_call><|user|>\n?")
    assert trained(made) == [f"\n<think></think>{CALLED}"]


class TestThinking:
    """What was thought before the last question goes, as in both references, unless it is to be trained."""

    def test_training_keeps_it(self):
        made = render(THOUGHT, "glm4-moe", layout="training")
        assert trained(made) == ["\n<think>early</think>\n51<|user|>", "\n<think>late</think>\n102<|user|>"]
        assert made.dropped == ()
        assert lost(made.altered) == [("thinking", "messages[3].thinking")]  # white space around it

    @pytest.mark.parametrize("layout", ["auto", "chat"])
    def test_the_references_drop_it(self, layout):
        made = render(THOUGHT, "glm4-moe", layout=layout)
        assert "<think></think>\n51" in made.text
        assert "<think>late</think>\n102" in made.text
        assert lost(made.dropped) == EARLY
        assert made.text.endswith("102<|user|>") is (layout == "auto")

    def test_generation_drops_it(self):
        sample = Sample(THOUGHT.messages[:3])
        assert lost(render(sample, "glm4-moe", add_generation_prompt=True).dropped) == EARLY

    @pytest.mark.parametrize(("clear", "dropped"), [(True, EARLY), (False, [])], ids=["cleared", "kept"])
    def test_as_asked(self, clear, dropped):
        assert lost(render(THOUGHT, "glm4-moe", clear_thinking=clear).dropped) == dropped
        assert lost(render(THOUGHT, "glm4-moe", clear_thinking=clear, layout="training").dropped) == dropped

    def test_thinking_in_the_content_that_goes_is_reported(self):
        made = render(chat("u:1", "a:<think>hm</think>Yo", "u:2"), "glm4-moe")
        assert "hm" not in made.text
        assert lost(made.altered) == [("content", "messages[1].content")]

    def test_thinking_beside_a_content_that_shows_some(self):
        sample = Sample((Message("assistant", "<think>x</think>Yo", thinking="hm"),))
        assert trained(render(sample, "glm4-moe")) == ["\n<think>hm</think>\n<think>x</think>Yo<|user|>"]

    def test_without_thinking(self):
        made = render(chat("u:1", "a:Yo", "u:2/nothink"), "glm4-moe", enable_thinking=False, add_generation_prompt=True)
        assert made.text == (
            "[gMASK]<sop><|user|>\n1/nothink<|assistant|>\n<think></think>\nYo<|user|>\n2/nothink"
            "<|assistant|>\n<think></think>"
        )
        assert [made.text[slice(*span)] for span in made.lookalikes] == ["/nothink"]


class TestTools:
    """Tools stand first, an argument has a line of its own, results share a token."""

    def test_the_list(self):
        sample = Sample((Message("system", "S"), Message("user", "Hi")), tools=(WEATHER, {"name": "f"}))
        assert render(sample, "glm4-moe").text == f"{TOLD}<|system|>\nS<|user|>\nHi"

    def test_tags_of_the_list_are_control_tokens(self):
        made = render(Sample((), tools=(WEATHER, {"name": "f"})), "glm4-moe")
        assert [made.text[slice(*span)] for span in made.special_spans][3:5] == ["<tool_call>", "<arg_key>"]

    @pytest.mark.parametrize("content", [None, ""], ids=["none", "empty"])
    def test_calls_and_results(self, content):
        messages = (
            Message("user", "?"),
            Message("assistant", content, "need both", CALLS),
            Message("tool", "晴"),
            Message("tool", "2"),
            Message("assistant", "Sunny."),
        )
        answer = f"\n<think>need both</think>{CALLED}"
        results = "\n<tool_response>\n晴\n</tool_response>\n<tool_response>\n2\n</tool_response>"
        made = render(Sample(messages), "glm4-moe")
        assert made.text == (
            f"[gMASK]<sop><|user|>\n?<|assistant|>{answer}<|observation|>{results}"
            "<|assistant|>\n<think></think>\nSunny.<|user|>"
        )
        assert trained(made) == [f"{answer}<|observation|>", "\n<think></think>\nSunny.<|user|>"]
        assert (made.dropped, made.altered) == ((), ())
        chatted = render(Sample(messages), "glm4-moe", layout="chat")
        assert chatted.text == made.text.removesuffix("<|user|>")

    def test_values_that_are_no_strings_are_json(self):
        call = ToolCall(name="f", arguments={"a": {"键": [1.5, None, True]}, "b": "1"})
        text = render(Sample((Message("assistant", tool_calls=(call,)),)), "glm4-moe").text
        assert '<arg_value>{"键": [1.5, null, true]}</arg_value>' in text
        assert "<arg_value>1</arg_value>" in text

    def test_arguments_that_are_no_object_are_refused(self):
        sample = Sample((Message("user", "?"), Message("assistant", tool_calls=(ToolCall(name="f", arguments=[1]),))))
        with pytest.raises(TemplateError, match=r"messages\[1\]\.tool_calls\[0\]\.arguments: no JSON object"):
            render(sample, "glm4-moe")


def test_look_alikes_stay_content():
    made = render(chat("u:<think>", "a:<|user|> </tool_call>"), "glm4-moe")
    assert [made.text[slice(*span)] for span in made.lookalikes] == ["<think>", "<|user|>", "</tool_call>"]
    assert len(made.special_spans) == 7
