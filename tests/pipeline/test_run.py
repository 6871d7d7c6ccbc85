"""A run accounts for every record, gives the same bytes however it is done, and never leaves half an output."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import instrkit
from instrkit.engines import LocalEngine, SerialEngine
from instrkit.errors import RunError
from instrkit.pipeline import outputs as run_module
from instrkit.pipeline.job import Job, Rendering, Writer
from instrkit.pipeline.plan import job_from_recipe, open_sources
from instrkit.pipeline.run import Run
from instrkit.pipeline.watching import Silent
from instrkit.pipeline.work import WorkFolder
from instrkit.recipe import Recipe, Source, load_recipe, parse_recipe, render_yaml
from instrkit.report import Report
from instrkit.templates import TEMPLATES

from .corpus import write_corpus

DATA = ("train.jsonl", "validation.jsonl", "dropped.jsonl", "rejected.jsonl", "ledger.parquet", "stats.parquet")


def recipe_for(source: Path, out: Path, text: str | None = None) -> Recipe:
    recipe = load_recipe("sft") if text is None else parse_recipe(text)
    recipe = recipe.over([str(source)])
    return replace(recipe, output=replace(recipe.output, dir=str(out)))


def go(recipe: Recipe, engine: Any = None, **job: Any) -> Report:
    """Run with small shards, so that a small corpus has many."""
    planned = replace(job_from_recipe(recipe), **{"shard_bytes": 8192, **job})
    return run_module.run_to_folder(planned, engine or SerialEngine(), Path(recipe.output.dir), render_yaml(recipe))


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in DATA}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.jsonl")


@pytest.fixture(scope="module")
def done(corpus: Path) -> tuple[Path, Report]:
    out = corpus.parent / "out"
    return out, go(recipe_for(corpus, out))


def test_every_record_has_exactly_one_fate(done: tuple[Path, Report]) -> None:
    out, report = done
    assert report.read == 400 == report.kept + report.dropped + report.rejected_records
    ledger = pq.read_table(out / "ledger.parquet").to_pylist()
    assert len(ledger) == 400
    assert [row["index"] for row in ledger] == list(range(1, 401))
    fates = Counter(row["fate"] for row in ledger)
    assert fates == {"kept": report.kept, "dropped": report.dropped, "rejected": report.rejected_records}
    assert fates["dropped"] == len(rows(out / "dropped.jsonl"))
    assert fates["rejected"] == len(rows(out / "rejected.jsonl")) == 40
    assert fates["kept"] == len(rows(out / "train.jsonl")) + len(rows(out / "validation.jsonl"))


def test_a_drop_says_step_value_bound_and_whose_duplicate_it_is(done: tuple[Path, Report]) -> None:
    out, _ = done
    dropped = rows(out / "dropped.jsonl")
    empty = next(row for row in dropped if row["reason"].startswith("empty"))
    assert empty["step"] == "2.empty"
    assert empty["bound"] == "min=1"
    assert empty["sample"]["messages"][0]["role"] == "user"
    ledger = {row["id"]: row for row in pq.read_table(out / "ledger.parquet").to_pylist()}
    twins = [row for row in dropped if "duplicate_of" in row]
    assert {row["step"] for row in twins} == {"6.exact_dedup", "7.near_dedup"}
    for twin in twins:
        assert ledger[twin["duplicate_of"]]["fate"] == "kept"
        assert twin["similarity"] >= 0.8
        assert twin["duplicate_index"] < twin["index"]


def test_a_rejected_record_keeps_place_cause_and_bytes(done: tuple[Path, Report]) -> None:
    out, _ = done
    torn, misfit = rows(out / "rejected.jsonl")[:2]
    assert (torn["index"], torn["line"], torn["raw"]) == (10, 10, '{"instruction": "torn')
    assert misfit["index"] == 12
    assert misfit["cause"] == "not alpaca: $.output: expected a string, found null"


def test_a_changed_sample_names_the_step(done: tuple[Path, Report]) -> None:
    out, _ = done
    ledger = pq.read_table(out / "ledger.parquet").to_pylist()
    assert {tuple(row["changed_by"]) for row in ledger if row["changed_by"]} == {("8.scrub",)}
    text = (out / "train.jsonl").read_text() + (out / "validation.jsonl").read_text()
    assert "mailhaus" not in text
    assert "<EMAIL>" in text


def test_statistics_are_kept_for_every_sample_that_could_be_read(done: tuple[Path, Report]) -> None:
    out, report = done
    stats = pq.read_table(out / "stats.parquet")
    assert stats.num_rows == report.read - report.rejected_records
    assert {"2.empty", "3.length", "4.language", "5.repetition"} <= set(stats.column_names)
    assert stats["3.length"].null_count == 0


def test_the_report_adds_up_step_by_step(done: tuple[Path, Report]) -> None:
    _, report = done
    left = report.read - report.rejected_records
    for by_source in report.steps.values():
        (step,) = by_source.values()
        assert step.seen == left
        left -= sum(step.dropped.values())
        assert step.kept == left
    assert left == report.kept


@pytest.mark.parametrize(
    ("engine", "job"),
    [
        pytest.param(LocalEngine(2), {}, id="2-workers"),
        pytest.param(LocalEngine(5), {}, id="5-workers"),
        pytest.param(SerialEngine(), {"batch_size": 1}, id="batches-of-1"),
        pytest.param(SerialEngine(), {"batch_size": 7}, id="batches-of-7"),
    ],
)
def test_the_same_bytes_however_it_is_done(
    corpus: Path, done: tuple[Path, Report], tmp_path: Path, engine: Any, job: dict[str, Any]
) -> None:
    go(recipe_for(corpus, tmp_path / "out"), engine, **job)
    assert digests(tmp_path / "out") == digests(done[0])


@pytest.mark.parametrize("shard_bytes", [1 << 10, 1 << 30], ids=["shard-per-line", "one-shard"])
def test_shards_do_not_show_in_the_samples(
    corpus: Path, done: tuple[Path, Report], tmp_path: Path, shard_bytes: int
) -> None:
    go(recipe_for(corpus, tmp_path / "out"), shard_bytes=shard_bytes)
    for name in ("train.jsonl", "validation.jsonl", "dropped.jsonl", "rejected.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == (done[0] / name).read_bytes()
    ledgers = [pq.read_table(folder / "ledger.parquet") for folder in (tmp_path / "out", done[0])]
    assert ledgers[0].equals(ledgers[1])


class Counting(SerialEngine):
    """Counts the tasks that really ran."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.ran: list[str] = []
        self.stop_after = stop_after

    def run(self, tasks: Any, folder: str) -> Any:
        for task, receipt in super().run(tasks, folder):
            self.ran.append(type(task).__name__)
            yield task, receipt
            if self.stop_after is not None and len(self.ran) >= self.stop_after:
                raise KeyboardInterrupt


