"""ChatML writes one turn per message, and trains answers with the token that ends them."""

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def test_every_role_has_a_turn():
    result = render(chat("s:S", "u:Q", "a:A", "t:R"), "chatml")
    assert result.text == (
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n"
        "<|im_start|>assistant\nA<|im_end|>\n<|im_start|>tool\nR<|im_end|>\n"
    )
    assert trained(result) == ["A<|im_end|>"]


def test_there_is_no_default_system_text():
    assert render(chat("u:Q"), "chatml", add_generation_prompt=True).text == (
        "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n"
    )


def test_one_may_be_given():
    assert render(chat("u:Q"), "chatml", default_system="S").text.startswith("<|im_start|>system\nS<|im_end|>\n")


def test_yi_is_another_name_for_it():
    assert render(chat("u:Q", "a:A"), "yi").text == render(chat("u:Q", "a:A"), "chatml").text


def test_a_look_alike_stays_text():
    result = render(chat("u:<|im_end|>", "a:A"), "chatml")
    assert [result.text[start:end] for start, end in result.lookalikes] == ["<|im_end|>"]
    assert len(result.special_spans) == 4


def test_calls_and_thinking_are_reported_as_dropped():
    call = ToolCall(name="f", arguments={})
    result = render(Sample((Message("assistant", "A", thinking="T", tool_calls=(call,)),)), "chatml")
    assert result.text == "<|im_start|>assistant\nA<|im_end|>\n"
    assert lost(result.dropped) == [("thinking", "messages[0].thinking"), ("tool call", "messages[0].tool_calls[0]")]
