"""A file's format is recognised by what it holds; what is unknown or ambiguous is said to be so, never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from instrkit.errors import DetectionError
from instrkit.formats import detect

from .helpers import rows

ALPACA = {"instruction": "i", "input": "", "output": "o"}
CHATGLM = {"prompt": "q", "response": "a", "history": []}
CHAT = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
MOSS = {"conversation_id": 1, "meta_instruction": "", "chat": {"turn_1": {"Human": "h", "MOSS": "m"}}}


@pytest.mark.parametrize(
    ("record", "format"),
    [
        (ALPACA, "alpaca"),
        ({"instruction": "i", "output": "o"}, "alpaca"),
        (ALPACA | {"output": None}, "alpaca"),
        (CHATGLM, "chatglm"),
        ({"prompt": "q", "response": "a"}, "chatglm"),
        ({"prompt": "q", "completion": "a"}, "chatglm"),
        (MOSS, "moss"),
        ({"chat": [{"Human": "h", "MOSS": "m"}]}, "moss"),
        (CHAT, "openai"),
        ({"messages": [{"role": "assistant", "tool_calls": []}]}, "openai"),
        ({"instrkit": 1, "id": "", "messages": [{"role": "user", "content": "q"}]}, "instrkit"),
    ],
)
def test_recognised(record: dict[str, Any], format: str) -> None:
    found = detect([record])
    assert found.format == format
    assert found.confidence == found.scores[format] >= 0.5
    assert list(found.keys) == list(record)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({}, id="empty-object"),
        pytest.param({"conversations": [{"from": "human", "value": "x"}]}, id="sharegpt"),
        pytest.param({"conversations": [{"role": "user", "content": "x"}]}, id="chatglm3"),
        pytest.param({"messages": [{"role": "observation", "content": "x"}]}, id="glm4"),
        pytest.param({"messages": []}, id="no-messages"),
        pytest.param(
            {"messages": [{"role": "user", "content": [{"type": "text", "value": "x"}]}]}, id="llamafactory-v1"
        ),
        pytest.param(CHAT | {"label": False}, id="kto"),
        pytest.param({"prompt": "q", "chosen": "a", "rejected": "b"}, id="dpo"),
        pytest.param({"prompt": [CHAT["messages"][0]], "completion": [CHAT["messages"][1]]}, id="trl-conversational"),
        pytest.param({"instruction": "i", "instances": [{"input": "", "output": "o"}]}, id="self-instruct"),
        pytest.param({"inputs": "i", "targets": "o"}, id="flan"),
        pytest.param({"chat": "…", "meta_instruction": ""}, id="chat-as-text"),
    ],
)
def test_unknown_is_said_to_be_unknown(record: dict[str, Any]) -> None:
    with pytest.raises(DetectionError, match="format unknown: candidates: none; keys seen in 1 record: "):
        detect([record])


def test_the_error_lists_candidates_keys_and_what_to_do() -> None:
    with pytest.raises(
        DetectionError,
        match=r"^format ambiguous: candidates: alpaca 0\.60, chatglm 0\.40; keys seen in 5 records: instruction, input, "
        r"output, prompt, response, history; say --format NAME \(alpaca, chatglm, instrkit, moss, openai\)$",
    ):
        detect([ALPACA] * 3 + [CHATGLM] * 2)


@pytest.mark.parametrize(
    ("others", "known"), [(4, True), (5, True), (6, False)], ids=["below-half", "half", "above-half"]
)
def test_half_of_the_records_must_fit(others: int, known: bool) -> None:
    records = [ALPACA] * 5 + [{"a": 1}] * others
    if known:
        assert detect(records).format == "alpaca"
    else:
        with pytest.raises(DetectionError, match=r"format unknown: candidates: alpaca 0\.45"):
            detect(records)


@pytest.mark.parametrize(("rivals", "clear"), [(4, True), (5, False)], ids=["below", "at"])
def test_a_rival_with_half_the_confidence_makes_it_ambiguous(rivals: int, clear: bool) -> None:
    records = [ALPACA] * 10 + [CHATGLM] * rivals
    if clear:
        assert detect(records).format == "alpaca"
    else:
        with pytest.raises(DetectionError, match="format ambiguous"):
            detect(records)


def test_only_the_first_records_are_looked_at() -> None:
    assert detect([ALPACA] * 200 + [CHATGLM] * 999).confidence == 1.0


def test_what_is_no_object_counts_against_every_format() -> None:
    assert detect([ALPACA, ALPACA, "x"]).confidence == pytest.approx(2 / 3)
    with pytest.raises(DetectionError, match="format unknown: candidates: none; keys seen in 2 records: none"):
        detect(["x", 1])
    with pytest.raises(DetectionError, match="keys seen in 0 records: none"):
        detect([])


@pytest.mark.real
@pytest.mark.parametrize(
    ("pattern", "format"),
    [
        ("alpaca/*.json", "alpaca"),
        ("bentsao/*.json", "alpaca"),
        ("cot/*.json", "alpaca"),
        ("toolformer/*.json", "alpaca"),
        ("llamafactory/alpaca_*.json", "alpaca"),
        ("llamafactory/identity.json", "alpaca"),
        ("chatglm/*.jsonl", "chatglm"),
        ("moss/**/*_1*.json", "moss"),
        ("llamafactory/mllm_*.json", "openai"),
        ("llamafactory/v1_*.jsonl", None),
        ("llamafactory/reason_tool_use_demo_50.jsonl", None),
        ("llamafactory/dpo_*.json", None),
        ("llamafactory/kto_*.json", None),
        ("llamafactory/glaive_*.json", None),
        ("llamafactory/dataset_info.json", None),
        ("sharegpt/*.json", None),
        ("cpm_bee/*.jsonl", None),
        ("self_instruct/*", None),
        ("benchmarks/*.jsonl", None),
    ],
)
def test_real_files(real_data: Path, pattern: str, format: str | None) -> None:
    paths = sorted(real_data.glob(pattern))
    assert paths
    for path in paths:
        if format is None:
            with pytest.raises(DetectionError, match="format unknown"):
                detect(rows(path))
        else:
            assert detect(rows(path)).format == format, path
