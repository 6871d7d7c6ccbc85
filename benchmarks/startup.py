"""
What `instrkit --help` and `import instrkit` cost over bare Python, in CPU milliseconds.

    python benchmarks/startup.py [--runs 15]

Limits: 150 ms and 60 ms.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median


def cpu_ms(command: list[str]) -> float:
    """Return the CPU milliseconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Run the commands in turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = {
        "bare Python": [sys.executable, "-c", "pass"],
        "import instrkit": [sys.executable, "-c", "import instrkit"],
        "instrkit --help": [str(Path(sys.executable).with_name("instrkit")), "--help"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(cpu_ms(command))
    bare = median(found["bare Python"])
    for name, times in found.items():
        print(f"{name:16} {median(times):6.1f} ms, {median(times) - bare:6.1f} over bare Python")


if __name__ == "__main__":
    main()
