"""instrkit's own form holds everything, comes back byte for byte, and checks what it reads."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from instrkit.errors import Misfit
from instrkit.formats.instrkit_jsonl import Instrkit
from instrkit.sample import Origin, Sample

from .helpers import assert_round_trip, exact
from .rich import RICH

INSTRKIT = Instrkit()


def test_a_rich_sample_comes_back_without_loss() -> None:
    dumped = INSTRKIT.from_sample(RICH)
    assert dumped.losses == ()
    assert INSTRKIT.to_sample(dumped.records[0]) == RICH
    assert_round_trip(INSTRKIT, dumped.records[0])
    Draft202012Validator(INSTRKIT.record_schema()).validate(dumped.records[0])


def test_origin_is_part_of_it() -> None:
    (record,) = INSTRKIT.from_sample(Sample((), "s:1", origin=Origin("s", "s.jsonl", 1))).records
    assert exact(record) == exact(
        {"instrkit": 1, "id": "s:1", "messages": [], "origin": {"source": "s", "path": "s.jsonl", "index": 1}}
    )


@pytest.mark.parametrize(
    ("record", "path"),
    [
        ({"instrkit": 2, "messages": []}, r"\$\.instrkit: schema version 2: expected 1"),
        ({"instrkit": 1}, r"\$\.messages: "),
        ({"instrkit": 1, "messages": [{"role": "bot"}]}, r"\$\.messages\[0\]\.role: "),
        ({"instrkit": 1, "messages": [], "mesages": []}, r"\$\.mesages: "),
    ],
)
def test_a_misfit_says_where(record: dict[str, object], path: str) -> None:
    with pytest.raises(Misfit, match=f"not instrkit: {path}"):
        INSTRKIT.to_sample(record)
