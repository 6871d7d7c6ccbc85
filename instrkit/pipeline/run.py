"""All stages of a job, from the plan to the results of its shards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from instrkit import io
from instrkit.errors import RunError
from instrkit.pipeline.barrier import Barrier, PartState
from instrkit.pipeline.final import FinalTask
from instrkit.pipeline.job import FileSpec, Job, Stage, cut_stages
from instrkit.pipeline.reading import PartFeed, SourceFeed
from instrkit.pipeline.stage import JudgeTask, column_key
from instrkit.pipeline.tasks import Bench, Engine, Task
from instrkit.pipeline.unpack import unpacked
from instrkit.pipeline.watching import Progress
from instrkit.pipeline.work import Receipt, WorkFolder, digest
from instrkit.version import VERSION

__all__ = ["Run"]


@dataclass
class Run:
    """One run on its way to the final receipts."""

    job: Job
    engine: Engine
    work: WorkFolder
    progress: Progress
    used: set[str] = field(default_factory=set)
    stage_receipts: list[Receipt] = field(default_factory=list)

    @cached_property
    def _state(self) -> list[Any]:
        return _rendering_state(self.job)

    def finals(self) -> list[Receipt]:
        """Run all stages; return the final receipts in input order."""
        *judged, last = cut_stages(self.job.steps)
        files = unpacked(self.job.files, self.work, self.used)
        shards = io.plan_shards(files, target_bytes=self.job.shard_bytes)
        if not judged:
            self.progress.stage("write", sum(_file_sizes(self.job)))
            return self._final(self._direct(shard, last) for shard in shards)
        states = self._first(shards, judged[0])
        barriers: list[Barrier] = []
        for number, stage in enumerate(judged):
            if number:
                states = self._next(states, stage)
            barrier = Barrier(states, stage.judges, Bench(self.engine, self.work, self.progress))
            verdicts = barrier.verdicts()
            barriers.append(barrier)
            self.stage_receipts += [receipt for key in barrier.decided if (receipt := self.work.receipt(key))]
            for state, verdict in zip(states, verdicts, strict=True):
                state.history = (*state.history, (state.part, verdict))
        told = _amend(barriers)
        self.used.update(key for barrier in barriers for key in barrier.used)
        for k, state in enumerate(states):
            state.told = tuple(zip((part for part, _ in state.history), (keys[k] for keys in told), strict=True))
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
        feed = PartFeed(part, verdict)
        return self._final_task((state.name, state.size), state.told, feed, state.files, last, state.told, judges)

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
            "final", VERSION, origin, [step.op for step in last.maps], job.writer,
            self._state, job.split, job.seed, job.ledger, maps, statistics,
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


def _amend(barriers: list[Barrier]) -> list[list[str]]:
    """Return the verdicts as the ledger tells them, by stage and shard: representatives that were kept to the end."""
    told: list[list[str]] = [barriers[-1].verdict_keys]
    for barrier, later in zip(reversed(barriers[:-1]), reversed(barriers[1:]), strict=True):
        told.insert(0, barrier.amended(later))
    return told


def _rendering_state(job: Job) -> list[Any]:
    """
    Part of the key, as a job names its template and tokenizer where it holds formats and ops with their versions.

    The version of a chat template, and the fingerprint of a tokenizer, are of the contents of their files.
    """
    rendering = job.writer.rendering
    if rendering is None:
        return []
    from instrkit.templates import open_template

    state: list[Any] = [open_template(rendering.template).version]
    if rendering.tokens is not None:
        from instrkit.tokens import opened_tokenizer

        state.append(opened_tokenizer(rendering.tokens.tokenizer).fingerprint)
    return state


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
    return max(1, sum(piece.size for piece in shard.slices))
