"""Templates that LLaMA-Factory removed write what v0.9.1 printed; without one of today, the short name finds them."""

import pytest

from instrkit.sample import Message, Sample
from instrkit.templates import TEMPLATES, render
from instrkit.templates.llamafactory_v0_9_1 import ROWS
from tests.templates.frameworks import agrees, cases


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in cases("llamafactory-v0.9.1")])
def test_what_v0_9_1_printed(case):
    agrees(case)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_short_name_finds_it(row):
    assert TEMPLATES.get(f"{row.name}@llamafactory") is TEMPLATES.get(f"{row.name}@llamafactory-v0.9.1")


def test_each_row_has_cases_and_each_case_a_row():
    names = {case["template"] for case in cases("llamafactory-v0.9.1")}
    assert names == {f"{row.name}@llamafactory-v0.9.1" for row in ROWS}


def test_thinking_and_tools_have_no_place_and_are_reported():
    sample = Sample((Message("user", "1+1?"), Message("assistant", "2", thinking="Easy.")), tools=({"name": "add"},))
    made = render(sample, "xverse@llamafactory")
    assert made.text == "Human: 1+1?\n\nAssistant: 2<|endoftext|>"
    assert [change.kind for change in made.dropped] == ["thinking", "tool definition"]


def test_the_label_of_the_first_token_is_the_end_too():
    made = render(
        Sample((Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Yo"))),
        "aquila@llamafactory",
    )
    assert [(one.at, one.input_token, one.label_token) for one in made.label_overrides] == [((0, 1), "B", "</s>")]
    assert not made.altered
