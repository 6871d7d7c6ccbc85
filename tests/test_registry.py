"""A name leads to one thing, a wrong name to the nearest one, and outside packages add things by entry points."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from instrkit.errors import UsageError
from instrkit.registry import Registry


@pytest.fixture
def shelf() -> Registry[str]:
    return Registry("ops", "instrkit.recipes")  # a package without modules, so that only what a test adds is there


def test_things_come_back_by_name_and_in_order(shelf: Registry[str]) -> None:
    shelf.add("b", "two")
    shelf.add("a", "one")
    assert shelf.get("b") == "two"
    assert shelf.names() == ["a", "b"]
    assert list(shelf) == [("a", "one"), ("b", "two")]


def test_the_same_thing_may_be_added_twice_another_one_not(shelf: Registry[str]) -> None:
    one = "one"
    assert shelf.add("a", one) is shelf.add("a", one)
    with pytest.raises(UsageError, match="ops: two things are named 'a': give one of them another name"):
        shelf.add("a", "other")


@pytest.mark.parametrize(
    ("name", "hint"), [("lenght", "did you mean 'length'? known: length"), ("zzz", "'zzz': known: length"), ("", "''")]
)
def test_an_unknown_name_is_answered_with_the_known_ones(shelf: Registry[str], name: str, hint: str) -> None:
    shelf.add("length", "x")
    with pytest.raises(UsageError) as caught:
        shelf.get(name)
    assert str(caught.value).startswith("unknown op ")
    assert hint in str(caught.value)


OP = '''
"""An op of another package."""
from instrkit.ops import Filter, op


@op("polite")
class Polite(Filter):
    """Judge whether the question says please."""

    min: float | None = 1
    why = "impolite"

    def measure_one(self, sample):
        return float("please" in sample.messages[0].text)
'''


def test_an_installed_package_adds_an_op_that_runs_in_every_worker(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "polite-1.0.dist-info").mkdir(parents=True)
    (site / "polite-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: polite\nVersion: 1.0\n")
    (site / "polite-1.0.dist-info" / "entry_points.txt").write_text("[instrkit.ops]\npolite = polite\n")
    (site / "polite.py").write_text(OP)
    questions = ("Add 1 and 2, please.", "Add 1 and 2!", "Subtract, please.")
    lines = [json.dumps({"instruction": text, "input": "", "output": "3"}) for text in questions]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (tmp_path / "r.yaml").write_text("version: 1\nsources: [a.jsonl]\nsteps: [polite]\noutput: {dir: out}\n")
    command = [sys.executable, "-m", "instrkit", "run", "r.yaml", "--workers", "2", "--json"]
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"]["1.polite"]["a"]["dropped"] == {"impolite": 1}
