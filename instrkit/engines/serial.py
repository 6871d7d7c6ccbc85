"""All tasks in this process, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from instrkit.pipeline.tasks import Task, run_task
from instrkit.pipeline.work import Receipt

__all__ = ["SerialEngine"]


class SerialEngine:
    """Runs tasks in this process: for small inputs, notebooks and debuggers."""

    workers = 1

    def run(self, tasks: Iterable[Task], folder: str) -> Iterator[tuple[Task, Receipt]]:
        """Run *tasks* in order and yield each with its receipt."""
        for task in tasks:
            yield task, run_task(task, folder)
