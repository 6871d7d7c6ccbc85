"""Meta's own code for Llama 3.1 writes texts as they are, calls in ASCII behind them, and code behind its tag."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained
from tests.templates.test_llama3 import OPENED, turn


def meta(*messages: Message, **options: object):
    return render(Sample(messages), "llama3.1", style="meta", **options)


def calling(*calls: tuple[str, dict[str, object]], text: str | None = None, **fields: object) -> Message:
    return Message("assistant", text, tool_calls=tuple(ToolCall(name=n, arguments=a) for n, a in calls), **fields)


QUESTION = Message("user", "北京天气?")
RESULT = '{"temp": 21}'


def test_code_stands_behind_its_tag_and_the_turn_goes_on():
    made = meta(
        Message("system", "You are a careful assistant."),
        QUESTION,
        calling(("code_interpreter", {"code": "print(1)"}), text="print(1)"),
        Message("tool", RESULT),
        add_generation_prompt=True,
    )
    code = "<|python_tag|>print(1)print(1)<|eom_id|>"
    assert made.text == (
        f"<|begin_of_text|>{turn('system', 'You are a careful assistant.')}{turn('user', '北京天气?')}{OPENED}{code}"
        f"{turn('ipython', RESULT)}{OPENED}"
    )
    assert trained(made) == [code]
    assert made.dropped == ()
    assert lost(made.altered) == [("tool call", "messages[2].tool_calls[0]")]  # the tag stands for the tool's name


def test_calls_follow_the_text_in_ascii():
    made = meta(QUESTION, calling(("查", {"城市": "北京"}), ("f", {}), text="Well. "))
    assert made.text.endswith(
        OPENED + r'Well. {"type": "function", "name": "\u67e5", "parameters": {"\u57ce\u5e02": "\u5317\u4eac"}}'
        r'{"type": "function", "name": "f", "parameters": {}}<|eot_id|>'
    )


def test_a_search_is_a_python_call_without_tag():
    made = meta(QUESTION, calling(("brave_search", {"query": "北京"})))
    assert made.text.endswith(f'{OPENED}brave_search.call(query="北京")<|eom_id|>')


@pytest.mark.parametrize(
    ("reason", "end"), [("end_of_message", "<|eom_id|>"), ("end_of_turn", "<|eot_id|>"), (None, "<|eom_id|>")]
)
def test_a_message_may_say_how_it_ends(reason, end):
    extra = None if reason is None else {"stop_reason": reason}
    assert meta(QUESTION, calling(("photogen", {"query": "x"}), extra=extra)).text.endswith(end)
    assert meta(QUESTION, Message("assistant", "r", extra=extra)).text.endswith(end if extra else "<|eot_id|>")


def test_texts_keep_their_white_space():
    made = render(chat("s: S ", "u:\nq", "a: r "), "llama3.1", style="meta")
    assert (
        made.text == f"<|begin_of_text|>{turn('system', ' S ')}{turn('user', chr(10) + 'q')}{turn('assistant', ' r ')}"
    )
    assert trained(made) == [" r <|eot_id|>"]
    assert made.altered == ()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("code_interpreter", {}), ("brave_search", {"query": 1}), ("wolfram_alpha", {"q": "x"})],
)
def test_a_built_in_tool_needs_its_argument(name, arguments):
    with pytest.raises(TemplateError, match=rf"messages\[1\]\.tool_calls\[0\].*{name}.*as a string"):
        meta(QUESTION, calling((name, arguments)))
