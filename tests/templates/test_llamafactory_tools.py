"""Tool lists and calls as LLaMA-Factory writes them, with Chinese names, parallel calls and no parameters."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, ToolCall
from instrkit.templates.llamafactory_tools import FORMATS

TOOL = {"type": "function", "function": {"name": "查天气", "description": "看天", "parameters": {"properties": {
    "城市": {"type": "string", "enum": ["北京", "上海"]}, "days": {"type": "array", "items": {"type": "integer"}},
}, "required": ["城市"]}}}  # fmt: skip
CALLS = Message(
    "assistant",
    None,
    tool_calls=(ToolCall(name="查天气", arguments={"城市": "北京"}), ToolCall(name="b", arguments={"n": 1})),
)


def listed(name: str, *tools) -> str:
    return "".join(text for text, _ in FORMATS[name].tools(tools, "26 Jul 2024"))


def called(name: str, message: Message = CALLS) -> str:
    return "".join(text for text, _ in FORMATS[name].calls(message, "messages[1]"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("default", 'Action: 查天气\nAction Input: {"城市": "北京"}\nAction: b\nAction Input: {"n": 1}'),
        (
            "qwen",
            (
                '<tool_call>\n{"name": "查天气", "arguments": {"城市": "北京"}}\n</tool_call>\n'
                '<tool_call>\n{"name": "b", "arguments": {"n": 1}}\n</tool_call>'
            ),
        ),
        ("mistral", '[{"name": "查天气", "arguments": {"城市": "北京"}}, {"name": "b", "arguments": {"n": 1}}]'),
        ("llama3", '[{"name": "查天气", "parameters": {"城市": "北京"}}, {"name": "b", "parameters": {"n": 1}}]'),
        (
            "glm4_moe",
            (
                "\n<tool_call>查天气\n<arg_key>城市</arg_key>\n<arg_value>北京</arg_value>\n\n<tool_call>b\n"
                "<arg_key>n</arg_key>\n<arg_value>1</arg_value>"
            ),
        ),
    ],
)
def test_parallel_calls(name: str, text: str):
    assert called(name) == text


def test_glm4_refuses_parallel_calls_with_their_place():
    with pytest.raises(TemplateError, match=r"messages\[1\]\.tool_calls: 2 calls: expected one"):
        called("glm4")


def test_glm45_refuses_arguments_without_names():
    with pytest.raises(TemplateError, match=r"messages\[1\]\.tool_calls\[0\]: arguments that are no object"):
        called("glm4_moe", Message("assistant", "", tool_calls=(ToolCall(name="b", arguments=[1]),)))


def test_one_llama3_call_stands_without_brackets():
    one = Message("assistant", "", tool_calls=CALLS.tool_calls[:1])
    assert called("llama3", one) == '{"name": "查天气", "parameters": {"城市": "北京"}}'


def test_the_default_list_spells_out_parameters():
    assert "  - 城市 (string, required): , should be one of [北京, 上海]\n" in listed("default", TOOL)
    assert "  - days (array): , where each item should be integer\n" in listed("default", TOOL)
    assert "(one of [查天气, b])" in listed("default", TOOL, {"name": "b"})


def test_the_date_is_an_argument():
    assert "Today Date: 26 Jul 2024\n" in listed("llama3", TOOL)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_what_comes_from_the_sample_is_told_from_the_templates_own_text(name: str):
    theirs = "".join(text for text, own in FORMATS[name].tools((TOOL,), "26 Jul 2024") if own)
    ours = "".join(text for text, own in FORMATS[name].tools((TOOL,), "26 Jul 2024") if not own)
    assert "看天" in theirs
    assert "看天" not in ours
