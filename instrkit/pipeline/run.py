"""A whole run: plan, stages, barriers, publication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from instrkit import io
from instrkit.errors import ReadError, RunError
from instrkit.ledger import reconcile
from instrkit.pipeline import publish
from instrkit.pipeline.barrier import Barrier, PartState
from instrkit.pipeline.final import FinalTask
from instrkit.pipeline.job import FileSpec, Job, Stage, cut_stages
from instrkit.pipeline.reading import PartFeed, SourceFeed
from instrkit.pipeline.stage import JudgeTask, column_key
from instrkit.pipeline.tasks import Engine, Task
from instrkit.pipeline.work import Receipt, WorkFolder, digest
from instrkit.report import Report
from instrkit.version import VERSION

__all__ = ["Progress", "run_to_file", "run_to_folder"]


class Progress(Protocol):
    """Hears how a run goes on."""

    def stage(self, name: str, total: int) -> None:
        """Note that a stage has begun; *total* is its size in bytes, 0 where it is not known."""
        ...

    def done(self, size: int, samples: int) -> None:
        """Note that *size* more bytes with *samples* more samples are done."""
        ...


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int) -> None:
        """Do nothing."""

    def done(self, size: int, samples: int) -> None:
        """Do nothing."""


@dataclass
class _Run:
    """One run on its way to the final receipts."""

    job: Job
    engine: Engine
    work: WorkFolder
    progress: Progress
    used: set[str] = field(default_factory=set)
    stage_receipts: list[Receipt] = field(default_factory=list)

    def finals(self) -> list[Receipt]:
        """Run all stages; return the final receipts in input order."""
        *judged, last = cut_stages(self.job.steps)
        shards = io.plan_shards(
            [io.SourceFile(path=spec.path, index=k) for k, spec in enumerate(self.job.files)],
            target_bytes=self.job.shard_bytes,
        )
        if not judged:
            self.progress.stage("write", sum(_file_sizes(self.job)))
            return self._final(self._direct(shard, last) for shard in shards)
        states = self._first(shards, judged[0])
        for number, stage in enumerate(judged):
            if number:
                states = self._next(states, stage)
            barrier = Barrier(states, stage.judges, self.work, self.engine)
            verdicts = barrier.verdicts()
            self.used |= barrier.used
            self.stage_receipts += [receipt for key in barrier.decided if (receipt := self.work.receipt(key))]
            for state, verdict in zip(states, verdicts, strict=True):
                state.history = (*state.history, (state.part, verdict))
        self.progress.stage("write", sum(state.size for state in states))
        judges = tuple(stage.judges for stage in judged)
        return self._final(self._last(state, last, judges) for state in states)

    def _files(self, shard: io.Shard) -> dict[int, FileSpec]:
        return {piece.file: self.job.files[piece.file] for piece in shard.slices}

    def _first(self, shards: Iterator[io.Shard], stage: Stage) -> list[PartState]:
        """Run the first stage while the input is still being planned."""
        states: list[PartState] = []

        def tasks() -> Iterator[JudgeTask]:
            for shard in shards:
                files = self._files(shard)
                key = digest("part", VERSION, _shard_key(shard, files), [step.op for step in stage.maps])
                name, size = _shard_name(shard), _shard_size(shard)
                states.append(PartState(name, size, key, 0, files))
                yield JudgeTask(name, size, SourceFeed(shard, files), stage, key, self.job.batch_size)

        self.progress.stage("read and measure", sum(_file_sizes(self.job)))
        self._judge(tasks(), stage, states)
        return states

    def _next(self, states: list[PartState], stage: Stage) -> list[PartState]:
        after: list[PartState] = []
        tasks: list[JudgeTask] = []
        for state in states:
            part, verdict = state.history[-1]
            key = digest("part", VERSION, part, verdict, [step.op for step in stage.maps])
            after.append(PartState(state.name, state.size, key, 0, state.files, state.history))
            tasks.append(JudgeTask(state.name, state.size, PartFeed(part, verdict), stage, key, self.job.batch_size))
        self.progress.stage("change and measure", sum(task.size for task in tasks))
        self._judge(iter(tasks), stage, after)
        return after

    def _judge(self, tasks: Iterator[JudgeTask], stage: Stage, states: list[PartState]) -> None:
        """Run a judged stage and note each part's rows."""

        def missing() -> Iterator[Task]:
            for task in tasks:
                self.used.add(task.part)
                self.used.update(column_key(task.part, step) for step in stage.judges)
                receipts = [self.work.receipt(column_key(task.part, step)) for step in stage.judges]
                done = self.work.receipt(task.part)
                if done is not None and all(receipts):
                    self.progress.done(task.size, done["rows"])
                else:
                    yield task

        for task, receipt in self.engine.run(missing(), str(self.work.path)):
            self.progress.done(task.size, receipt["rows"])
        for state in states:
            found = self.work.receipt(state.part)
            columns = [self.work.receipt(column_key(state.part, step)) for step in stage.judges]
            if found is None or not all(columns):
                raise RunError(f"{state.name}: its result vanished from {self.work.path}: run again")
            state.rows = found["rows"]
            self.stage_receipts += [found, *(column for column in columns if column)]

    def _direct(self, shard: io.Shard, last: Stage) -> FinalTask:
        files = self._files(shard)
        return self._final_task(
            (_shard_name(shard), _shard_size(shard)),
            ("source", _shard_key(shard, files)),
            SourceFeed(shard, files),
            files,
            last,
        )

    def _last(self, state: PartState, last: Stage, judges: Any) -> FinalTask:
        part, verdict = state.history[-1]
        labels = tuple(dict.fromkeys(state.history))
        return self._final_task(
            (state.name, state.size), labels, PartFeed(part, verdict), state.files, last, state.history, judges
        )

    def _final_task(
        self,
        what: tuple[str, int],
        origin: Any,
        feed: SourceFeed | PartFeed,
        files: dict[int, FileSpec],
        last: Stage,
        history: tuple[tuple[str, str], ...] = (),
        judges: Any = (),
    ) -> FinalTask:
        job = self.job
        maps = tuple((step.position, step.label) for stage in cut_stages(job.steps) for step in stage.maps)
        statistics = [
            column_key(part, step) for (part, _), steps in zip(history, judges, strict=True) for step in steps
        ]
        key = digest(
            "final", VERSION, origin, [step.op for step in last.maps], job.writer, job.split, job.seed, job.ledger,
            maps, statistics,
        )  # fmt: skip
        return FinalTask(
            *what, key, feed, files, last.maps, job.writer, job.split, job.seed, job.batch_size,
            history, judges, maps, job.ledger,
        )  # fmt: skip

    def _final(self, tasks: Iterator[FinalTask]) -> list[Receipt]:
        """Run the last stage, while the input is still being planned where there was none before."""
        keys: list[str] = []

        def missing() -> Iterator[Task]:
            for task in tasks:
                keys.append(task.key)
                done = self.work.receipt(task.key)
                if done is None:
                    yield task
                else:
                    self.progress.done(task.size, sum(done["samples"].values()))

        for task, receipt in self.engine.run(missing(), str(self.work.path)):
            self.progress.done(task.size, sum(receipt["samples"].values()))
        self.used.update(keys)
        found = [self.work.receipt(key) for key in keys]
        if not all(found):
            raise RunError(f"{self.work.path}: a result vanished while the run went on: run again")
        return [receipt for receipt in found if receipt]


