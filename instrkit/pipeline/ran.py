"""What all outputs begin and end with: the job's run in its working folder, and the report with its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from instrkit.pipeline import publish
from instrkit.pipeline.job import Job
from instrkit.pipeline.run import Run
from instrkit.pipeline.tasks import Engine
from instrkit.pipeline.watching import Progress, Silent
from instrkit.pipeline.work import Receipt, WorkFolder
from instrkit.report import Report

__all__ = ["Ran", "folder_run"]


@dataclass(frozen=True, slots=True)
class Ran:
    """
    A job whose shards are all done, and whose output is not yet published.

    Attributes:
        run: The run.
        finals: The receipts of the last stage, in the order of the shards.
        report: The report, without its time.
        started: When it began, on the clock of `perf_counter`.
    """

    run: Run
    finals: list[Receipt]
    report: Report
    started: float

    @classmethod
    def of(cls, job: Job, engine: Engine, work: WorkFolder, progress: Progress | None) -> Ran:
        """
        Run *job* in the folder *work*, whose lock is held.

        Raises:
            RunError: A shard failed for good.
        """
        started = perf_counter()
        run = Run(job, engine, work, progress or Silent())
        finals = run.finals()
        report = Report.collect(job, finals, run.stage_receipts)
        report.workers = engine.workers
        return cls(run, finals, report, started)

    def timed(self) -> Report:
        """Return the report with the time that has gone by."""
        self.report.seconds_wall = perf_counter() - self.started
        return self.report


@contextmanager
def folder_run(job: Job, engine: Engine, target: Path, progress: Progress | None) -> Iterator[tuple[WorkFolder, Ran]]:
    """
    Run *job* for the folder *target* and yield its working folder, which stays locked, and what came of it.

    Raises:
        UsageError: The target holds something that no run of ours wrote, or a source.
        RunError: A shard failed for good.
    """
    publish.guard_folder(target, [spec.path for spec in job.files])
    work = WorkFolder(target.parent / f".{target.name}.instrkit")
    with work.locked():
        publish.recover(target, work)
        yield work, Ran.of(job, engine, work, progress)
