"""Hermes-2-Pro lists tools in a system turn of their own, and ends a turn of results without a line break."""

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

CALL = ToolCall(name="查询", arguments={"q": "北京"})
CALLED = '<tool_call>\n{"name": "查询", "arguments": {"q": "北京"}}\n</tool_call>'
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"properties": {}}}}


def after_tools(rendered) -> str:
    return rendered.text.partition("<|im_end|>\n")[2]


def test_without_tools_it_is_chatml():
    result = render(chat("s:S", "u:Q", "a:A"), "hermes-2-pro")
    assert result.text == (
        "<|begin_of_text|><|im_start|>system\nS<|im_end|>\n<|im_start|>user\nQ<|im_end|>\n"
        "<|im_start|>assistant\nA<|im_end|>\n"
    )
    assert trained(result) == ["A<|im_end|>"]


def test_tools_come_before_the_system_message():
    for sample, variables in (
        (Sample((Message("system", "S"), Message("user", "Q")), tools=(TOOL, TOOL)), {}),
        (Sample((Message("user", "Q"),), tools=(TOOL, TOOL)), {"default_system": "S"}),
    ):
        text = render(sample, "hermes-2-pro", **variables).text
        assert text.startswith("<|begin_of_text|><|im_start|>system\nYou are a function calling AI model.")
        assert text.count('{"type": "function", "function": {"name": "f", "description": "f() - d\n\n"') == 2
        assert after_tools(render(sample, "hermes-2-pro", **variables)).startswith("<|im_start|>system\nS<|im_end|>")


def test_calls_and_results():
    sample = Sample(
        (
            Message("user", "Q"),
            Message("assistant", None, tool_calls=(CALL, CALL)),
            Message("tool", "R1"),
            Message("tool", "R2"),
            Message("assistant", "A"),
        ),
        tools=(TOOL,),
    )
    result = render(sample, "hermes-2-pro")
    assert after_tools(result) == (
        f"<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n{CALLED}\n{CALLED}<|im_end|>\n"
        "<|im_start|>tool\n<tool_response>\nR1\n</tool_response>\n<tool_response>\nR2\n</tool_response>\n<|im_end|>"
        "<|im_start|>assistant\nA<|im_end|>\n"
    )
    assert trained(result) == [f"{CALLED}\n{CALLED}<|im_end|>", "A<|im_end|>"]
    assert (result.dropped, result.altered) == ((), ())


def test_a_result_that_comes_last_ends_at_once():
    sample = Sample((Message("user", "Q"), Message("tool", "R")), tools=(TOOL,))
    assert render(sample, "hermes-2-pro", add_generation_prompt=True).text.endswith(
        "<|im_start|>tool\n<tool_response>\nR\n</tool_response><|im_end|><|im_start|>assistant\n"
    )


def test_a_content_beside_calls_is_kept_in_training_and_dropped_in_chat():
    sample = Sample((Message("user", "Q"), Message("assistant", "A", tool_calls=(CALL,))), tools=(TOOL,))
    assert trained(render(sample, "hermes-2-pro", layout="training")) == [f"A\n{CALLED}<|im_end|>"]
    result = render(sample, "hermes-2-pro")
    assert trained(result) == [f"{CALLED}<|im_end|>"]
    assert lost(result.dropped) == [("assistant message", "messages[1]")]
