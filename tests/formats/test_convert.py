"""Any format converts to any other: each text arrives or is reported as lost, and what fits comes back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pytest

from instrkit.errors import DetectionError, UsageError
from instrkit.formats import FORMATS, Format, Loss, dump, get_format, parse
from instrkit.formats.alpaca import Alpaca
from instrkit.sample import Message, Origin, Sample

from .helpers import covered, exact, strings
from .rich import RICH

RECORDS: dict[str, dict[str, Any]] = {
    "alpaca": {
        "id": "r1", "instruction": "t1", "input": "t2", "output": "t3", "system": "t4",
        "history": [["t5", "t6"]], "category": "t7",
    },
    "chatglm": {"id": "r1", "prompt": "t1", "response": "t2", "history": [["t3", "t4"]], "category": "t5"},
    "moss": {
        "conversation_id": "r1",
        "meta_instruction": "t1",
        "num_turns": 1,
        "chat": {
            "turn_1": {
                "Human": "<|Human|>: t2<eoh>\n",
                "Inner Thoughts": "<|Inner Thoughts|>: t3<eot>\n",
                "Commands": '<|Commands|>: Search("t4")<eoc>\n',
                "Tool Responses": "<|Results|>:\nt5\n<eor>\n",
                "MOSS": "<|MOSS|>: t6<eom>\n",
            }
        },
        "category": "t7",
    },
    "openai": {
        "id": "r1",
        "messages": [
            {"role": "system", "content": "t1"},
            {"role": "user", "content": [{"type": "text", "text": "t2"}, {"type": "image_url", "image_url": "t3"}]},
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "t4",
                "tool_calls": [{"id": "t5", "type": "function", "function": {"name": "t6", "arguments": '{"k": "t7"}'}}],
            },
            {"role": "tool", "content": "t8", "tool_call_id": "t5"},
            {"role": "assistant", "content": "t9", "name": "t10", "weight": 1},
        ],
        "tools": [{"type": "function", "function": {"name": "t6", "description": "t11"}}],
        "category": "t12",
    },
    "instrkit": dump(RICH, "instrkit").records[0],
}  # fmt: skip

LOSSES = {
    ("alpaca", "chatglm"): {"system message", "border between parts"},
    ("alpaca", "moss"): {"border between parts"},
    ("alpaca", "openai"): {"border between parts"},
    ("chatglm", "alpaca"): set(),
    ("chatglm", "moss"): set(),
    ("chatglm", "openai"): set(),
    ("moss", "alpaca"): {"thinking", "tool call", "tool message"},
    ("moss", "chatglm"): {"system message", "thinking", "tool call", "tool message"},
    ("moss", "openai"): set(),
    ("openai", "alpaca"): {
        "image", "thinking", "tool call", "tool message", "message name", "message weight", "tool definition",
    },
    ("openai", "chatglm"): {
        "system message", "image", "thinking", "tool call", "tool message", "message name", "message weight",
        "tool definition",
    },
    ("openai", "moss"): {
        "image", "tool call id", "argument name", "message name", "message weight", "tool definition",
    },
}  # fmt: skip


@pytest.mark.parametrize(("source", "target"), LOSSES, ids="-to-".join)
def test_losses_are_stated(source: str, target: str) -> None:
    dumped = dump(parse(RECORDS[source], source), target)
    assert {loss.kind for loss in dumped.losses} == LOSSES[source, target]


def texts(thing: Any, path: str) -> list[tuple[str, str]]:
    """All (path, text) of a sample; tool arguments only once, in the form that counts."""
    if isinstance(thing, str):
        return [(path, thing)] if thing[:1] == "t" else []
    if isinstance(thing, dict):
        dot = f"{path}." if path else ""
        thing = {key: value for key, value in thing.items() if key != "residual"}
        return [found for key, value in thing.items() for found in texts(value, f"{dot}{key}")]
    if isinstance(thing, list | tuple):
        return [found for k, value in enumerate(thing) for found in texts(value, f"{path}[{k}]")]
    return []


NOT_TEXT = {"developer", "text", "tool", "task"}


@pytest.mark.parametrize("source", RECORDS)
@pytest.mark.parametrize("target", ["alpaca", "chatglm", "moss", "openai", "instrkit"])
def test_every_text_arrives_or_is_reported(source: str, target: str) -> None:
    sample = parse(RECORDS[source], source)
    dumped = dump(sample, target)
    arrived = "\n".join(strings(list(dumped.records)))
    held = {key: value for key, value in asdict(sample).items() if key not in {"id", "task"}}
    missing = [
        (path, text)
        for path, text in texts(held, "")
        if text not in arrived and text not in NOT_TEXT and not path.endswith((".role", ".kind", ".type"))
        and not covered(path, dumped.losses)
    ]  # fmt: skip
    assert missing == []
    assert all(loss.path.split(".")[0].split("[")[0] in {f.name for f in fields(Sample)} for loss in dumped.losses)


@pytest.mark.parametrize("source", RECORDS)
@pytest.mark.parametrize("target", ["alpaca", "chatglm", "moss", "openai", "instrkit"])
def test_what_a_target_wrote_it_reads_back_the_same(source: str, target: str) -> None:
    (record,) = dump(parse(RECORDS[source], source), target).records
    again = dump(parse(record, target), target)
    assert again.losses == ()
    assert exact(again.records[0]) == exact(record)


def test_id_and_meta_are_carried() -> None:
    sample = Sample(
        (Message("user", "q"), Message("assistant", "a")), "x", meta={"lang": "en", "chat": 1, "history": 2}
    )
    assert dump(sample, "openai").records[0]["lang"] == "en"
    alpaca, moss = dump(sample, "alpaca"), dump(sample, "moss")
    assert (alpaca.records[0]["id"], alpaca.records[0]["chat"], alpaca.losses) == (
        "x", 1, (Loss("meta key", "meta.history"),),
    )  # fmt: skip
    assert (moss.records[0]["conversation_id"], moss.losses) == ("x", (Loss("meta key", "meta.chat"),))


@pytest.mark.parametrize("target", ["alpaca", "chatglm", "moss", "openai"])
def test_an_id_made_of_source_and_index_is_not_carried(target: str) -> None:
    said = (Message("user", "q"), Message("assistant", "a"))
    (record,) = dump(Sample(said, "s:1", origin=Origin("s", "s.jsonl", 1)), target).records
    assert not {"id", "conversation_id", "origin"} & set(record)


def test_mosss_tools_in_openai_form() -> None:
    record = RECORDS["moss"] | {"meta_instruction": "- Web search: enabled. API: Search(query)"}
    messages = dump(parse(record), "openai").records[0]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert messages[2] == {
        "role": "assistant",
        "content": None,
        "reasoning_content": "t3",
        "tool_calls": [{"type": "function", "function": {"name": "Search", "arguments": '{"query": "t4"}'}}],
    }


def test_a_record_without_a_stated_format_is_recognised() -> None:
    assert parse({"instruction": "i", "output": "o"}).messages[0].content == "i"
    with pytest.raises(DetectionError, match="format unknown"):
        parse({"question": "i", "answer": "o"})


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("alpca", {}, "unknown format 'alpca': did you mean 'alpaca'. known: alpaca, chatglm, instrkit, moss, openai"),
        ("chatglm", {"promt": "x"}, "format 'chatglm': unknown setting 'promt': did you mean 'prompt'"),
        ("chatglm", {"prompt": 3}, "format 'chatglm': setting 'prompt': expected str, found int"),
        ("alpaca", {"prompt": "x"}, "format 'alpaca': unknown setting 'prompt': this format has none"),
        (Alpaca(), {"prompt": "x"}, "format 'alpaca': it has its settings already"),
    ],
)
def test_names_and_settings_are_checked(name: str | Format, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        get_format(name, **settings)


def test_a_format_stays_itself() -> None:
    alpaca = Alpaca()
    assert get_format(alpaca) is alpaca


def test_every_format_says_what_it_is() -> None:
    assert FORMATS.names() == ["alpaca", "chatglm", "instrkit", "moss", "openai"]
    for name, cls in FORMATS:
        assert (cls.name, bool(cls.summary)) == (name, True)
