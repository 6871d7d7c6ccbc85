"""The ledger adds up or the run fails, its rows have a schema, and one record is found by any name people give it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import instrkit
from instrkit.errors import RunError, UsageError
from instrkit.ledger import COLUMNS, Counts, find_records, ledger_json_schema, ledger_schema, reconcile

from .pipeline.corpus import write_corpus

GOOD = {"a": Counts(5, 3, 1, 1), "b": Counts(2, 2, 0, 0)}
ROWS = {"kept": 5, "dropped": 1, "rejected": 1}


def ledger(folder: Path, *rows: dict[str, Any], groups: int = 1) -> Path:
    """Write a ledger of *rows*, in several row groups if asked."""
    folder.mkdir(exist_ok=True)
    filled = [{"source": "s", "path": "s.jsonl", "fate": "kept", "changed_by": [], **row} for row in rows]
    size = -(-len(filled) // groups)
    pq.write_table(pa.Table.from_pylist(filled, ledger_schema()), folder / "ledger.parquet", row_group_size=size)
    return folder


def found(folder: Path, wanted: str) -> list[str]:
    return [f"{row['path']}:{row['index']}" for row in find_records(folder, wanted)]


# --- reconcile ---------------------------------------------------------------------------------------------------


def test_what_adds_up_passes() -> None:
    reconcile(GOOD, ROWS, ROWS)
    reconcile({}, {}, {})
    reconcile({"empty": Counts()}, {"kept": 0}, {})


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        pytest.param(Counts(6, 3, 1, 1), "read 6, but kept 3 .* dropped 1 .* rejected 1", id="one-lost"),
        pytest.param(Counts(4, 3, 1, 1), "read 4, but", id="one-too-many"),
    ],
)
def test_a_source_that_does_not_add_up_fails_and_is_named(counts: Counts, message: str) -> None:
    with pytest.raises(RunError, match=f"source 'a' does not add up: {message}"):
        reconcile(GOOD | {"a": counts}, ROWS, ROWS)


def test_two_sources_that_cancel_out_fail_all_the_same() -> None:
    with pytest.raises(RunError, match="source 'a' does not add up"):
        reconcile({"a": Counts(4, 3, 1, 1), "b": Counts(3, 2, 0, 0)}, ROWS, ROWS)


@pytest.mark.parametrize("fate", ["kept", "dropped", "rejected"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_missing_or_surplus_row_or_line_fails_whatever_its_fate(fate: str, by: int) -> None:
    off = ROWS | {fate: ROWS[fate] + by}
    with pytest.raises(RunError, match=rf"{off[fate]} ledger rows for {ROWS[fate]} {fate} records"):
        reconcile(GOOD, off, ROWS)
    with pytest.raises(RunError, match=rf"{off[fate]} lines written for {ROWS[fate]} {fate} records"):
        reconcile(GOOD, ROWS, off)


def test_swapped_fates_fail() -> None:
    with pytest.raises(RunError, match="ledger rows"):
        reconcile(GOOD, {"kept": 4, "dropped": 2, "rejected": 1}, ROWS)


def test_counts_are_added_by_name() -> None:
    counts = Counts(1, 1)
    counts.add({"read": 2, "rejected": 2})
    assert counts == Counts(3, 1, 0, 2)


# --- schemas -----------------------------------------------------------------------------------------------------


def test_both_schemas_have_the_same_columns() -> None:
    assert ledger_schema().names == list(COLUMNS) == list(ledger_json_schema()["properties"])


def test_rows_of_a_real_run_validate(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", 100)
    instrkit.clean(tmp_path / "c.jsonl", tmp_path / "out", workers=1)
    schema = ledger_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    rows = pq.read_table(tmp_path / "out" / "ledger.parquet").to_pylist()
    assert {row["fate"] for row in rows} == {"kept", "dropped", "rejected"}
    for row in rows:
        validator.validate(row)
        validator.validate({name: value for name, value in row.items() if value is not None})


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"source": "a", "path": "p"}, id="no-fate"),
        pytest.param({"source": "a", "path": "p", "fate": "lost"}, id="unknown-fate"),
        pytest.param({"source": None, "path": "p", "fate": "kept"}, id="null-source"),
        pytest.param({"source": "a", "path": "p", "fate": "kept", "index": "1"}, id="index-as-text"),
        pytest.param({"source": "a", "path": "p", "fate": "kept", "color": "red"}, id="unknown-column"),
    ],
)
def test_the_schema_refuses_what_is_no_row(row: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, ledger_json_schema())


# --- find_records ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"path": "data/a.jsonl", "index": 1, "id": "x:1"},
        {"path": "data/a.jsonl", "index": 2, "id": "own:id:7"},
        {"path": "more/a.jsonl", "index": 1, "id": "a.jsonl"},
        {"path": "data/ba.jsonl", "index": 1, "id": "x:4"},
        {"path": "data/文 [1].json", "index": 0, "id": "文:0", "changed_by": ["1.fix_text"]},
        {"path": "data/a.jsonl", "index": 3, "id": None, "fate": "rejected"},
    ]
    return ledger(tmp_path / "out", *rows, groups=3)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        pytest.param("x:1", ["data/a.jsonl:1"], id="id"),
        pytest.param("own:id:7", ["data/a.jsonl:2"], id="id-with-colons"),
        pytest.param("data/a.jsonl:1", ["data/a.jsonl:1"], id="path"),
        pytest.param("a.jsonl:1", ["data/a.jsonl:1", "more/a.jsonl:1"], id="suffix-of-two-paths"),
        pytest.param("./data/a.jsonl:2", ["data/a.jsonl:2"], id="dot-slash"),
        pytest.param("data/../more/a.jsonl:1", ["more/a.jsonl:1"], id="detour"),
        pytest.param(f"{Path.cwd()}/data/a.jsonl:1", ["data/a.jsonl:1"], id="absolute"),
        pytest.param("data/a.jsonl:3", ["data/a.jsonl:3"], id="rejected-without-id"),
        pytest.param("文 [1].json:0", ["data/文 [1].json:0"], id="chinese-brackets-and-zero"),
    ],
)
def test_a_record_is_found_by(folder: Path, wanted: str, places: list[str]) -> None:
    assert found(folder, wanted) == places


@pytest.mark.parametrize(
    "wanted",
    [
        "x:2", "jsonl:1", "ata/a.jsonl:1", "a.jsonl:9", "a.jsonl:-1", "a.jsonl:1x", ":1", "", "a.jsonl:" + "9" * 30,
        "elsewhere/data/a.jsonl:1",
    ],
)  # fmt: skip
def test_no_such_record_is_said(folder: Path, wanted: str) -> None:
    with pytest.raises(UsageError, match=r"no such id or PATH:INDEX in .*ledger\.parquet: expected an id"):
        found(folder, wanted)


def test_empty_columns_are_left_out_but_zeros_are_not(folder: Path) -> None:
    (row,) = find_records(folder, "文:0")
    assert row == {
        "source": "s", "path": "data/文 [1].json", "index": 0, "id": "文:0", "fate": "kept", "changed_by": ["1.fix_text"],
    }  # fmt: skip


def test_no_ledger_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{os.sep}ledger.parquet: no ledger there: name the output folder"):
        found(tmp_path, "x")
