"""InternLM2 is ChatML behind `<s>`, with plugin turns for tools."""

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

CALL = ToolCall(name="查询", arguments={"q": "北京"})
TOOL = {"type": "function", "function": {"name": "查询"}}
PLUGIN = '<|im_start|>system name=<|plugin|>\n[\n    {\n        "name": "查询"\n    }\n]<|im_end|>\n'


def test_text_and_loss():
    result = render(chat("s:S", "u:Q", "a:A"), "internlm2")
    assert result.text == (
        "<s><|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n"
    )
    assert trained(result) == ["A<|im_end|>"]


def test_generation_without_a_system_message():
    assert render(chat("u:Q"), "internlm2", add_generation_prompt=True).text == (
        "<s><|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n"
    )


def test_tools_follow_the_system_message():
    assert render(Sample((Message("user", "Q"),), tools=(TOOL,)), "internlm2").text.startswith(
        f"<s>{PLUGIN}<|im_start|>user"
    )
    led = render(Sample((Message("system", "S"), Message("user", "Q")), tools=(TOOL,)), "internlm2")
    assert led.text.startswith(f"<s><|im_start|>system\nS<|im_end|>\n{PLUGIN}<|im_start|>user")
    default = render(Sample((Message("user", "Q"),), tools=(TOOL,)), "internlm2", default_system="S")
    assert default.text == led.text


def test_calls_and_results():
    sample = Sample(
        (Message("user", "Q"), Message("assistant", "好", tool_calls=(CALL, CALL)), Message("tool", "R")), tools=(TOOL,)
    )
    result = render(sample, "internlm2")
    called = '<|action_start|><|plugin|>\n{"name": "查询", "parameters": {"q": "北京"}}<|action_end|>'
    assert trained(result) == [f"好{called}{called}<|im_end|>"]
    assert trained(render(sample, "internlm2", loss="assistant")) == [f"好{called}{called}<|im_end|>"]
    assert result.text.endswith("<|im_start|>environment name=<|plugin|>\nR<|im_end|>\n")
    assert (result.dropped, result.altered) == ((), ())


def test_thinking_is_reported_as_dropped():
    result = render(Sample((Message("user", "Q"), Message("assistant", "A", thinking="T"))), "internlm2")
    assert lost(result.dropped) == [("thinking", "messages[1].thinking")]
