r"""ChatGLM3 puts a space before each text, tools behind the system text, and calls into Python code."""

import pytest
from sentencepiece import SentencePieceProcessor

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from instrkit.tokens import IGNORED, encode, load_tokenizer
from tests.templates.samples import chat, lost, trained
from tests.tokens.small import sentence_piece

WEATHER = {"type": "function", "function": {"name": "查天气", "parameters": {"type": "object", "properties": {}}}}
LISTED = """[
    {
        "name": "查天气",
        "parameters": {
            "type": "object",
            "properties": {}
        }
    }
]"""
CALL = ToolCall(name="查天气", arguments={"city": "北京", "days": 1})
CODE = "```python\ntool_call(city='北京', days=1)\n```"
TWO = ("u:Hi", "a:Hello!", "u:再见", "a:Bye 👋")


@pytest.mark.parametrize(
    ("turns", "prompt", "text"),
    [
        pytest.param(TWO, False, "[gMASK]sop<|user|>\n Hi<|assistant|>\n Hello!<|user|>\n 再见<|assistant|>\n Bye 👋</s>",
                     id="training"),
        pytest.param(TWO[:3], True, "[gMASK]sop<|user|>\n Hi<|assistant|>\n Hello!<|user|>\n 再见<|assistant|>",
                     id="prompt"),
        pytest.param(TWO[:2], True, "[gMASK]sop<|user|>\n Hi<|assistant|>\n Hello!", id="answered-prompt"),
        pytest.param(("s:Be kind.", "u:Hi"), False, "[gMASK]sop<|system|>\n Be kind.<|user|>\n Hi</s>", id="open"),
        pytest.param(("u:", "a:"), False, "[gMASK]sop<|user|>\n <|assistant|>\n </s>", id="empty"),
        pytest.param(("a:Yo", "s:late", "u: x "), False,
                     "[gMASK]sop<|assistant|>\n Yo<|system|>\n late<|user|>\n  x </s>", id="unusual-order"),
    ],
)  # fmt: skip
def test_text(turns, prompt, text):
    assert render(chat(*turns), "chatglm3", add_generation_prompt=prompt).text == text


def test_a_chat_has_no_end():
    made = render(chat(*TWO[:2]), "chatglm3", layout="chat")
    assert made.text == "[gMASK]sop<|user|>\n Hi<|assistant|>\n Hello!"
    assert trained(made) == ["\n Hello!"]


def test_loss_begins_behind_the_role_and_takes_the_next_role_along():
    assert trained(render(chat(*TWO), "chatglm3")) == ["\n Hello!<|user|>", "\n Bye 👋</s>"]


def test_the_end_after_a_question_carries_no_loss():
    assert trained(render(chat("u:Hi"), "chatglm3")) == []


def test_sentencepieces_space_is_shown_before_a_text_and_hidden_before_a_head():
    kinds = [(piece[0], piece[1]) for piece in render(chat("u:Hi"), "chatglm3").pieces]
    assert kinds == [
        ("[gMASK]", "special"), ("sop", "special"), ("<|user|>", "special"), ("", "prefix"), ("\n", "header"),
        (" ", "prefix"), ("Hi", "content"), ("</s>", "special"),
    ]  # fmt: skip


@pytest.mark.parametrize("config", ['{"legacy": false}', "{}"], ids=["prefix-once", "legacy"])
def test_heads_and_texts_are_encoded_apart_as_the_reference_does(tmp_path, config):
    path = sentence_piece(tmp_path, "<|user|>", "<|assistant|>")
    (tmp_path / "tokenizer_config.json").write_text(config)
    library = SentencePieceProcessor(model_file=str(path))
    user, assistant = library.piece_to_id(["<|user|>", "<|assistant|>"])
    made = encode(render(chat("u:a b", "a:c d"), "chatglm3"), load_tokenizer(str(path)), missing="text")
    head = library.encode("\n")
    asked = [user, *head, *library.encode("a b")]
    answered = [assistant, *head, *library.encode("c d"), library.eos_id()]
    assert made.input_ids[-len(asked + answered) :] == asked + answered
    assert [token for token in made.labels if token != IGNORED] == answered[1:]


