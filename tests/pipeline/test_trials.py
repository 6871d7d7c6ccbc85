"""Trials: what a run does when people, disks and other programs do not behave. Nothing is lost, and nothing is silent."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import instrkit
from instrkit.engines import LocalEngine, SerialEngine
from instrkit.errors import InstrkitError, RecipeError
from instrkit.ops import Batch, Filter, Map, Op
from instrkit.ops.base import Values
from instrkit.pipeline import outputs as run_module
from instrkit.pipeline.work import Receipt, WorkFolder, digest
from instrkit.recipe import Output, Recipe, Source, parse_recipe
from instrkit.sample import Sample

from .corpus import write_corpus
from .test_run import Counting, digests, go, recipe_for, rows

TWO_STAGES = """
version: 1
steps: [empty, scrub, {length: {max: 262}}, exact_dedup, fix_text, near_dedup, {repetition: {max: 0.2}}, scrub]
output: {split: {validation: 0.1}}
"""


def job(source: Path, out: Path, *steps: Op, **output: Any) -> Recipe:
    return Recipe(sources=(Source(path=str(source)),), steps=steps, output=Output(dir=str(out), **output))


def command(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    call = [sys.executable, "-m", "instrkit", *map(os.fspath, map(str, arguments))]
    return subprocess.run(call, capture_output=True, timeout=60, check=False, **options)


class Meddling(SerialEngine):
    """Does something once, after the plan and before the first task reads its shard."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        self.meddle: Callable[[], object] | None = meddle

    def run(self, tasks: Any, folder: str) -> Any:
        for task in tasks:
            if self.meddle is not None:
                self.meddle()
                self.meddle = None
            yield from super().run([task], folder)


# What is not ours is not replaced


