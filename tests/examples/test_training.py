"""Each output that trainers take loads with `datasets`, and its labels are the text that should be learnt."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from instrkit.cli import cli

TRAINING = Path(__file__).resolve().parents[2] / "examples" / "training"
QUIET = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "critical"}
SAID = {
    "text_and_spans.py": r"191 texts; a batch of 8; the last trains '.+<\|im_end\|>'",
    "messages.py": r"191 conversations; the last trains '.+<\|im_end\|>'",
    "token_parquet.py": r"191 rows; a batch of shape \(8, \d+\); the last trains '.+<\|im_end\|>'",
    "token_folder.py": r"191 samples in \d+ rows, 9\d% full",
    "pairs.py": r"191 pairs; the last trains '.+<\|im_end\|>'",
}
HELPERS = {"collator.py", "tiny_tokenizer.py"}


def test_every_script_is_run_here() -> None:
    assert {path.name for path in TRAINING.glob("*.py")} == {*SAID} | HELPERS


@pytest.mark.parametrize(("script", "said"), SAID.items(), ids=[*SAID])
def test_the_output_loads_and_its_labels_are_the_text(script: str, said: str, tmp_path: Path) -> None:
    if script == "messages.py":
        pytest.importorskip("transformers")
    done = subprocess.run(
        [sys.executable, str(TRAINING / script)],
        check=False, capture_output=True, text=True, cwd=tmp_path, timeout=120, env=os.environ | QUIET,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(said, done.stdout.strip())
    assert not [*tmp_path.iterdir()]


def commands() -> list[str]:
    return re.findall(r"`(instrkit render [^`]+)`", (TRAINING / "README.md").read_text(encoding="utf-8"))


def test_each_output_has_its_command() -> None:
    assert len(commands()) == len(SAID)


@pytest.mark.parametrize("command", commands())
def test_commands_of_the_page_are_understood(command: str) -> None:
    render = cli.commands["render"]
    context = render.make_context("render", shlex.split(command)[2:])
    assert isinstance(context, click.Context)
    assert context.params["out"].startswith("train")
