"""Every conversation template in the table writes what FastChat's own code printed."""

import pytest

from instrkit.templates import TEMPLATES
from instrkit.templates.fastchat_rows import ROWS
from tests.templates.frameworks import agrees, cases


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in cases("fastchat")])
def test_what_fastchat_printed(case):
    agrees(case)


def test_each_row_has_cases_and_each_case_a_row():
    assert {case["template"] for case in cases("fastchat")} == {f"{row.name}@fastchat" for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_names_its_source_and_its_variables(row):
    cls = TEMPLATES.get(f"{row.name}@fastchat")
    assert cls.source == f"lm-sys/FastChat@0e6d3e4beaab:fastchat/conversation.py ({row.theirs})"
    assert cls.variables() == {"default_system": row.default}
    assert cls.eos in cls.control
