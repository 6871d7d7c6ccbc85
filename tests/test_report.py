"""The report adds up what a run did, has a schema, and reads the same in a terminal, a notebook and one line."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

import instrkit
from instrkit.ledger import Counts
from instrkit.report import Report, StepCounts, report_json_schema

from .pipeline.corpus import write_corpus


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    place = tmp_path_factory.mktemp("report")
    write_corpus(place / "a.jsonl", 120)
    write_corpus(place / "b.jsonl", 60, seed=8)
    return instrkit.clean([place / "a.jsonl", place / "b.jsonl"], place / "out", workers=1)


def shown(report: Report, width: int = 160) -> str:
    console = Console(record=True, width=width, file=StringIO())
    console.print(report.table())
    return console.export_text()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│┃ ").replace("┃", "│").split("│")]


# --- the numbers -------------------------------------------------------------------------------------------------


def test_totals_are_the_sums_over_the_sources(report: Report) -> None:
    assert report.read == 180 == report.kept + report.dropped + report.rejected_records
    assert [counts.read for counts in report.counts.values()] == [120, 60]


def test_what_one_step_keeps_the_next_one_sees(report: Report) -> None:
    for source, counts in report.counts.items():
        left = counts.read - counts.rejected
        for label, sources in report.steps.items():
            step = sources[source]
            assert step.seen == left, label
            assert step.kept == left - sum(step.dropped.values())
            left = step.kept
        assert left == counts.kept
    assert list(report.steps)[:2] == ["1.fix_text", "2.empty"]


def test_causes_of_rejection_add_up(report: Report) -> None:
    for source, counts in report.counts.items():
        assert sum(report.rejected[source].values()) == counts.rejected > 0


@pytest.mark.parametrize(
    ("report", "found"),
    [
        pytest.param(Report(counts={"a": Counts(2, 1, 1, 0)}), False, id="a-drop-is-no-finding"),
        pytest.param(Report(counts={"a": Counts(1, 0, 0, 1)}), True, id="reject"),
        pytest.param(Report(losses={"tool calls": 1}), True, id="loss"),
        pytest.param(Report(repaired={"a": {"NaN read as null": 1}}), True, id="repair"),
        pytest.param(Report(repaired={"a": {}}), False, id="no-repair"),
        pytest.param(Report(findings=[{"path": "a", "line": None, "cause": "empty file"}]), True, id="finding"),
    ],
)
def test_findings_are_what_strict_would_stop_at(report: Report, found: bool) -> None:
    assert report.has_findings is found


# --- the schema --------------------------------------------------------------------------------------------------


def check(value: Any) -> None:
    jsonschema.Draft202012Validator(report_json_schema()).validate(value)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(report_json_schema())


def test_reports_validate_also_after_a_trip_through_json(report: Report) -> None:
    check(report.to_dict())
    check(json.loads(json.dumps(report.to_dict())))
    check(Report().to_dict())


def test_a_conversion_report_validates(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"instruction": "a", "input": "b", "output": "c", "score": NaN}\n{torn\n')
    report = instrkit.convert([source], tmp_path / "o.jsonl", "openai", workers=1)
    check(report.to_dict())
    assert report.losses
    assert report.repaired == {"a": {"NaN read as null": 1}}


@pytest.mark.parametrize("key", ["totals", "sources", "steps", "outputs", "losses", "findings", "time"])
def test_the_schema_asks_for_every_part(report: Report, key: str) -> None:
    data = report.to_dict()
    del data[key]
    with pytest.raises(jsonschema.ValidationError, match=f"'{key}' is a required property"):
        check(data)


def test_the_schema_refuses_a_negative_count(report: Report) -> None:
    data = report.to_dict()
    with pytest.raises(jsonschema.ValidationError, match="less than the minimum"):
        check(data | {"totals": data["totals"] | {"kept": -1}})


# --- as people see it --------------------------------------------------------------------------------------------


def test_one_line() -> None:
    report = Report(counts={"a": Counts(52_002, 52_000, 1, 1)}, seconds_wall=7.25)
    assert str(report) == "read 52,002, kept 52,000, dropped 1, rejected 1 in 7.2 s"


def test_the_table_holds_the_counts(report: Report) -> None:
    rows = [cells(line) for line in shown(report).splitlines() if "│" in line]
    by_name = {row[0]: row[1:] for row in rows}
    for source, counts in report.counts.items():
        assert by_name[source] == [str(n) for n in (counts.read, counts.kept, counts.dropped, counts.rejected)]
    totals = (report.read, report.kept, report.dropped, report.rejected_records)
    assert by_name["total"] == [str(n) for n in totals]
    for label, sources in report.steps.items():
        assert by_name[label][:2] == [
            str(sum(getattr(step, name) for step in sources.values())) for name in ("seen", "kept")
        ]
    empties = sum(step.dropped["empty response"] for step in report.steps["2.empty"].values())
    assert by_name["2.empty"][-1] == f"empty response {empties}"
    assert str(report) in shown(report)


def test_one_source_has_no_total() -> None:
    assert "total" not in shown(Report(counts={"a": Counts(1, 1)}))


def test_thousands_are_grouped() -> None:
    assert "52,002" in shown(Report(counts={"a": Counts(52_002, 52_002)}))


@pytest.mark.parametrize("name", ["[bold]x", "a[/b]", "[/]", "data[old]", "数据 😀"])
def test_names_with_brackets_are_names(name: str) -> None:
    counts = Counts(3, 2, 1)
    steps = {f"1.{name}": {name: StepCounts(3, 2, {f"why {name}": 1})}}
    text = shown(Report(counts={name: counts}, steps=steps, losses={name: 1}))
    assert text.count(name) == 4


def test_findings_are_shown_up_to_five_and_without_a_line_where_there_is_none() -> None:
    findings = [{"path": f"[{k}].json", "line": None if k else 3, "cause": "empty file"} for k in range(7)]
    text = shown(Report(findings=findings))
    assert "[0].json:3: empty file" in text
    assert "[1].json: empty file" in text
    assert "None" not in text
    assert "… and 2 more findings in report.json" in text


def test_an_unchanged_output_says_so() -> None:
    assert "nothing to do: the output is up to date; read 0" in shown(Report(unchanged=True))


def test_a_notebook_shows_the_tables(report: Report) -> None:
    page = report._repr_html_()
    assert page.startswith("<pre")
    assert "empty response" in page
    assert "<script" not in Report(counts={"<script>": Counts()})._repr_html_()
