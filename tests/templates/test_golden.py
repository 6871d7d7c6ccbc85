"""What the reference code itself printed is what instrkit renders: text, loss, labels and special tokens."""

import json
from pathlib import Path
from typing import Any

import pytest

from instrkit.formats import FORMATS
from instrkit.sample import Sample
from instrkit.templates import Rendered, render

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "templates.jsonl"
CASES = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
FORMAT_OF = {"alpaca": "alpaca", "chatglm": "chatglm", "chatglm2": "chatglm", "moss": "moss"}


def each_case(said: str = "expected_text"):
    """Every case whose reference says something about *said*."""
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case["id"]) for case in CASES if case[said] is not None]
    )


def sample_of(case: dict[str, Any]) -> Sample:
    if case["record"] is not None:
        return FORMATS.get(FORMAT_OF[case["template"]])().to_sample(case["record"])
    return FORMATS.get("openai")().to_sample({"messages": case["messages"]})


def rendered(case: dict[str, Any], **policies: Any) -> Rendered:
    return render(sample_of(case), case["template"], add_generation_prompt=case["add_generation_prompt"], **policies)


@each_case()
def test_text(case):
    assert rendered(case).text == case["expected_text"]


@each_case("expected_loss_spans")
def test_loss_spans(case):
    assert [list(span) for span in rendered(case).loss_spans] == case["expected_loss_spans"]


@each_case("special_spans")
def test_special_spans(case):
    assert [list(span) for span in rendered(case).special_spans] == case["special_spans"]


@each_case()
def test_labels_are_the_tokens_themselves(case):
    assert case["label_overrides"] is None
    assert rendered(case).label_overrides == ()


@each_case()
def test_nothing_is_lost(case):
    result = rendered(case, strict=True)
    assert (result.dropped, result.altered) == ((), ())


@each_case()
@pytest.mark.parametrize("policy", ["error", "escape", "drop"])
def test_text_without_control_tokens_is_the_same_under_every_policy(case, policy):
    assert rendered(case, on_control_token=policy).text == case["expected_text"]
