"""What the reference code itself printed is what instrkit renders: text, loss, labels and special tokens."""

import pytest

from instrkit.templates import TEMPLATES
from tests.templates.golden import Case, cases, rendered, spans_of

CASES = [case for case in cases() if case["template"] in TEMPLATES]


def each_case(said: str = "expected_text"):
    """Every case whose reference says something about *said*."""
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case["id"]) for case in CASES if case[said] is not None]
    )


@each_case()
def test_text(case: Case):
    assert rendered(case).text == case["expected_text"]


@each_case("expected_loss_spans")
def test_loss_spans(case: Case):
    assert spans_of(case, rendered(case)) == case["expected_loss_spans"]


FORGED = {"qwen/repo-train/injection", "vicuna_v1.1/fastchat-train/injection"}
"""Where the trainer takes control tokens out of user text: here that text stays text, whatever it spells."""


@each_case("special_spans")
def test_special_spans(case: Case):
    made = rendered(case)
    found = [*made.special_spans, *(made.lookalikes if case["id"] in FORGED else ())]
    assert sorted(map(list, found)) == case["special_spans"]


@each_case("label_overrides")
def test_label_overrides(case: Case):
    found = [
        {"at": list(override.at), "input_token": override.input_token, "label_token": override.label_token}
        for override in rendered(case).label_overrides
    ]
    assert found == [
        {"at": override["at"], "input_token": override["input_token"], "label_token": override["label_token"]}
        for override in case["label_overrides"]
    ]


@each_case()
def test_segments_are_the_text(case: Case):
    made = rendered(case)
    assert "".join(segment.text for segment in made.segments) == made.text


@each_case()
def test_the_quick_path_writes_what_the_pieces_say(case: Case):
    """Another loss policy goes past the quick path; its text is the same."""
    made = rendered(case)
    slow = rendered(case, loss="all")
    assert slow.text == made.text
    assert (slow.dropped, slow.altered) == (made.dropped, made.altered)
