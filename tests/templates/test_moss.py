"""MOSS trains everything but the meta instruction and what tools answer, in five fields per turn."""

import pytest

from instrkit.formats import FORMATS
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render, template_info
from tests.templates.samples import chat, lost, trained

META = template_info("moss").default_system
NONE = "<|Inner Thoughts|>: None<eot>\n<|Commands|>: None<eoc>\n<|Results|>: None<eor>\n"


def after_meta(rendered) -> str:
    text = rendered.text
    return text[text.index("<|Human|>") :]


def record(*turns: dict[str, str], meta: str = "You are MOSS.\n") -> Sample:
    chat = {f"turn_{k}": turn for k, turn in enumerate(turns, 1)}
    whole = {"conversation_id": "x", "meta_instruction": meta, "num_turns": len(turns), "chat": chat}
    return FORMATS.get("moss")().to_sample(whole)


def call(*calls: ToolCall, **fields) -> Message:
    return Message("assistant", fields.pop("content", None), tool_calls=calls, **fields)


def test_a_plain_chat_gets_the_fields_that_say_none():
    result = render(chat("u:你好", "a:Hi 👋", "u: x ", "a:y"), "moss")
    assert result.text == (
        f"{META}<|Human|>: 你好<eoh>\n{NONE}<|MOSS|>: Hi 👋<eom>\n<|Human|>:  x <eoh>\n{NONE}<|MOSS|>: y<eom>\n"
    )


def test_the_trained_characters():
    before, after = "<|Human|>: q<eoh>\n<|Inner Thoughts|>: None<eot>\n<|Commands|>: None<eoc>\n<|Results|>:", "<eor>\n"
    assert trained(render(chat("u:q", "a:r"), "moss")) == [before, f"{after}<|MOSS|>: r<eom>\n"]


def test_the_body_of_results_is_not_trained():
    sample = Sample(
        (
            Message("user", "2+2?"),
            call(ToolCall(name="Calculate", arguments={"expression": "2+2"}), thinking="easy"),
            Message("tool", "Calculate => 4"),
            Message("assistant", "4"),
        )
    )
    result = render(sample, "moss", meta_instruction="")
    assert result.text == (
        '<|Human|>: 2+2?<eoh>\n<|Inner Thoughts|>: easy<eot>\n<|Commands|>: Calculate("2+2")<eoc>\n'
        "<|Results|>:\nCalculate => 4\n<eor>\n<|MOSS|>: 4<eom>\n"
    )
    assert trained(result) == [result.text[: result.text.index("\nCalculate =>")], "<eor>\n<|MOSS|>: 4<eom>\n"]
    assert trained(render(sample, "moss", loss="assistant")) == ["easy<eot>", 'Calculate("2+2")<eoc>', "4<eom>"]
    assert (result.dropped, result.altered) == ((), ())


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        pytest.param(ToolCall(name="now"), "now()", id="no-arguments"),
        pytest.param(ToolCall(name="now", arguments={}), "now({})", id="empty-arguments"),
        pytest.param(ToolCall(name="搜索", arguments={"q": "北京"}), '搜索("北京")', id="one-argument"),
        pytest.param(ToolCall(name="f", arguments={"a": 1, "b": None}), 'f({"a": 1, "b": null})', id="two-arguments"),
        pytest.param(ToolCall(name="f", arguments={"a": 1}), 'f({"a": 1})', id="one-that-is-no-string"),
        pytest.param(ToolCall(name="f", arguments={"a": '"\\'}), r'f("\"\\")', id="quotes"),
        pytest.param(ToolCall(name="f", arguments_raw='{"a":1}'), 'f({"a":1})', id="raw"),
        pytest.param(ToolCall(name="f", arguments=[1, 2]), "f([1, 2])", id="list"),
        pytest.param(ToolCall(name="f", arguments_raw="{broken"), "f({broken)", id="unreadable"),
    ],
)
def test_calls_of_other_formats(tool, command):
    sample = Sample((Message("user", "q"), call(tool), Message("tool", "r"), Message("assistant", "a")))
    result = render(sample, "moss")
    assert f"<|Commands|>: {command}<eoc>\n" in result.text
    assert result.altered == ()


