"""All tasks in this process, one after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from instrkit.pipeline.tasks import Task, run_task
from instrkit.pipeline.work import Receipt

__all__ = ["COLLECT_AFTER", "SerialEngine", "rare_collections"]

COLLECT_AFTER = 100_000
"""Objects between two garbage collections while a task runs: samples hold no cycles, and looking for some in vain at
the usual 700 took an eighth of a conversion's time."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Collect garbage rarely inside the block."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class SerialEngine:
    """Runs tasks in this process: for small inputs, notebooks and debuggers."""

    workers = 1

    def run(self, tasks: Iterable[Task], folder: str) -> Iterator[tuple[Task, Receipt]]:
        """Run *tasks* in order and yield each with its receipt."""
        for task in tasks:
            with rare_collections():
                receipt = run_task(task, folder)
            yield task, receipt

    def close(self) -> None:
        """Do nothing: there is nothing to end."""
