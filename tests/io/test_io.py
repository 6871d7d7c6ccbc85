"""Importing the reading layer is cheap, and its names are what it says."""

from __future__ import annotations

import subprocess
import sys

import instrkit.io


def test_importing_loads_nothing_heavy() -> None:
    code = (
        "import sys, instrkit.io\n"
        "instrkit.io.read_file, instrkit.io.open_writer, instrkit.io.plan_shards\n"
        "print([name for name in ('numpy', 'pydantic', 'pyarrow', 'datasets', 'zstandard', 'jsonlines') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_can_be_had() -> None:
    assert all(getattr(instrkit.io, name) is not None for name in instrkit.io.__all__)