def test_parallel_calls_and_their_results_share_a_field():
    tools = ToolCall(name="f", arguments={"x": "1"}), ToolCall(name="g", arguments={"x": "2"})
    sample = Sample(
        (Message("user", "q"), call(*tools), Message("tool", "1"), Message("tool", "2"), Message("assistant", "a"))
    )
    text = render(sample, "moss").text
    assert '<|Commands|>: f("1"), g("2")<eoc>\n<|Results|>:\n1\n2\n<eor>\n<|MOSS|>: a<eom>\n' in text


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(chat("s:S\n", "u:你好", "a:Hi", "u:x", "a:y"), id="chat"),
        pytest.param(
            Sample((
                Message("system", "S"), Message("user", "q"), call(ToolCall(name="f", arguments={"x": "1"}), thinking="t"),
                Message("tool", "r"), Message("tool", "s"), Message("assistant", "a"),
            )),
            id="tools",
        ),
    ],
)  # fmt: skip
def test_a_sample_is_written_as_its_moss_record(sample):
    (whole,), _ = FORMATS.get("moss")().from_sample(sample)
    strings = [text for turn in whole["chat"].values() for text in turn.values()]
    assert render(sample, "moss").text == whole["meta_instruction"] + "".join(strings)


def test_several_rounds_of_tools_repeat_the_fields_and_lose_nothing():
    sample = Sample(
        (
            Message("user", "q"),
            call(ToolCall(name="f"), content="Let me look."),
            Message("tool", "1"),
            call(ToolCall(name="g"), content="And again.", thinking="hm"),
            Message("tool", "2"),
            Message("assistant", "a"),
        )
    )
    result = render(sample, "moss")
    assert after_meta(result) == (
        "<|Human|>: q<eoh>\n<|Inner Thoughts|>: Let me look.<eot>\n<|Commands|>: f()<eoc>\n<|Results|>:\n1\n<eor>\n"
        "<|Inner Thoughts|>: hm\nAnd again.<eot>\n<|Commands|>: g()<eoc>\n<|Results|>:\n2\n<eor>\n<|MOSS|>: a<eom>\n"
    )
    assert (result.dropped, result.altered) == ((), ())


@pytest.mark.parametrize(
    ("sample", "end"),
    [
        pytest.param(chat("u:q"), "possess.\n<|Human|>: q<eoh>\n<|MOSS|>:", id="readme"),
        pytest.param(chat("u:q", "a:r", "u:p"),
                     "possess.\n<|Human|>: q<eoh>\n<|MOSS|>: r<eom>\n<|Human|>: p<eoh>\n<|MOSS|>:", id="readme-second-turn"),
        pytest.param(chat("s:- Inner thoughts: enabled.\n", "u:q"), "enabled.\n<|Human|>: q<eoh>\n", id="with-plugins"),
        pytest.param(chat("s:- Inner thoughts: enabled.\n", "u:q", "t:r"),
                     "<|Results|>:\nr\n<eor>\n<|MOSS|>:", id="with-results"),
        pytest.param(chat("u:- Inner thoughts: enabled"), "enabled<eoh>\n<|MOSS|>:", id="only-the-meta-text-switches"),
        pytest.param(chat("u:q", "a:r"), "<|MOSS|>: r<eom>\n", id="answered"),
    ],
)  # fmt: skip
def test_generation_prompt(sample, end):
    assert render(sample, "moss", add_generation_prompt=True).text.endswith(end)


def test_an_open_question_without_prompt():
    assert after_meta(render(chat("u:q"), "moss")) == "<|Human|>: q<eoh>\n"


