"""Local workers: a killed one costs a retry, a deadly task ends the run, Ctrl-C leaves nothing behind."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from instrkit.engines import LocalEngine, SerialEngine, choose_engine
from instrkit.errors import RunError
from instrkit.pipeline.work import Receipt, WorkFolder


@dataclass
class Touch:
    """Writes its key; kills its worker the first *deaths* times."""

    key: str
    deaths: int = 0
    name: str = "touch"
    size: int = 1

    def run(self, work: WorkFolder) -> Receipt:
        for death in range(self.deaths):
            mark = work.file(self.key, f"death{death}")
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return work.finish(self.key, [], {})


@dataclass
class Fail(Touch):
    """Raises."""

    def run(self, work: WorkFolder) -> Receipt:
        raise RunError("no")


def keys(engine: LocalEngine | SerialEngine, tasks: list[Touch], folder: Path) -> list[str]:
    return sorted(receipt["key"] for _, receipt in engine.run(tasks, str(folder)))


@pytest.mark.parametrize("workers", [2, 5])
def test_all_tasks_run_once(tmp_path: Path, workers: int) -> None:
    tasks = [Touch(f"{k:02}") for k in range(12)]
    assert keys(LocalEngine(workers), tasks, tmp_path) == [task.key for task in tasks]


def test_the_task_of_a_killed_worker_is_run_again(tmp_path: Path) -> None:
    tasks = [Touch(f"{k:02}", deaths=int(k == 3)) for k in range(8)]
    assert keys(LocalEngine(2), tasks, tmp_path) == [task.key for task in tasks]


def test_a_task_that_kills_every_worker_ends_the_run(tmp_path: Path) -> None:
    tasks = [Touch("good"), Touch("deadly", deaths=99, name="big.jsonl bytes 0 to 9")]
    with pytest.raises(RunError, match=r"big\.jsonl bytes 0 to 9: its worker process was killed 3 times"):
        keys(LocalEngine(2), tasks, tmp_path)


def test_an_error_in_a_worker_reaches_the_caller(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"^no$"):
        keys(LocalEngine(2), [Touch("a"), Fail("b"), Touch("c")], tmp_path)


def test_few_tasks_are_in_flight_at_a_time(tmp_path: Path) -> None:
    taken = 0

    def endless() -> object:
        nonlocal taken
        while True:
            taken += 1
            yield Touch(f"{taken:05}")

    running = LocalEngine(2).run(endless(), str(tmp_path))
    for _ in range(5):
        next(running)
    running.close()
    assert taken <= 5 + 3


@pytest.mark.parametrize(("workers", "kind"), [(1, SerialEngine), (2, LocalEngine)])
def test_one_worker_is_this_process(workers: int, kind: type) -> None:
    assert isinstance(choose_engine(workers), kind)
