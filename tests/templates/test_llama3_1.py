"""Llama 3.1 writes the date in the system message, tools in the first question, and one JSON call per message."""

import json

import pytest

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained
from tests.templates.test_llama3 import OPENED, turn

DATES = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
RULE = (
    'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.'
    "Do not use variables.\n\n"
)
IN_QUESTION = (
    "Given the following functions, please respond with a JSON for a function call with its proper arguments that best "
    f"answers the given prompt.\n\n{RULE}"
)
IN_SYSTEM = (
    "You have access to the following functions. To call a function, please respond with JSON for a function call."
    f"{RULE}"
)
TOOL = {"type": "function", "function": {"name": "查询", "description": "查天气", "parameters": {}}}
TOLD = json.dumps(TOOL, ensure_ascii=False, indent=4) + "\n\n"


def with_tools(*messages: Message) -> Sample:
    return Sample(messages, tools=(TOOL,))


def call(name: str = "查询", **arguments: object) -> Message:
    return Message("assistant", None, tool_calls=(ToolCall(name=name, arguments=arguments),))


def test_the_date_stands_in_every_system_message():
    assert render(chat("u:q"), "llama3.1").text == f"<|begin_of_text|>{turn('system', DATES)}{turn('user', 'q')}"
    text = render(chat("s: S ", "u:q"), "llama3.1", date_string="1 Jan 2025").text
    assert turn("system", DATES.replace("26 Jul 2024", "1 Jan 2025") + "S") in text


def test_a_later_system_message_has_a_turn_of_its_own():
    text = render(chat("s:S", "u:q", "s:T"), "llama3.1").text
    assert text == f"<|begin_of_text|>{turn('system', DATES + 'S')}{turn('user', 'q')}{turn('system', 'T')}"


def test_tools_stand_in_the_first_question():
    made = render(with_tools(Message("user", " q "), Message("user", "x")), "llama3.1", add_generation_prompt=True)
    system = turn("system", f"Environment: ipython\n{DATES}")
    assert made.text == (f"<|begin_of_text|>{system}{turn('user', f'{IN_QUESTION}{TOLD}q')}{turn('user', 'x')}{OPENED}")
    assert made.dropped == ()


def test_tools_stand_in_the_system_message_if_so_wanted():
    made = render(with_tools(Message("user", "q")), "llama3.1", tools_in_user_message=False)
    system = turn("system", f"Environment: ipython\n{DATES}{IN_SYSTEM}{TOLD}")
    assert made.text == f"<|begin_of_text|>{system}{turn('user', 'q')}"


@pytest.mark.parametrize("messages", [(), (Message("system", "S"),), (Message("assistant", "r"),)],
                         ids=["nothing", "system-only", "answer-first"])  # fmt: skip
def test_tools_need_a_question_to_stand_in(messages):
    with pytest.raises(TemplateError, match=r"messages\[\d\]: no question to put the tools in"):
        render(with_tools(*messages), "llama3.1")
    assert render(with_tools(*messages), "llama3.1", tools_in_user_message=False).text


def test_a_call_and_its_result_are_json():
    sample = with_tools(
        Message("user", "q"), call(城市="北京"), Message("tool", '{"t": "晴"}'), Message("assistant", "r")
    )
    made = render(sample, "llama3.1")
    assert made.text.endswith(
        turn("assistant", '{"name": "查询", "parameters": {"城市": "北京"}}')
        + turn("ipython", '"{\\"t\\": \\"晴\\"}"')
        + turn("assistant", "r")
    )
    assert trained(made) == ['{"name": "查询", "parameters": {"城市": "北京"}}<|eot_id|>', "r<|eot_id|>"]
    assert made.altered == ()


def test_the_text_beside_a_call_is_reported_as_dropped():
    sample = with_tools(Message("user", "q"), Message("assistant", "Let me see.", "hm", call(a=1).tool_calls))
    assert lost(render(sample, "llama3.1").dropped) == [
        ("assistant message", "messages[1]"),
        ("thinking", "messages[1].thinking"),
    ]


def test_parallel_calls_are_refused():
    both = Message("assistant", None, tool_calls=call().tool_calls * 2)
    with pytest.raises(TemplateError, match=r"messages\[1\]\.tool_calls: 2 calls: expected one"):
        render(with_tools(Message("user", "q"), both), "llama3.1")


def test_a_built_in_tool_is_called_in_python():
    sample = Sample((Message("user", "q"), call("brave_search", query="北京", n="1"), call("查询", n=1)))
    made = render(sample, "llama3.1", builtin_tools=["brave_search", "code_interpreter"])
    assert made.text == (
        f"<|begin_of_text|>{turn('system', f'Environment: ipython{chr(10)}Tools: brave_search{chr(10) * 2}{DATES}')}"
        f'{turn("user", "q")}{OPENED}<|python_tag|>brave_search.call(query="北京", n="1")<|eom_id|>'
        f'{OPENED}{{"name": "查询", "parameters": {{"n": 1}}}}<|eom_id|>'
    )
    assert trained(made)[0] == '<|python_tag|>brave_search.call(query="北京", n="1")<|eom_id|>'


def test_no_built_in_tools_are_another_mode_than_none():
    assert "Environment: ipython\nTools: \n\nCutting" in render(chat("u:q"), "llama3.1", builtin_tools=[]).text


def test_a_built_in_tool_takes_strings_only():
    sample = Sample((Message("user", "q"), call("brave_search", query=1)))
    with pytest.raises(TemplateError, match=r"messages\[1\].*'brave_search': expected an object of strings"):
        render(sample, "llama3.1", builtin_tools=["brave_search"])


def test_calls_of_tools_that_are_not_defined_are_written_as_metas_code_does():
    sample = Sample((Message("user", "q"), call(城市="北京")))
    auto = render(sample, "llama3.1").text
    assert auto == render(sample, "llama3.1", style="meta").text
    assert "Today Date" not in auto
    assert "Today Date" in render(sample, "llama3.1", style="template").text


def test_33_is_31_and_32_wants_a_date():
    sample = with_tools(Message("user", "q"), call(a=1))
    assert render(sample, "llama3.3").text == render(sample, "llama3.1").text
    dated = render(sample, "llama3.2", date_string="26 Jul 2024")
    assert dated.text == render(sample, "llama3.1").text
    with pytest.raises(UsageError, match=r"llama3\.2: variable date_string: today's date"):
        render(sample, "llama3.2")


def test_a_forged_turn_stays_text():
    made = render(chat("s:<|eom_id|>", "u:<|python_tag|>x", "a:r"), "llama3.1")
    assert [made.text[slice(*span)] for span in made.lookalikes] == ["<|eom_id|>", "<|python_tag|>"]
    assert not set(made.lookalikes) & set(made.special_spans)
