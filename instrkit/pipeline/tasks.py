"""
What an engine runs.

A task is plain data that any process with the same files can run: it reads and writes the working folder and answers
with a receipt. No sample ever crosses a process boundary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from instrkit.pipeline.watching import Progress
from instrkit.pipeline.work import Receipt, WorkFolder

__all__ = ["Bench", "Engine", "Task", "run_task"]


class Task(Protocol):
    """
    One unit of work and of retry.

    Attributes:
        key: What the result is stored under.
        name: What the task is, for messages (`alpaca_en.json bytes 0 to 4194304`).
        size: How much work it is, in bytes of input, for the progress display.
    """

    @property
    def key(self) -> str: ...  # noqa: D102 - see above

    @property
    def name(self) -> str: ...  # noqa: D102 - see above

    @property
    def size(self) -> int: ...  # noqa: D102 - see above

    def run(self, work: WorkFolder) -> Receipt:
        """Do the work, write the result, return its receipt."""
        ...


class Engine(Protocol):
    """Runs tasks: in this process, in many, or on a cluster; always the same function on the same data."""

    @property
    def workers(self) -> int:
        """How many tasks run at the same time."""
        ...

    def run(self, tasks: Iterable[Task], folder: str) -> Iterator[tuple[Task, Receipt]]:
        """
        Run *tasks* on the working folder and yield each with its receipt as it is done, in any order.

        Tasks are taken from the iterable only as workers become free, so a long plan needs no memory.

        Raises:
            InstrkitError: A task failed for good; the others in flight are stopped.
        """
        ...

    def close(self) -> None:
        """End what the engine started; it may be used again afterwards."""
        ...


@dataclass(frozen=True)
class Bench:
    """
    Where tasks are done.

    Attributes:
        engine: What runs them.
        work: The folder they work in.
        progress: Who hears of it.
    """

    engine: Engine
    work: WorkFolder
    progress: Progress

    def run(self, name: str, tasks: Iterable[Task]) -> float:
        """Run those of *tasks* that are not done yet, as a stage of that name; return the CPU seconds it took."""
        missing = [task for task in tasks if self.work.receipt(task.key) is None]
        if missing:
            self.progress.stage(name, sum(task.size for task in missing))
        seconds = 0.0
        for task, receipt in self.engine.run(missing, str(self.work.path)):
            self.progress.done(task.size, receipt["rows"])
            seconds += float(receipt["seconds"])
        return seconds


def run_task(task: Task, folder: str) -> Receipt:
    """Run one task: the function every engine calls in its workers."""
    return task.run(WorkFolder(folder))
