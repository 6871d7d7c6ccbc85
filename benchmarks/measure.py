"""Time whole commands: CPU seconds of the process tree, wall seconds, and the peak memory of all its processes."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["Figures", "measure", "median_of"]

PR_SET_CHILD_SUBREAPER = 36
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Figures:
    """
    What one run of a command took.

    Attributes:
        cpu_s: User and system seconds of the command and all its finished children.
        wall_s: Seconds from start to end.
        peak_mb: Largest sum of the proportional set sizes of all its processes, in MB, sampled ten times a second;
            the resident set size where the kernel does not tell the proportional one.
        busy: CPU seconds per wall second.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float

    @property
    def busy(self) -> float:
        """CPU seconds per wall second."""
        return self.cpu_s / self.wall_s

    def __str__(self) -> str:
        return f"{self.cpu_s:.2f} CPU s, {self.wall_s:.2f} s wall, {self.peak_mb:.0f} MB"


def measure(command: Sequence[str], *, memory: bool = True) -> Figures:
    """
    Run *command* and measure it; its output goes nowhere.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    adopt_orphans()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    peak = 0.0
    while process.poll() is None:
        if memory:
            peak = max(peak, _session_mb(process.pid))
        time.sleep(0.1 if memory else 0.005)
    wall = time.perf_counter() - start
    _reap_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figures(cpu, wall, peak)


def adopt_orphans() -> None:
    """Become the parent of grandchildren that outlive their parent, so that their CPU time is counted (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _session_mb(session: int) -> float:
    """The memory of all processes of a session."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == session:
                    total += _pss(folder)
            except (OSError, ValueError):  # gone in the meantime
                continue
    return total / 1e6


def _pss(folder: Path) -> int:
    try:
        for line in (folder / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return int((folder / "statm").read_text().split()[1]) * PAGE


def median_of(command: Sequence[str], runs: int = 3, *, memory: bool = True) -> Figures:
    """Run *command* several times and return the median of each figure."""
    found = [measure(command, memory=memory) for _ in range(runs)]
    return Figures(
        median(one.cpu_s for one in found), median(one.wall_s for one in found), max(one.peak_mb for one in found)
    )
