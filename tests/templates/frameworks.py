"""The cases that other frameworks' code printed, by whose layout they are."""

from __future__ import annotations

import json
from pathlib import Path

from tests.templates.golden import Case, rendered, spans_of

CASES = Path(__file__).resolve().parents[1] / "golden" / "frameworks.jsonl"


def cases(owner: str) -> list[Case]:
    """Return the cases of the templates `NAME@owner`."""
    found = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [case for case in found if case["template"].partition("@")[2] == owner]


def agrees(case: Case) -> None:
    """Check that a case is rendered as its framework does: text, loss where it trains, labels where it has its own."""
    made = rendered(case)
    assert made.text == case["expected_text"]
    assert "".join(segment.text for segment in made.segments) == made.text
    if case["expected_loss_spans"] is not None:
        assert spans_of(case, made) == case["expected_loss_spans"]
    if case["label_overrides"] is not None:
        keys = ("at", "input_token", "label_token")
        found = [[list(one.at), one.input_token, one.label_token] for one in made.label_overrides]
        assert found == [[override[key] for key in keys] for override in case["label_overrides"]]