def test_tools_stand_behind_the_system_text():
    made = render(Sample((Message("system", "S"), Message("user", "Hi")), tools=(WEATHER,)), "chatglm3")
    assert made.text == f"[gMASK]sop<|system|>\n S\n{LISTED}<|user|>\n Hi</s>"
    assert made.dropped == ()


def test_tools_without_a_system_message_get_one():
    sample = Sample((Message("user", "Hi"),), tools=(WEATHER["function"],))
    asked = "Answer the following questions as best as you can. You have access to the following tools:"
    assert render(sample, "chatglm3").text == f"[gMASK]sop<|system|>\n {asked}\n{LISTED}<|user|>\n Hi</s>"
    assert render(sample, "chatglm3", tools_system="T").text.startswith("[gMASK]sop<|system|>\n T\n[")


def test_tools_inside_a_system_message():
    sample = Sample((Message("system", "S", extra={"tools": [WEATHER["function"]]}), Message("user", "Hi")))
    assert render(sample, "chatglm3").text == f"[gMASK]sop<|system|>\n S\n{LISTED}<|user|>\n Hi</s>"


def test_a_call_is_a_message_named_after_the_tool():
    sample = Sample((Message("user", "?"), Message("assistant", tool_calls=(CALL,)), Message("tool", "晴")))
    made = render(sample, "chatglm3", add_generation_prompt=True)
    assert made.text == f"[gMASK]sop<|user|>\n ?<|assistant|>查天气\n {CODE}<|observation|>\n 晴<|assistant|>"
    assert trained(made) == [f"查天气\n {CODE}<|observation|>"]
    assert (made.dropped, made.altered) == ((), ())


def test_words_beside_parallel_calls_come_first():
    calls = (CALL, ToolCall(name="f", arguments={"on": True, "of": [None]}))
    sample = Sample((Message("user", "?"), Message("assistant", "Let me see.", tool_calls=calls)))
    assert trained(render(sample, "chatglm3")) == [
        f"\n Let me see.<|assistant|>查天气\n {CODE}<|assistant|>f\n ```python\ntool_call(on=True, of=[None])\n```</s>"
    ]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        pytest.param(ToolCall(name="f"), "tool_call()", id="none"),
        pytest.param(ToolCall(name="f", arguments=[1, "a"]), "tool_call([1, 'a'])", id="list"),
        pytest.param(ToolCall(name="f", arguments_raw="{oops"), "tool_call({oops)", id="unreadable"),
        pytest.param(ToolCall(name="f", arguments_raw="tool_call(a=1)", kind="python"), "tool_call(a=1)", id="python"),
        pytest.param(ToolCall(name="f", arguments={"q": "it's"}), 'tool_call(q="it\'s")', id="quote"),
    ],
)
def test_arguments(call, code):
    made = render(Sample((Message("assistant", tool_calls=(call,)),)), "chatglm3", layout="chat")
    assert made.text == f"[gMASK]sop<|assistant|>f\n ```python\n{code}\n```"


def test_a_call_already_in_python_keeps_its_fence():
    call = ToolCall(name="f", arguments_raw=CODE, kind="python")
    made = render(Sample((Message("assistant", tool_calls=(call,)),)), "chatglm3", layout="chat")
    assert made.text == f"[gMASK]sop<|assistant|>f\n {CODE}"


def test_metadata_follow_the_role():
    made = render(Sample((Message("assistant", CODE, metadata="interpreter"),)), "chatglm3")
    assert trained(made) == [f"interpreter\n {CODE}</s>"]


def test_thinking_has_no_place():
    made = render(Sample((Message("user", "Hi"), Message("assistant", "Yo", thinking="hm"))), "chatglm3")
    assert lost(made.dropped) == [("thinking", "messages[1].thinking")]
    assert "hm" not in made.text