def test_an_identical_rerun_is_a_no_op(corpus: Path, tmp_path: Path) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    go(recipe)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    engine = Counting()
    assert go(recipe, engine).unchanged
    assert not engine.ran
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_a_damaged_output_is_made_again(corpus: Path, tmp_path: Path, done: tuple[Path, Report]) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    go(recipe)
    (tmp_path / "out" / "train.jsonl").write_text("damaged")
    engine = Counting()
    assert not go(recipe, engine).unchanged
    assert not engine.ran
    assert digests(tmp_path / "out") == digests(done[0])


def test_an_interrupted_run_goes_on_where_it_was(corpus: Path, tmp_path: Path, done: tuple[Path, Report]) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    whole = Counting()
    go(replace(recipe, output=replace(recipe.output, dir=str(tmp_path / "other"))), whole)
    with pytest.raises(KeyboardInterrupt):
        go(recipe, Counting(stop_after=5))
    assert not (tmp_path / "out").exists()
    rest = Counting()
    go(recipe, rest)
    assert len(rest.ran) == len(whole.ran) - 5
    assert digests(tmp_path / "out") == digests(done[0])


def test_a_changed_bound_measures_nothing_again(corpus: Path, tmp_path: Path) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    go(recipe)
    steps = tuple(replace(op, max=400) if op.name == "length" else op for op in recipe.steps)
    engine = Counting()
    report = go(replace(recipe, steps=steps), engine)
    assert "JudgeTask" not in engine.ran
    assert report.steps["3.length"]["corpus"].dropped["too long"] > 0


