"""
Tasks in worker processes of this machine.

`ProcessPoolExecutor` over forkserver, with at most workers + 1 tasks in flight: `multiprocessing.Pool` hangs when a
worker is killed, and the executor's own `map` queues the whole plan. Workers get descriptions of shards and write
their own results, so what crosses a process boundary is some hundred bytes a task.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait as wait_for_connection
from multiprocessing.forkserver import _forkserver
from pickle import PicklingError
from types import ModuleType

from instrkit.engines.serial import COLLECT_AFTER
from instrkit.errors import RunError, UsageError
from instrkit.pipeline.tasks import Task, run_task
from instrkit.pipeline.work import Receipt

__all__ = ["LocalEngine"]

TRIES = 3
"""How often a task whose worker died is run: a shard that kills three workers in a row will kill the fourth."""

PRELOAD = ("instrkit.pipeline.final", "instrkit.pipeline.evidence")
"""What the fork server imports once for all workers."""


class LocalEngine:
    """
    Runs tasks in *workers* processes.

    With *tables*, workers have what writes ledgers at hand from the start; it takes 0.2 CPU seconds.

    When a worker is killed (out of memory, `kill -9`), each task that was in flight is run again in a pool of its own,
    up to three times in all; finished tasks have their results on disk and are not touched.
    """

    def __init__(self, workers: int, *, tables: bool = True) -> None:
        self._workers = workers
        self._preload = [*PRELOAD, *(["pyarrow"] if tables else [])]

    @property
    def workers(self) -> int:
        """How many processes share the work."""
        return self._workers

    def run(self, tasks: Iterable[Task], folder: str) -> Iterator[tuple[Task, Receipt]]:
        """
        Run *tasks* and yield each with its receipt as it is done.

        Raises:
            RunError: A task killed its worker three times.
        """
        waiting = iter(tasks)
        while (first := next(waiting, None)) is not None:
            lost = yield from self._with_pool(first, waiting, folder)
            for task in lost:
                yield from self._alone(task, folder)

    def close(self) -> None:
        """End the fork server, so that no process outlives the run; it starts again when it is needed."""
        # There is no public way. It would wait for workers that a failing start left behind, so it is not asked to.
        if pid := getattr(_forkserver, "_forkserver_pid", None):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _forkserver._stop()  # type: ignore[attr-defined]  # as said above

    def _alone(self, task: Task, folder: str) -> Iterator[tuple[Task, Receipt]]:
        """Run again, with nothing beside it, a task that was in flight when a worker died: it may be the cause."""
        for _ in range(TRIES - 1):
            lost = yield from self._with_pool(task, iter(()), folder)
            if not lost:
                return
        raise RunError(
            f"{task.name}: its worker process was killed {TRIES} times: expected enough memory for one shard a worker; "
            "run with fewer workers, and see the system log for what killed it"
        )

    def _with_pool(
        self, first: Task, waiting: Iterator[Task], folder: str
    ) -> Generator[tuple[Task, Receipt], None, list[Task]]:
        """Run tasks in one pool until all are done or the pool breaks; return (to the caller) what was lost."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(self._preload)
        pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_start_worker)
        flying: dict[Future[Receipt], Task] = {}
        held: Task | None = first
        try:
            more = True
            while flying or more:
                while more and len(flying) <= self._workers:
                    held = held or next(waiting, None)
                    more = held is not None
                    if held is not None:
                        _submit(pool, held, folder, flying)
                        held = None
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in done:
                    receipt = future.result()
                    yield flying.pop(future), receipt
        except BrokenProcessPool:
            return [*flying.values(), *([held] if held else [])]
        except (PicklingError, AttributeError) as error:
            if isinstance(error, AttributeError) and "pickle" not in str(error):
                raise
            raise UsageError(
                f"{error}: cannot be sent to workers: expected ops and formats of your own to stand in a module; "
                "move them into one, or use workers=1"
            ) from None
        finally:
            _stop(pool)
        return []


def _submit(pool: ProcessPoolExecutor, task: Task, folder: str, flying: dict[Future[Receipt], Task]) -> None:
    with _without_main(), _without_interrupts():
        flying[pool.submit(run_task, task, folder)] = task


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while processes start, in them for good: they would print a traceback each."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # The mask is for the processes, which inherit it. This thread still hears of a Ctrl-C that another one takes, and
    # must not be thrown out between the start of a worker and the pool's note of it: nobody would end that worker.
    held: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
    if held:
        raise KeyboardInterrupt


@contextmanager
def _without_main() -> Iterator[None]:
    """
    Start workers without importing the caller's script into them.

    The fork server would import `__main__` in every worker, so a script that calls instrkit without
    `if __name__ == "__main__":` would start itself again. Nothing a task needs lives there.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, end when it does, and collect garbage rarely."""
    import gc

    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _end_with_parent() -> None:
    """Wait until the process that started the run is gone, however it went, and go too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_connection([parent.sentinel])
        os._exit(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool at once: idle workers exit, busy ones (after an error or Ctrl-C) are killed."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(OSError):
            process.terminate()
    for process in processes:
        process.join(timeout=5)
