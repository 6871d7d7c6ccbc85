"""The command line does what it says, ends with the right exit code, and answers mistakes with one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

from instrkit.cli import cli

from .pipeline.corpus import write_corpus

ALPACA = '{"instruction": "Name a prime.", "input": "", "output": "7"}\n'


def instrkit(*args: Any, cwd: Path | None = None, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "instrkit", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, input=stdin, timeout=60, check=False)


@pytest.fixture
def alpaca(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_text(ALPACA)
    return path


def commands() -> list[str]:
    return sorted(cli.commands)


def test_the_promised_commands_are_there() -> None:
    promised = "convert clean render run inspect validate why list schema templates"
    assert set(commands()) == set(promised.split())


@pytest.mark.parametrize("name", commands())
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    command = cli.commands[name]
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, instrkit.cli; instrkit.cli.cli(['--help'], standalone_mode=False); "
        "print([m for m in ('numpy', 'pydantic', 'pyarrow', 'datasets', 'rich', 'yaml') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"


def test_convert_to_standard_output_keeps_it_clean(alpaca: Path) -> None:
    done = instrkit("convert", alpaca, "-o", "-", "--to", "openai", "--workers", 1)
    assert done.returncode == 0
    assert [m["role"] for m in json.loads(done.stdout)["messages"]] == ["user", "assistant"]


def test_convert_from_standard_input(tmp_path: Path) -> None:
    done = instrkit("convert", "-", "-o", tmp_path / "o.json", "--to", "chatglm", stdin=ALPACA * 3)
    assert done.returncode == 0, done.stderr
    assert [row["response"] for row in json.loads((tmp_path / "o.json").read_text())] == ["7", "7", "7"]


@pytest.mark.parametrize("ending", ["jsonl", "json", "jsonl.gz", "jsonl.zst", "jsonl.bz2", "json.xz"])
def test_what_is_converted_converts_back(tmp_path: Path, alpaca: Path, ending: str) -> None:
    there, back = tmp_path / f"there.{ending}", tmp_path / "back.jsonl"
    assert instrkit("convert", alpaca, "-o", there, "--to", "openai").returncode == 0
    assert instrkit("convert", there, "-o", back, "--to", "alpaca").returncode == 0
    assert json.loads(back.read_text()) == json.loads(ALPACA)
    assert not list(tmp_path.glob(".*"))


def test_strict_refuses_a_loss_and_leaves_no_output(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"instruction": "Add.", "input": "1 2", "output": "3"}\n')
    done = instrkit("convert", source, "-o", tmp_path / "o.jsonl", "--to", "openai", "--strict")
    assert done.returncode == 1
    assert "a:1: openai cannot hold border between parts" in done.stderr
    assert not (tmp_path / "o.jsonl").exists()


def test_strict_tells_findings_by_the_exit_code(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(ALPACA + "{broken\n")
    assert instrkit("clean", source, "-o", tmp_path / "o").returncode == 0
    assert instrkit("clean", source, "-o", tmp_path / "o", "--strict").returncode == 1


def test_rejects_of_a_conversion_are_kept_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(ALPACA + "{broken\n" + ALPACA)
    done = instrkit("convert", source, "-o", tmp_path / "o.jsonl", "--to", "openai")
    assert done.returncode == 0
    (reject,) = map(json.loads, (tmp_path / "o.jsonl.rejected.jsonl").read_text().splitlines())
    assert (reject["index"], reject["raw"]) == (2, "{broken")
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 2


def test_render_writes_text_with_spans(tmp_path: Path, alpaca: Path) -> None:
    done = instrkit("render", alpaca, "-o", tmp_path / "r.jsonl", "--template", "alpaca", "--loss", "assistant")
    assert done.returncode == 0, done.stderr
    row = json.loads((tmp_path / "r.jsonl").read_text())
    assert row["id"] == "a:1"
    assert [row["text"][start:end] for start, end in row["loss_spans"]] == ["7</s>"]
    assert set(row) == {"id", "text", "loss_spans", "label_overrides", "dropped", "altered", "lookalikes"}


def test_a_control_token_in_text_is_told(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text('{"instruction": "Say </s>.", "input": "", "output": "x"}\n')
    done = instrkit("render", source, "-o", tmp_path / "r.jsonl", "--template", "alpaca", "--json")
    assert json.loads(done.stdout)["losses"] == {"control token in text, kept as text": 1}
    row = json.loads((tmp_path / "r.jsonl").read_text())
    assert [row["text"][start:end] for start, end in row["lookalikes"]] == ["</s>"]


def test_what_a_template_drops_is_counted(tmp_path: Path) -> None:
    source = tmp_path / "o.jsonl"
    turns = [("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello")]
    source.write_text(json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}))
    done = instrkit("render", source, "-o", tmp_path / "r.jsonl", "--template", "alpaca", "--json")
    assert json.loads(done.stdout)["losses"] == {"system message dropped": 1}
    assert json.loads((tmp_path / "r.jsonl").read_text())["dropped"] == [
        {"kind": "system message", "path": "messages[0]"}
    ]


def test_a_sample_no_template_can_write_costs_itself_only(tmp_path: Path) -> None:
    source = tmp_path / "o.jsonl"
    odd = {"messages": [{"role": "assistant", "content": "I begin."}, {"role": "assistant", "content": "And again."}]}
    good = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    source.write_text(f"{json.dumps(good)}\n{json.dumps(odd)}\n{json.dumps(good)}\n")
    done = instrkit("render", source, "-o", tmp_path / "r.jsonl", "--template", "chatglm2", "--json")
    assert json.loads(done.stdout)["totals"] == {"read": 3, "kept": 2, "dropped": 0, "rejected": 1}
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 2
    assert json.loads((tmp_path / "r.jsonl.rejected.jsonl").read_text())["index"] == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(["convert", "nope.jsonl", "-o", "o", "--to", "openai"], "nope.jsonl: no such file", id="missing"),
        pytest.param(["convert", "a.jsonl", "-o", "o", "--to", "opnai"], "did you mean 'openai'?", id="format"),
        pytest.param(["convert", "x.jsonl", "-o", "o", "--to", "openai"], "format unknown", id="unknown-data"),
        pytest.param(["render", "a.jsonl", "-o", "o", "--template", "alpca"], "did you mean 'alpaca'?", id="template"),
        pytest.param(
            ["render", "a.jsonl", "-o", "o", "--template", "moss", "--loss", "lst"], "mean 'last'?", id="loss"
        ),
        pytest.param(["clean", "a.jsonl", "-o", "o", "--recipe", "stf"], "did you mean 'sft'?", id="recipe"),
        pytest.param(["clean", "a.jsonl", "-o", "o", "--workers", "0"], "--workers", id="workers"),
        pytest.param(["run", "nope.yaml"], "no such recipe", id="no-recipe"),
        pytest.param(["why", "1", "--in", "."], "no ledger there", id="no-ledger"),
        pytest.param(["list", "things"], "things", id="kind"),
        pytest.param(["schema", "sampel"], "did you mean 'sample'?", id="schema"),
        pytest.param(["frobnicate"], "frobnicate", id="command"),
        pytest.param(["convert", "a.jsonl", "-o", "o", "--to", "openai", "--frmat", "x"], "--format", id="option"),
    ],
)
def test_a_mistake_is_answered_in_words_and_exits_2(
    tmp_path: Path, alpaca: Path, args: list[str], message: str
) -> None:
    (tmp_path / "x.jsonl").write_text('{"foo": 1}\n')
    done = instrkit(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recipe_with_five_mistakes_shows_them_all(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "version: 1\nsteps:\n  - lenght\n  - length: {maxx: 1}\n  - empty: {min: x}\noutput: {format: opnai, sed: 1}\n"
    )
    done = instrkit("run", tmp_path / "r.yaml")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 5
    assert all(line.startswith("instrkit: ") and "r.yaml:" in line for line in done.stderr.strip().splitlines())


def test_why_tells_the_story_of_kept_dropped_and_rejected(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", 60)
    assert instrkit("clean", "c.jsonl", "-o", "out", cwd=tmp_path).returncode == 0
    kept = instrkit("why", "c:1", "--in", "out", cwd=tmp_path).stdout
    assert "kept, in train.jsonl" in kept or "kept, in validation.jsonl" in kept
    assert "dropped by 2.empty: empty response" in instrkit("why", "c.jsonl:8", "--in", "out", cwd=tmp_path).stdout
    assert "rejected while reading" in instrkit("why", "c.jsonl:10", "--in", "out", cwd=tmp_path).stdout
    (story,) = json.loads(instrkit("why", "c:8", "--in", "out", "--json", cwd=tmp_path).stdout)
    assert (story["fate"], story["bound"]) == ("dropped", "min=1")
    assert instrkit("why", "c:999", "--in", "out", cwd=tmp_path).returncode == 2


def test_input_that_is_lost_as_a_whole_is_an_input_error(tmp_path: Path, alpaca: Path) -> None:
    done = instrkit("convert", alpaca, "-o", tmp_path / "o.jsonl", "--to", "openai", "--format", "moss")
    assert done.returncode == 2
    assert "nothing could be read" in done.stderr
    (tmp_path / "empty.jsonl").write_text("")
    assert instrkit("convert", tmp_path / "empty.jsonl", "-o", tmp_path / "e.jsonl", "--to", "openai").returncode == 0


def test_inspect_shows_what_is_in_a_file(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", 40)
    (found,) = json.loads(instrkit("inspect", tmp_path / "c.jsonl", "--json").stdout)
    assert (found["format"], found["records"], found["samples"], found["problems"]) == ("alpaca", 40, 36, 6)
    assert found["languages"]["en"] > 20
    table = instrkit("inspect", tmp_path / "c.jsonl")
    assert "alpaca" in table.stdout
    assert "c.jsonl:10" in table.stdout
    assert instrkit("inspect", tmp_path / "c.jsonl", "--strict").returncode == 1


@pytest.mark.parametrize(
    ("kind", "name"),
    [("formats", "alpaca"), ("ops", "near_dedup"), ("templates", "moss"), ("rules", "email"), ("recipes", "sft")],
)
def test_list_names_what_there_is(kind: str, name: str) -> None:
    assert any(line.startswith(f"{name} ") for line in instrkit("list", kind).stdout.splitlines())
    assert name in [entry["name"] for entry in json.loads(instrkit("list", kind, "--json").stdout)]


def test_missing_folders_of_the_output_are_made(tmp_path: Path, alpaca: Path) -> None:
    assert instrkit("convert", alpaca, "-o", tmp_path / "new" / "dir" / "o.jsonl", "--to", "openai").returncode == 0
    assert [path.name for path in (tmp_path / "new" / "dir").iterdir()] == ["o.jsonl"]


def test_ctrl_c_exits_130_and_a_rerun_goes_on(tmp_path: Path) -> None:
    write_corpus(tmp_path / "c.jsonl", 40_000)
    (tmp_path / "r.yaml").write_text(
        "version: 1\nsources: [c.jsonl]\nsteps: [fix_text, empty, repetition, exact_dedup, scrub]\n"
    )
    command = [sys.executable, "-m", "instrkit", "run", "r.yaml", "--workers", "2"]
    running = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    work = tmp_path / ".out.instrkit"
    deadline = time.monotonic() + 30
    while not list(work.glob("*.receipt")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()
    assert instrkit("run", "r.yaml", "--workers", 2, cwd=tmp_path).returncode == 0
    assert not list(work.glob("*.tmp*"))
