"""Every current template in the table writes what LLaMA-Factory's own code printed."""

import pytest

from instrkit.templates import TEMPLATES
from instrkit.templates.llamafactory_rows import ROWS
from tests.templates.frameworks import agrees, cases


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in cases("llamafactory")])
def test_what_llamafactory_printed(case):
    agrees(case)


def test_each_row_has_cases_and_each_case_a_row():
    assert {case["template"] for case in cases("llamafactory")} == {f"{row.name}@llamafactory" for row in ROWS}


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("vicuna", {"default_system"}),
        ("qwen3", {"default_system", "enable_thinking"}),
        ("llama3", {"default_system", "date_string"}),
    ],
)
def test_a_template_has_the_variables_it_has_use_for(name, variables):
    assert set(TEMPLATES.get(f"{name}@llamafactory").variables()) == variables


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_names_its_source(row):
    source = TEMPLATES.get(f"{row.name}@llamafactory").source
    assert source == f"hiyouga/LLaMA-Factory@ff6d4d12eeb0:src/llamafactory/data/template.py ({row.name})"
