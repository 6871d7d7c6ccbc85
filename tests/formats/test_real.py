"""Every record of the public data sets comes back equal, keys in order, and fits its format's JSON Schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from instrkit.formats import get_format

from .helpers import exact, rows

pytestmark = pytest.mark.real

SCHEMA_EVERY = 50
"""jsonschema takes 0.2 ms a record, so it sees one in fifty, and every record whose keys are new."""


@pytest.mark.parametrize(
    ("pattern", "format", "count"),
    [
        ("alpaca/*.json", "alpaca", 79_499),
        ("bentsao/*.json", "alpaca", 9_658),
        ("cot/*.json", "alpaca", 5_873),
        ("toolformer/*.json", "alpaca", 4_709),
        ("llamafactory/alpaca_*_demo.json", "alpaca", 1_999),
        ("chatglm/*.jsonl", "chatglm", 2_500),
        ("moss/**/*.json", "moss", 1_020),
        ("llamafactory/mllm_*.json", "openai", 15),
        ("llamafactory/kto_en_demo.json", "openai", 300),
    ],
)
def test_every_record_comes_back(real_data: Path, pattern: str, format: str, count: int) -> None:
    reader = get_format(format)
    schema = Draft202012Validator(reader.record_schema())
    seen: set[tuple[str, ...]] = set()
    done = 0
    for path in sorted(real_data.glob(pattern)):
        for record in rows(path):
            dumped = reader.from_sample(reader.to_sample(record))
            assert dumped.losses == (), path
            assert len(dumped.records) == 1, path
            assert exact(dumped.records[0]) == exact(record), path
            if done % SCHEMA_EVERY == 0 or tuple(record) not in seen:
                seen.add(tuple(record))
                schema.validate(record)
            done += 1
    assert done == count


def test_mosss_commands_are_read_as_calls(real_data: Path) -> None:
    moss = get_format("moss")
    calls = [
        call
        for path in real_data.glob("moss/conversation_with_plugins/**/*.json")
        for record in rows(path)
        for message in moss.to_sample(record).messages
        for call in message.tool_calls
    ]
    unread = [call for call in calls if not call.name]
    assert len(unread) <= 0.02 * len(calls), [call.arguments_raw for call in unread]
    assert {call.name for call in calls} - {""} == {"Search", "Calculate", "Solve", "Text2Image", "Count"}
