"""What runs the tasks of a pipeline: in this process, in local worker processes, later on a cluster."""

from __future__ import annotations

import os

from instrkit.engines.local import LocalEngine
from instrkit.engines.serial import SerialEngine
from instrkit.pipeline.tasks import Engine

__all__ = ["LocalEngine", "SerialEngine", "choose_engine"]


def choose_engine(workers: int | None, *, tables: bool = True) -> Engine:
    """
    Return the engine for *workers* processes; None takes one per usable core.

    One worker means this process: no pool to start, the same result. *tables* is for jobs that write a ledger.
    """
    count = len(os.sched_getaffinity(0)) if workers is None else workers
    return SerialEngine() if count <= 1 else LocalEngine(count, tables=tables)