def _file_sizes(job: Job) -> Iterator[int]:
    for spec in job.files:
        try:
            yield Path(spec.path).stat().st_size
        except OSError:
            yield 0


def _shard_key(shard: io.Shard, files: dict[int, FileSpec]) -> Any:
    pieces = [
        (files[piece.file], piece.layout, piece.compression, piece.start, piece.end, piece.first)
        for piece in shard.slices
    ]
    return [shard.digest, pieces]


def _shard_name(shard: io.Shard) -> str:
    first, last = shard.slices[0], shard.slices[-1]
    if first.path != last.path:
        return f"{first.path} to {last.path}"
    return f"{first.path} bytes {first.start} to {last.end}"


def _shard_size(shard: io.Shard) -> int:
    return max(1, sum(piece.end - piece.start for piece in shard.slices))


def run_to_folder(job: Job, engine: Engine, target: Path, recipe_yaml: str, progress: Progress | None = None) -> Report:
    """
    Run *job* and replace the folder *target* with its output.

    An identical rerun finds everything done and touches nothing. The working folder `.NAME.instrkit` beside the
    target keeps finished shards for reruns; it may be deleted at any time.

    Raises:
        RunError: A shard failed for good, the disk is full, or the ledger does not add up.
        ReadError: No input could be read.
    """
    started = perf_counter()
    work = WorkFolder(target.parent / f".{target.name}.instrkit")
    with work.locked():
        run = _Run(job, engine, work, progress or Silent())
        finals = run.finals()
        report = Report.collect(job, finals, run.stage_receipts)
        key = digest("run", [receipt["key"] for receipt in finals], recipe_yaml)
        report.seconds_wall = perf_counter() - started
        report.workers = engine.workers
        if _manifest_key(target) == key:
            report.unchanged = True
            return report
        with publish.published_folder(target, work) as folder:
            _write_folder(folder, job, work, finals, report, recipe_yaml)
            report.seconds_wall = perf_counter() - started
            publish.write_json(folder / "report.json", report.to_dict())
            files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
            manifest = {"instrkit": VERSION, "key": key, "files": files}
            publish.write_json(folder / "manifest.json", manifest)
        work.sweep(run.used)
    return report


