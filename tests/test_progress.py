"""Progress is a bar on a terminal and plain lines elsewhere: readable in a log, and no more of them than useful."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import instrkit
from instrkit.progress import LOG_EVERY_S, LogProgress, progress
from tests.pipeline.corpus import write_corpus


def at(name: str = "write", *, total: int, size: int, samples: int) -> LogProgress:
    log = LogProgress()
    log.stage(name, total)
    log.size, log.samples = size, samples
    return log


@pytest.mark.parametrize(
    ("total", "size", "samples", "seconds", "line"),
    [
        pytest.param(100, 0, 0, 0.0, "write: 0%, 0 samples, 0/s", id="nothing-yet"),
        pytest.param(100, 25, 5000, 2.0, "write: 25%, 5,000 samples, 2,500/s, 6 s left", id="a-quarter"),
        pytest.param(100, 100, 20_000, 8.0, "write: 100%, 20,000 samples, 2,500/s", id="done"),
        pytest.param(100, 140, 20_000, 8.0, "write: 100%, 20,000 samples, 2,500/s", id="compressed-input-grew"),
        pytest.param(0, 50, 10, 5.0, "write: 10 samples, 2/s", id="unknown-total"),
    ],
)
def test_a_line_says_share_samples_rate_and_time_left(
    total: int, size: int, samples: int, seconds: float, line: str
) -> None:
    assert at(total=total, size=size, samples=samples).line(seconds) == line


def test_a_finished_stage_says_one_line_however_much_comes_after(capsys: pytest.CaptureFixture[str]) -> None:
    log = LogProgress()
    log.stage("read and measure", 10)
    for _ in range(5):
        log.done(4, 100)
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("read and measure: 100%, 300 samples, ")


def test_each_stage_starts_anew(capsys: pytest.CaptureFixture[str]) -> None:
    log = LogProgress()
    for name in ("read", "write"):
        log.stage(name, 5)
        log.done(5, 7)
    assert [line.split(",")[0] for line in capsys.readouterr().err.splitlines()] == ["read: 100%", "write: 100%"]
    assert log.samples == 7


def test_a_long_stage_says_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    log = LogProgress()
    log.stage("write", 100)
    log.done(1, 10)
    assert capsys.readouterr().err == ""
    log.said -= LOG_EVERY_S  # as if the last line were ten seconds old
    log.done(1, 10)
    log.done(1, 10)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("write: 2%, 20 samples, ")


def test_without_a_terminal_there_are_lines_only(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as watch:
        assert isinstance(watch, LogProgress)
        watch.stage("write", 1)
        watch.done(1, 1)
    assert "\x1b" not in capsys.readouterr().err


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    record = {"instruction": "Name a prime.", "input": "", "output": "7"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record) + "\n")
    convert = [
        "convert",
        str(tmp_path / "a.jsonl"),
        "-o",
        str(tmp_path / "o.jsonl"),
        "--to",
        "openai",
        "--workers",
        "1",
    ]
    return [sys.executable, "-m", "instrkit", *convert]


def test_a_log_gets_no_escape_codes(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert b"\x1b" not in done.stderr + done.stdout
    assert done.stderr.startswith(b"write: 100%, 1 samples, ")


def test_a_terminal_gets_a_bar_that_leaves_nothing_behind(command: list[str]) -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=theirs, env=os.environ | {"TERM": "xterm"}, timeout=60, check=True
        )
    finally:
        os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 65536):
            drawn += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    assert b"\x1b[2K" in drawn  # the bar's line is wiped
    assert b"samples, " not in drawn.rsplit(b"\x1b[2K", 1)[1]
    assert b"\x1b" not in done.stdout


def test_a_run_tells_of_every_stage_also_of_comparing(tmp_path: Path) -> None:
    class Listening:
        def __init__(self) -> None:
            self.stages: list[str] = []
            self.open = 0

        def stage(self, name: str, total: int) -> None:
            self.stages.append(name)
            self.open = total

        def done(self, size: int, samples: int) -> None:
            assert samples >= 0
            self.open -= size

    heard = Listening()
    write_corpus(tmp_path / "c.jsonl", 200)
    instrkit.clean(tmp_path / "c.jsonl", tmp_path / "out", workers=1, progress=heard)
    assert heard.stages == ["read and measure", "near_dedup: gather", "near_dedup: compare", "write"]
    assert heard.open == 0