def test_an_edited_step_reuses_what_the_others_measured(corpus: Path, tmp_path: Path, monkeypatch: Any) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    go(recipe)
    steps = tuple(replace(op, n=6) if op.name == "repetition" else op for op in recipe.steps)
    for op in recipe.steps:
        if op.name in {"fix_text", "empty", "length", "language"}:
            method = "change" if op.name == "fix_text" else "measure"
            monkeypatch.setattr(type(op), method, lambda *_: pytest.fail("ran again"))
    assert not go(replace(recipe, steps=steps)).unchanged


def test_another_version_of_a_template_reuses_nothing(corpus: Path, tmp_path: Path, monkeypatch: Any) -> None:
    job = Job(open_sources([Source(path=str(corpus))]), (), Writer(rendering=Rendering("alpaca")), ledger=False)

    def keys() -> set[str]:
        return {receipt["key"] for receipt in Run(job, SerialEngine(), WorkFolder(tmp_path), Silent()).finals()}

    before = keys()
    assert keys() == before
    monkeypatch.setattr(TEMPLATES.get("alpaca"), "version", 2)
    assert keys().isdisjoint(before)


def test_the_old_output_stays_until_the_new_one_is_whole(corpus: Path, tmp_path: Path) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    go(recipe)
    before = digests(tmp_path / "out")
    changed = replace(recipe, output=replace(recipe.output, format="chatglm"))
    with pytest.raises(KeyboardInterrupt):
        go(changed, Counting(stop_after=2))
    assert digests(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.instrkit", "out"]


def test_a_changed_input_is_noticed_though_its_size_is_the_same(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    recipe = recipe_for(source, tmp_path / "out")
    go(recipe)
    source.write_text(source.read_text().replace("river", "rover"))
    assert not go(recipe).unchanged


def test_two_runs_cannot_write_the_same_output(corpus: Path, tmp_path: Path) -> None:
    recipe = recipe_for(corpus, tmp_path / "out")
    with WorkFolder(tmp_path / ".out.instrkit").locked(), pytest.raises(RunError, match="another run writes"):
        go(recipe)


def test_maps_between_filters_make_further_stages(corpus: Path, tmp_path: Path) -> None:
    text = "version: 1\nsteps: [empty, scrub, {length: {max: 400}}, exact_dedup, fix_text, near_dedup]\n"
    report = go(recipe_for(corpus, tmp_path / "out", text))
    assert report.read == 400 == report.kept + report.dropped + report.rejected_records
    seen = [step["corpus"].seen for step in report.steps.values()]
    assert seen == sorted(seen, reverse=True)
    dropped = rows(tmp_path / "out" / "dropped.jsonl")
    assert len(dropped) == report.dropped
    assert {row["step"] for row in dropped} >= {"1.empty", "3.length", "4.exact_dedup", "6.near_dedup"}


def test_a_recipe_without_steps_only_converts(corpus: Path, tmp_path: Path) -> None:
    report = go(recipe_for(corpus, tmp_path / "out", "version: 1\noutput: {format: alpaca}"))
    assert report.kept == 360
    assert pq.read_table(tmp_path / "out" / "ledger.parquet").num_rows == 400


def test_empty_input_gives_an_empty_output(tmp_path: Path) -> None:
    (tmp_path / "nothing.jsonl").write_text("")
    report = instrkit.clean(tmp_path / "nothing.jsonl", tmp_path / "out")
    assert report.read == 0
    assert (tmp_path / "out" / "train.jsonl").read_bytes() == b""
    assert pq.read_table(tmp_path / "out" / "ledger.parquet").num_rows == 0