def _write_folder(
    folder: Path, job: Job, work: WorkFolder, finals: list[Receipt], report: Report, recipe_yaml: str
) -> None:
    for name in ("train", *(name for name, _ in job.split)):
        with (folder / f"{name}.jsonl").open("wb") as out:
            publish.join_files(work, finals, f"out.{name}", out)
    for name in ("dropped", "rejected"):
        with (folder / f"{name}.jsonl").open("wb") as out:
            publish.join_files(work, finals, name, out)
    rows: dict[str, int] = {"kept": 0, "dropped": 0, "rejected": 0}

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
    (folder / "recipe.yaml").write_text(recipe_yaml, encoding="utf-8")


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _manifest_key(target: Path) -> str | None:
    """Return the key of the run that wrote *target*, None where its files are not all there as it left them."""
    try:
        manifest = io.decode((target / "manifest.json").read_bytes())[0]
        files: dict[str, int] = manifest["files"]
        whole = all((target / name).stat().st_size == size for name, size in files.items())
        return str(manifest["key"]) if whole else None
    except (OSError, KeyError, TypeError, ValueError, ReadError):
        return None


def run_to_file(
    job: Job, engine: Engine, target: str, progress: Progress | None = None, *, array: bool = False
) -> Report:
    """
    Run *job* and write its one output to the file *target*; rejected records go to `TARGET.rejected.jsonl`.

    Args:
        job: A job without ledger and split.
        engine: What runs it.
        target: The file, compressed by its ending; `-` is standard output.
        progress: Who hears how it goes on.
        array: Whether the file is a JSON array; the job's writer must separate by commas.

    Raises:
        RunError: A shard failed for good, or the counts do not add up.
    """
    started = perf_counter()
    place = Path("instrkit-output" if target == "-" else target)
    work = WorkFolder(place.parent / f".{place.name}.instrkit")
    with work.locked():
        run = _Run(job, engine, work, progress or Silent())
        finals = run.finals()
        report = Report.collect(job, finals, run.stage_receipts)
        for source, counts in report.counts.items():
            if counts.read != counts.kept + counts.dropped + counts.rejected:
                raise RunError(f"source {source!r}: read {counts.read}, kept {counts.kept}, rejected {counts.rejected}")
        join: publish.Joiner = publish.join_array if array else publish.join_files
        with publish.published_file(target) as out:
            join(work, finals, "out.train", out)
        rejected = place.with_name(f"{place.name}.rejected.jsonl")
        if any("rejected" in receipt["files"] for receipt in finals):
            with io.write_atomically(rejected) as out:
                publish.join_files(work, finals, "rejected", out)
            report.rejected_path = str(rejected)
        else:
            rejected.unlink(missing_ok=True)
    work.remove()
    report.seconds_wall = perf_counter() - started
    report.workers = engine.workers
    return report
