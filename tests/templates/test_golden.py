"""What the reference code itself printed is what instrkit renders: text, loss, labels and special tokens."""

import pytest

from instrkit.templates import TEMPLATES, render
from tests.templates.golden import CONFLICTS, Case, cases, labels_of, rendered, sample_of, spans_of

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


SYMBOLS = {"internlm": {"<eoh>", "<eoa>"}}
"""Symbols of a model's vocabulary that its own tokenizer reads in any text, and ours only where a template put them:
control tokens here, and none in the golden cases."""


@each_case("special_spans")
def test_special_spans(case: Case):
    made = rendered(case)
    symbols = SYMBOLS.get(case["template"], set())
    found = [span for span in made.special_spans if made.text[slice(*span)] not in symbols]
    found += made.lookalikes if case["id"] in FORGED else ()
    assert sorted(map(list, found)) == case["special_spans"]


@each_case("label_overrides")
def test_label_overrides(case: Case):
    assert labels_of(rendered(case)) == case["label_overrides"]


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
    lost = [change for change in made.dropped if change.kind != "loss"]  # which another policy does not lose
    assert ([*slow.dropped], slow.altered) == (lost, made.altered)


def test_plain_rendering_is_a_reference():
    """Rendered with nothing but what a case names, every text and loss is that of one of its references."""
    assert {case["id"] for case in CASES if not _plainly(case)} == {
        f"{reference}/{scenario}" for reference, scenarios in CONFLICTS.items() for scenario in scenarios
    }


def _plainly(case: Case) -> bool:
    """Whether a case needs no variable that chooses one of several references."""
    generate = case["add_generation_prompt"]
    made = render(sample_of(case), case["template"], add_generation_prompt=generate, **(case["kwargs"] or {}))
    found = {
        "expected_text": made.text,
        "expected_loss_spans": [list(span) for span in made.loss_spans],
        "label_overrides": labels_of(made),
    }
    return all(case[said] is None or case[said] == what for said, what in found.items())
