"""A chat template is given messages as transformers gives them."""

from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates.jinja.messages import documents_of, messages_of, tools_of


def only(message: Message) -> dict:
    (made,) = messages_of(Sample((message,)))
    return made


def test_a_plain_message_has_role_and_content():
    assert only(Message("user", "hi")) == {"role": "user", "content": "hi"}


def test_text_parts_are_one_string_and_media_stay_parts():
    assert only(Message("user", (Part(text="a"), Part(text="b"))))["content"] == "ab"
    assert only(Message("user", (Part(text="a"), Part(type="image", ref="x.png"))))["content"] == [
        {"type": "text", "text": "a"},
        {"type": "image", "image": "x.png"},
    ]


def test_thinking_has_both_its_names():
    made = only(Message("assistant", "a", thinking="t"))
    assert (made["reasoning_content"], made["thinking"]) == ("t", "t")


def test_arguments_are_values():
    call = ToolCall(name="f", arguments={"城": "北京"}, arguments_raw='{"城":"北京"}', id="c1")
    assert only(Message("assistant", None, tool_calls=(call,))) == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"城": "北京"}}}],
    }


def test_arguments_nobody_could_read_stay_a_string():
    made = only(Message("assistant", "", tool_calls=(ToolCall(name="f", arguments_raw="{oops"),)))
    assert made["tool_calls"][0]["function"]["arguments"] == "{oops"


def test_arguments_are_strings_where_asked_for():
    calls = (ToolCall(name="f", arguments={"a": 1}, arguments_raw='{"a":1}'), ToolCall(name="f", arguments={"城": 1}))
    (made,) = messages_of(Sample((Message("assistant", None, tool_calls=calls),)), strings=True)
    assert [call["function"]["arguments"] for call in made["tool_calls"]] == ['{"a":1}', '{"城": 1}']


def test_a_result_names_its_call():
    assert only(Message("tool", "r", tool_call_id="c1", name="f")) == {
        "role": "tool",
        "content": "r",
        "name": "f",
        "tool_call_id": "c1",
    }


def test_other_keys_are_passed_on():
    made = only(Message("assistant", "a", channel="final", metadata="m", extra={"prefix": True, "content": "other"}))
    assert made == {"role": "assistant", "content": "a", "channel": "final", "metadata": "m", "prefix": True}


def test_tools_and_documents():
    sample = Sample((), tools=({"name": "f"},), meta={"documents": [{"title": "t", "text": "x"}]})
    assert tools_of(sample) == [{"name": "f"}]
    assert documents_of(sample) == [{"title": "t", "text": "x"}]
    assert (tools_of(Sample(())), documents_of(Sample((), meta={"documents": ["x"]}))) == (None, None)
