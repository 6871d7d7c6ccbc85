"""How a run goes on: a bar with rates and time left on a terminal, a plain line now and then in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["LogProgress", "progress"]

LOG_EVERY_S = 10.0
"""A line every ten seconds: six a minute can be read, and a short run prints one per stage."""


class LogProgress:
    """Prints plain lines to standard error."""

    def __init__(self) -> None:
        self.name = ""
        self.total = self.size = self.samples = 0
        self.started = self.said = time.monotonic()
        self.through = False

    def stage(self, name: str, total: int) -> None:
        """Note that a stage has begun."""
        self.name, self.total, self.size, self.samples = name, total, 0, 0
        self.started = self.said = time.monotonic()
        self.through = False

    def done(self, size: int, samples: int) -> None:
        """Add finished work; print when it is time or when the stage is through."""
        self.size += size
        self.samples += samples
        now = time.monotonic()
        finished = self.size >= self.total > 0 and not self.through
        if now - self.said >= LOG_EVERY_S or finished:
            self.said, self.through = now, self.through or finished
            sys.stderr.write(self.line(now - self.started) + "\n")
            sys.stderr.flush()

    def line(self, seconds: float) -> str:
        """Return the state in one line."""
        rate = self.samples / seconds if seconds > 0 else 0.0
        said = f"{self.samples:,} samples, {rate:,.0f}/s"
        if not self.total:
            return f"{self.name}: {said}"
        share = min(1.0, self.size / self.total)
        left = f", {seconds / share - seconds:.0f} s left" if 0 < share < 1 else ""
        return f"{self.name}: {share:.0%}, {said}{left}"


class _BarProgress:
    def __init__(self, bars: Any) -> None:
        self.bars = bars
        self.task: Any = None
        self.samples = 0

    def stage(self, name: str, total: int) -> None:
        if self.task is not None:
            self.bars.update(self.task, visible=False)
        self.samples = 0
        self.task = self.bars.add_task(name, total=total or None, samples="")

    def done(self, size: int, samples: int) -> None:
        self.samples += samples
        task = self.bars.tasks[self.task]
        rate = self.samples / task.elapsed if task.elapsed else 0.0
        self.bars.update(self.task, advance=size, samples=f"{self.samples:,} samples, {rate:,.0f}/s")


@contextmanager
def progress() -> Iterator[Any]:
    """Yield what hears of progress: a bar where standard error is a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield LogProgress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[samples]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _BarProgress(bars)