def test_fields_can_be_chosen():
    sample = chat("u:q", "a:r")
    assert after_meta(render(sample, "moss", fields="spoken")) == "<|Human|>: q<eoh>\n<|MOSS|>: r<eom>\n"
    assert "None<eot>" in render(chat("u:q", "a:r", "u:p"), "moss", fields="all", add_generation_prompt=True).text


def test_the_meta_instruction_can_be_set_and_gives_way_to_a_system_message():
    assert render(chat("u:q", "a:r"), "moss", meta_instruction="M\n").text.startswith("M\n<|Human|>")
    result = render(chat("s:S\n", "u:q", "a:r"), "moss", meta_instruction="M\n")
    assert result.text.startswith("S\n<|Human|>")
    assert trained(result)[0].startswith("<|Human|>: q")


def test_a_system_message_inside_the_dialogue_is_reported():
    assert lost(render(chat("u:q", "s:x", "a:r"), "moss").dropped) == [("system message", "messages[1]")]


FIVE = {
    "Human": "<|Human|>: 画一只猫<eoh>\n",
    "Inner Thoughts": "<|Inner Thoughts|>: 画<eot>\n",
    "Commands": '<|Commands|>: Text2Image("a cat"), Search("猫")<eoc>\n',
    "Tool Responses": "<|Results|>:\n[1] 猫\n<eor>\n",
    "MOSS": "<|MOSS|>: 好<sup><|1|></sup><eom>\n",
}
SENTINELS = FIVE | {
    "Inner Thoughts": "<|Inner Thoughts|>: None<eot>\n",
    "Commands": "<|Commands|>: None<eoc>\n",
    "Tool Responses": "<|Results|>: None<eor>\n",
}


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param([FIVE], id="plugins"),
        pytest.param([SENTINELS, SENTINELS], id="without-plugins"),
        pytest.param([FIVE | {"Tool Responses": "<|Results|>: Image generated successfully.<eor>\n"}], id="space-form"),
        pytest.param([{key: FIVE[key] for key in ("Human", "MOSS")}] * 2, id="two-fields"),
        pytest.param([{key: SENTINELS[key] for key in ("Human", "Inner Thoughts", "MOSS")}], id="three-fields"),
        pytest.param([FIVE, {key: FIVE[key] for key in ("Human", "MOSS")}, SENTINELS], id="mixed"),
        pytest.param([SENTINELS | {"Inner Thoughts": "<|Inner Thoughts|>: hm<eot>\n"}], id="thoughts-only"),
        pytest.param([SENTINELS | {"Commands": '<|Commands|>: Search("x")<eoc>\n'}], id="command-without-result"),
        pytest.param([SENTINELS | {"Tool Responses": "<|Results|>:\nx\n<eor>\n"}], id="result-without-command"),
        pytest.param([FIVE | {"MOSS": "<|MOSS|>: <eom>\n", "Human": "<|Human|>:  <eoh>\n"}], id="blank"),
    ],
)
def test_a_record_is_its_strings_end_to_end(turns):
    result = render(record(*turns), "moss")
    assert result.text == "You are MOSS.\n" + "".join(text for turn in turns for text in turn.values())
    assert (result.dropped, result.altered) == ((), ())


def test_a_meta_instruction_without_a_line_break_stays_without():
    assert render(record(SENTINELS, meta="You are MOSS."), "moss").text.startswith("You are MOSS.<|Human|>")


@pytest.mark.real
def test_every_real_record_is_its_strings_end_to_end(real_data):
    import orjson

    moss = FORMATS.get("moss")()
    for path in sorted((real_data / "moss").rglob("*.json"))[::4]:
        whole = orjson.loads(path.read_bytes())
        result = render(moss.to_sample(whole), "moss")
        expected = whole["meta_instruction"] + "".join(v for turn in whole["chat"].values() for v in turn.values())
        assert result.text == expected, path.name
        assert (result.dropped, result.altered) == ((), ()), path.name
