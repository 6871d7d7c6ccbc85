"""A whole run, from the job to the published output: a folder with all its accounts, or one file."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from instrkit import io
from instrkit.errors import RunError
from instrkit.ledger import FATES, add_up, reconcile
from instrkit.pipeline import publish
from instrkit.pipeline.frames import join_framed, join_framed_array, joints
from instrkit.pipeline.job import Job
from instrkit.pipeline.ran import Ran, folder_run
from instrkit.pipeline.tasks import Engine
from instrkit.pipeline.watching import Progress
from instrkit.pipeline.work import Receipt, WorkFolder, digest
from instrkit.report import Report
from instrkit.version import VERSION

__all__ = ["Progress", "run_to_file", "run_to_folder"]


def run_to_folder(job: Job, engine: Engine, target: Path, recipe_yaml: str, progress: Progress | None = None) -> Report:
    """
    Run *job* and replace the folder *target* with its output.

    An identical rerun finds everything done and touches nothing. The working folder `.NAME.instrkit` beside the
    target keeps finished shards for reruns; it may be deleted at any time.

    Raises:
        UsageError: The target holds something that no run of ours wrote, or a source.
        RunError: A shard failed for good, the disk is full, or the ledger does not add up.
    """
    target = target.resolve()  # a link stays a link: what it leads to is replaced
    with folder_run(job, engine, target, progress) as (work, ran):
        report = ran.report
        key = digest("run", [receipt["key"] for receipt in ran.finals], recipe_yaml)
        if publish.manifest_key(target) == key:
            report.unchanged = True
            return ran.timed()
        with publish.published_folder(target, work) as folder:
            _write_folder(folder, job, work, ran.finals, report, recipe_yaml)
            publish.write_json(folder / "report.json", ran.timed().to_dict())
            files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
            manifest = {"instrkit": VERSION, "key": key, "files": files}
            publish.write_json(folder / "manifest.json", manifest)
        work.sweep(ran.run.used)
    return report


def _write_folder(
    folder: Path, job: Job, work: WorkFolder, finals: list[Receipt], report: Report, recipe_yaml: str
) -> None:
    for name in ("train", *(name for name, _ in job.split)):
        with (folder / f"{name}.jsonl").open("wb") as out:
            _join(job, finals, name, report)(work, finals, f"out.{name}", out)
    for name in ("dropped", "rejected"):
        with (folder / f"{name}.jsonl").open("wb") as out:
            publish.join_files(work, finals, name, out)
    rows = dict.fromkeys(FATES, 0)

    def count(table: Any) -> None:
        for fate in table["fate"].value_counts().to_pylist():
            rows[fate["values"]] += fate["counts"]

    publish.join_tables(work, finals, "ledger", folder / "ledger.parquet", count)
    publish.join_tables(work, finals, "stats", folder / "stats.parquet")
    lines = {name: _count_lines(folder / f"{name}.jsonl") for name in ("dropped", "rejected")}
    lines["kept"] = sum(report.outputs_samples.values())
    for name, records in report.outputs_records.items():
        if (found := _count_lines(folder / f"{name}.jsonl")) != records:
            raise RunError(f"{name}.jsonl: {found} lines for {records} records: this is a defect in instrkit")
    reconcile(report.counts, rows, lines)
    (folder / "recipe.yaml").write_text(recipe_yaml, encoding="utf-8", errors="backslashreplace")


def _join(job: Job, finals: list[Receipt], name: str, report: Report) -> publish.Joiner:
    """How one output's parts become one file; records that become one on the way are counted as one."""
    if job.writer.format is None or job.writer.format.holds is None:
        return publish.join_files
    report.outputs_records[name] = report.outputs_records.get(name, 0) - joints(finals, f"out.{name}")
    return join_framed


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def run_to_file(
    job: Job, engine: Engine, target: str, progress: Progress | None = None, *, array: bool = False
) -> Report:
    """
    Run *job* and write its one output to the file *target*; rejected records go to `TARGET.rejected.jsonl`.

    Args:
        job: A job without ledger and split.
        engine: What runs it.
        target: The file, a table where its ending says so, compressed by its ending; `-` is standard output.
        progress: Who hears how it goes on.
        array: Whether the file is a JSON array; the job's writer must separate by commas, unless the format's records
            hold several samples: one such record alone is the whole file.

    Raises:
        RunError: A shard failed for good, or the counts do not add up.
        LossError: A table cannot hold everything, under strict.
        UsageError: *target* is a Parquet or Arrow file that would be compressed once more.
    """
    io.names_table(target)
    rejected = _beside(target)
    with _temporary_work(target) as work:
        ran = Ran.of(job, engine, work, progress)
        finals, report = ran.finals, ran.report
        add_up(report.counts)
        join = _join(job, finals, "train", report)
        if array and join is publish.join_files:
            join = publish.join_array
        elif array and report.outputs_records.get("train") != 1:
            join = join_framed_array
        with publish.published_file(target) as out:
            if (kind := _columns_kind(job, target)) is not None:
                publish.join_streams(work, finals, "out.train", out, kind)
            elif (table := io.names_table(target)) is not None:
                joined = partial(join, work, finals, "out.train")
                losses = publish.join_as_table(work, joined, out, table, strict=job.writer.strict)
                report.losses = dict(sorted((Counter(report.losses) + losses).items()))
            else:
                join(work, finals, "out.train", out)
        if rejected is not None and any("rejected" in receipt["files"] for receipt in finals):
            with io.write_atomically(rejected) as out:
                publish.join_files(work, finals, "rejected", out)
            report.rejected_path = str(rejected)
        elif rejected is not None:
            rejected.unlink(missing_ok=True)
    return ran.timed()


def _columns_kind(job: Job, target: str) -> publish.ColumnKind | None:
    """What kind of file holds the columns that *job* writes; None where it writes JSON."""
    if job.writer.rendering is None or not job.writer.rendering.arrow:
        return None
    return "parquet" if io.names_table(target) == "parquet" else "arrow"


def _beside(target: str) -> Path | None:
    """Where rejected records go: beside a regular file, nowhere for a pipe or device, which has no place of its own."""
    place = Path(target)
    if target == "-" or (place.exists() and not place.is_file()):
        return None
    return place.with_name(f"{place.name}.rejected.jsonl")


@contextmanager
def _temporary_work(target: str) -> Iterator[WorkFolder]:
    """Yield a working folder that goes with the run: on the output's disk, or where temporary files go for a pipe."""
    if _beside(target) is None:
        with tempfile.TemporaryDirectory(prefix="instrkit-") as folder:
            yield WorkFolder(folder)
        return
    place = Path(target)
    work = WorkFolder(place.parent / f".{place.name}.instrkit")
    with work.locked():
        yield work
        work.remove()
