"""The default recipe does to every planted defect what its list says, and nothing to any other record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import instrkit

FILES = (
    "alpaca_en.json",
    "alpaca_zh.jsonl",
    "chatglm.jsonl",
    "moss",
    "moss.jsonl",
    "openai.jsonl",
    "samples.instrkit.jsonl",
)


@pytest.fixture(scope="module")
def fates(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], dict[str, Any]]:
    out = tmp_path_factory.mktemp("planted") / "out"
    data = repository / "examples" / "data"
    instrkit.clean([data / name for name in FILES], out, workers=1)
    rows = pq.read_table(out / "ledger.parquet").to_pylist()
    return {(str(Path(row["path"]).relative_to(data)), row["index"]): row for row in rows}


@pytest.fixture(scope="module")
def planted(repository: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((repository / "examples" / "planted.json").read_text())
    return cases


def test_every_planted_case_meets_its_fate(
    fates: dict[tuple[str, int], dict[str, Any]], planted: list[dict[str, Any]]
) -> None:
    for case in planted:
        row = fates[case["file"], case["index"]]
        fate = "changed" if row["fate"] == "kept" and row["changed_by"] else row["fate"]
        assert fate == case["expect"], (case, row)
        if case["expect"] == "dropped":
            assert row["step"].split(".")[1] == case["step"], (case, row)
        if case["expect"] == "changed":
            assert case["step"] in [step.split(".")[-1] for step in row["changed_by"]], (case, row)


def test_a_repeat_names_what_it_repeats(
    fates: dict[tuple[str, int], dict[str, Any]], planted: list[dict[str, Any]]
) -> None:
    for case in planted:
        if case["expect"] == "dropped" and "of" in case:
            row = fates[case["file"], case["index"]]
            assert row["similarity"] == pytest.approx(case["similarity"], abs=5e-4)


def test_no_other_record_is_touched(
    fates: dict[tuple[str, int], dict[str, Any]], planted: list[dict[str, Any]]
) -> None:
    listed = {(case["file"], case["index"]) for case in planted}
    touched = {place: row for place, row in fates.items() if row["fate"] != "kept" or row["changed_by"]}
    assert set(touched) <= listed