def test_an_output_folder_with_other_peoples_files_is_refused(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("precious")
    with pytest.raises(InstrkitError, match="out"):
        go(recipe_for(source, tmp_path / "out"))
    assert (tmp_path / "out" / "notes.txt").read_text() == "precious"


def test_an_output_folder_that_holds_the_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    source = write_corpus(tmp_path / "data" / "c.jsonl", 40)
    before = source.read_bytes()
    with pytest.raises(InstrkitError, match="data"):
        go(recipe_for(source, tmp_path / "data"))
    assert source.read_bytes() == before


def test_an_output_folder_is_never_made_in_place_of_a_file(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    with pytest.raises(InstrkitError, match=r"c\.jsonl"):
        go(recipe_for(source, source))
    assert source.is_file()


def test_a_linked_output_folder_stays_a_link(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    (tmp_path / "big-disk").mkdir()
    (tmp_path / "out").symlink_to("big-disk")
    go(recipe_for(source, tmp_path / "out"))
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "big-disk" / "train.jsonl").is_file()


@pytest.mark.parametrize("kind", ["folder", "glob"])
def test_a_rerun_does_not_read_its_own_output(tmp_path: Path, kind: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_corpus(data / "c.jsonl", 40)
    path = data if kind == "folder" else data / "**/*.jsonl"
    for _ in range(2):
        report = instrkit.clean(str(path), data / "out", workers=1)
        assert report.read == 40


def test_a_conversion_into_its_source_folder_does_not_read_itself(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "c.jsonl").write_text('{"instruction": "Name a river.", "input": "", "output": "The Rhine."}\n' * 3)
    for _ in range(2):
        assert instrkit.convert(data, data / "all.jsonl", "alpaca", workers=1).read == 3


# Crashes in the middle of publication


def test_an_output_moved_aside_by_a_killed_run_comes_back(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    recipe = recipe_for(source, tmp_path / "out")
    go(recipe)
    before = digests(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.instrkit" / "replaced")  # killed between the two renames
    with pytest.raises(KeyboardInterrupt):
        go(replace(recipe, output=replace(recipe.output, format="chatglm")), Counting(stop_after=1))
    assert digests(tmp_path / "out") == before


def test_a_failing_publication_after_a_crash_keeps_the_old_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    recipe = recipe_for(source, tmp_path / "out")
    go(recipe)
    before = digests(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.instrkit" / "replaced")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_module, "_write_folder", full)
    with pytest.raises(OSError, match="No space"):
        go(replace(recipe, output=replace(recipe.output, format="chatglm")))
    assert digests(tmp_path / "out") == before


def test_something_strange_in_the_working_folder_does_not_fail_a_finished_run(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    (tmp_path / ".out.instrkit" / "copy").mkdir(parents=True)
    assert go(recipe_for(source, tmp_path / "out")).read == 40


# Input that changes while it is read, or cannot be read for a moment


def test_a_file_changed_during_the_run_is_no_result_of_the_old_bytes(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    whole = source.read_bytes()
    recipe = recipe_for(source, tmp_path / "out")
    try:
        go(recipe, Meddling(lambda: source.write_bytes(whole.replace(b"river", b"rover"))))
    except InstrkitError as error:
        assert "changed" in str(error)  # noqa: PT017 - an error is one of two right answers
    source.write_bytes(whole)
    go(recipe)
    assert b"rover" not in (tmp_path / "out" / "train.jsonl").read_bytes()
    assert b"river" in (tmp_path / "out" / "train.jsonl").read_bytes()


def test_a_file_that_was_away_for_a_moment_is_read_by_the_next_run(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    whole = source.read_bytes()
    recipe = recipe_for(source, tmp_path / "out")
    with suppress(InstrkitError):
        go(recipe, Meddling(source.unlink))
    source.write_bytes(whole)
    assert go(recipe).read == 40


def test_a_pipe_is_read_whole(tmp_path: Path) -> None:
    source = tmp_path / "c.jsonl"
    source.write_text('{"instruction": "Name a river.", "input": "", "output": "The Rhine."}\n' * 3)
    read, write = os.pipe()
    os.write(write, source.read_bytes())
    os.close(write)
    done = command(
        "convert", f"/dev/fd/{read}", "-o", tmp_path / "o.jsonl", "--to", "openai", "--workers", 1, pass_fds=(read,)
    )
    os.close(read)
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "o.jsonl")) == 3


# Names


def test_a_split_cannot_take_the_name_of_another_output() -> None:
    for name in ("dropped", "rejected"):
        with pytest.raises(RecipeError, match=name):
            parse_recipe(f"version: 1\noutput: {{split: {{{name}: 0.1}}}}\n")


def test_files_that_differ_after_their_first_dot_have_ids_of_their_own(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("train.en.jsonl", "train.zh.jsonl", "train.json"):
        write_corpus(data / name, 40)
    go(recipe_for(data, tmp_path / "out"))
    ids = [row["id"] for row in pq.read_table(tmp_path / "out" / "ledger.parquet").to_pylist() if row["id"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", [b"new\nline.jsonl", b"\xff\xfe.jsonl"], ids=["line-break", "not-utf-8"])
def test_any_file_name_will_do(tmp_path: Path, name: bytes) -> None:
    source = tmp_path / os.fsdecode(name)
    write_corpus(source, 40)
    assert go(recipe_for(source, tmp_path / "out")).read == 40


def test_a_seed_may_be_any_integer(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    assert go(job(source, tmp_path / "out", seed=1 << 70)).read == 40


def test_keys_tell_infinity_from_nothing() -> None:
    assert len({digest(value) for value in (None, float("inf"), float("-inf"), float("nan"))}) == 4


# Outputs


@pytest.mark.parametrize("name", ["o.jsonl.gz", "o.json.gz"])
def test_a_conversion_compresses_by_the_ending(tmp_path: Path, name: str) -> None:
    source = tmp_path / "c.jsonl"
    source.write_text('{"instruction": "Name a river.", "input": "", "output": "The Rhine."}\n')
    instrkit.convert(source, tmp_path / name, "openai", workers=1)
    assert gzip.decompress((tmp_path / name).read_bytes())


def test_two_runs_may_write_to_standard_output_at_once(tmp_path: Path) -> None:
    source = tmp_path / "c.jsonl"
    source.write_text('{"instruction": "Name a river.", "input": "", "output": "The Rhine."}\n')
    with WorkFolder(tmp_path / ".instrkit-output.instrkit").locked():
        done = command("convert", source, "-o", "-", "--to", "alpaca", "--workers", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 1


def test_a_closed_pipe_ends_quietly_and_leaves_nothing(tmp_path: Path) -> None:
    line = json.dumps({"instruction": "Name a river.", "input": "", "output": "The Rhine." * 100}) + "\n"
    (tmp_path / "c.jsonl").write_text(line * 2000)
    call = [sys.executable, "-m", "instrkit", "convert", "c.jsonl", "-o", "-", "--to", "alpaca", "--workers", "1"]
    with subprocess.Popen(call, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        said = run.stderr.read()
    assert run.returncode == 0
    assert b"Traceback" not in said
    assert b"Broken" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["c.jsonl"]


# Workers


@dataclass
class Quick:
    """A task that does nothing."""

    key: str
    name: str = "quick"
    size: int = 1

    def run(self, work: WorkFolder) -> Receipt:
        return {"key": self.key}


@dataclass
class Fatal:
    """A task that kills its worker the first time."""

    key: str
    name: str = "fatal"
    size: int = 1

    def run(self, work: WorkFolder) -> Receipt:
        mark = work.path / "died"
        if not mark.exists():
            mark.touch()
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
        return {"key": self.key}


def test_no_task_is_lost_when_the_pool_breaks_between_two_submissions(tmp_path: Path) -> None:
    engine = LocalEngine(2)
    done = []
    try:
        for task, _ in engine.run([Quick("a"), Fatal("b"), *map(Quick, "cdef")], str(tmp_path)):
            done.append(task.key)
            if len(done) <= 3:
                time.sleep(0.5)  # the reader of receipts is busy while the worker dies
    finally:
        engine.close()
    assert sorted(done) == list("abcdef")


def processes_of(session: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, its = (place / "stat").read_text().rsplit(")", 1)[1].split()[:4]
        except OSError:
            continue
        if int(its) == session and state != "Z":
            found.append(int(place.name))
    return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A conversion by two workers, busy."""
    line = json.dumps({"instruction": "Name a river.", "input": "", "output": "The Rhine." * 20}) + "\n"
    (tmp_path / "c.jsonl").write_text(line * 80_000)
    call = [sys.executable, "-m", "instrkit", "convert", "c.jsonl", "-o", "o.jsonl", "--to", "openai", "--workers", "2"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(call, cwd=tmp_path, start_new_session=True, **quiet) as run:  # type: ignore[call-overload]  # options by name
        for _ in range(500):
            if list(tmp_path.glob(".o.jsonl.instrkit/*.tmp*")):
                break
            time.sleep(0.01)
        yield run
        for process in processes_of(run.pid):
            os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sign: sign.name)
def test_no_process_outlives_the_run(started: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    os.kill(started.pid, sign)
    started.wait(timeout=20)
    for _ in range(50):
        if not (left := processes_of(started.pid)):
            break
        time.sleep(0.1)
    assert not left


# Ops of other people


class Short(Filter):
    """Measures one sample too few."""

    name = "short"

    def measure(self, batch: Batch) -> Values:
        return np.zeros(max(0, len(batch) - 1))


class Fewer(Map):
    """Loses a sample."""

    name = "fewer"

    def change(self, batch: Batch) -> list[Sample]:
        return list(batch.samples)[:-1]


class Unopened(Map):
    """Cannot be opened."""

    name = "unopened"

    def open(self) -> None:
        raise ValueError("no model")


@pytest.mark.parametrize("op", [Short(max=1), Fewer(), Unopened()], ids=lambda op: op.name)
def test_an_op_that_breaks_its_promise_is_named(tmp_path: Path, op: Op) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    with pytest.raises(InstrkitError, match=rf"1\.{op.name}"):
        go(job(source, tmp_path / "out", op))


# Accounts


def test_rejects_between_samples_keep_their_places(tmp_path: Path) -> None:
    # Holds, but every reject shifts all later rows of every column: 10,000 of 20,000 lines take 0.6 s, 40,000 of 80,000
    # 5.2 s, and a shard may have a million.
    source = tmp_path / "c.jsonl"
    source.write_text('{"instruction": "a", "input": "", "output": "b"}\n{}\n' * 2000)
    report = go(job(source, tmp_path / "out").over([str(source)], format="alpaca"), shard_bytes=4 << 20)
    assert (report.kept, report.rejected_records) == (2000, 2000)
    ledger = pq.read_table(tmp_path / "out" / "ledger.parquet", columns=["index", "fate"]).to_pylist()
    assert [row["index"] for row in ledger] == list(range(1, 4001))
    assert {row["fate"] for row in ledger[::2]} == {"kept"}


def test_the_ledger_names_a_kept_sample_across_stages(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 400)
    go(recipe_for(source, tmp_path / "out", "version: 1\nsteps: [exact_dedup, fix_text, near_dedup]\n"))
    ledger = {row["id"]: row for row in pq.read_table(tmp_path / "out" / "ledger.parquet").to_pylist()}
    twins = [row for row in ledger.values() if row["duplicate_of"]]
    assert twins
    assert [row["id"] for row in twins if ledger[row["duplicate_of"]]["fate"] != "kept"] == []


# What held


@pytest.mark.parametrize("batch_size", [1, 3])
def test_stages_give_the_same_bytes_for_any_batch(tmp_path: Path, batch_size: int) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 120)
    for name, options in (("a", {}), ("b", {"batch_size": batch_size})):
        go(recipe_for(source, tmp_path / name, TWO_STAGES), **options)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_a_whole_batch_may_go_in_one_stage(tmp_path: Path) -> None:
    line = json.dumps({"instruction": "Say it again.", "input": "", "output": "The same thing again, as you asked."})
    (tmp_path / "c.jsonl").write_text(f"{line}\n" * 1500)
    text = "version: 1\nsteps: [exact_dedup, fix_text, near_dedup, scrub, exact_dedup, length, language]\n"
    report = go(recipe_for(tmp_path / "c.jsonl", tmp_path / "out", text), shard_bytes=1 << 20)
    assert (report.kept, report.dropped) == (1, 1499)


def test_bad_files_among_good_ones_are_findings(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    whole = write_corpus(data / "good.jsonl", 100).read_bytes()
    (data / "dangling.jsonl").symlink_to("nowhere")
    (data / "empty.jsonl").touch()
    (data / "torn.jsonl.gz").write_bytes(gzip.compress(whole)[:3000])
    report = go(recipe_for(data, tmp_path / "out"))
    assert [Path(finding["path"]).name for finding in report.findings] == [
        "dangling.jsonl", "empty.jsonl", "torn.jsonl.gz",
    ]  # fmt: skip
    assert report.read >= 100


def test_the_same_op_twice_has_two_columns(tmp_path: Path) -> None:
    source = write_corpus(tmp_path / "c.jsonl", 40)
    go(recipe_for(source, tmp_path / "out", "version: 1\nsteps: [{length: {max: 260}}, {length: {max: 250}}]\n"))
    assert pq.read_schema(tmp_path / "out" / "stats.parquet").names[-2:] == ["1.length", "2.length"]
