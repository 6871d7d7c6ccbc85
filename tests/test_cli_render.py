"""`render`, and `inspect` with a tokenizer: each output by its name, and mistakes answered with the way out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datasets import load_from_disk

from instrkit.cli import cli
from instrkit.errors import UsageError
from tests.tokens.small import byte_level

ROWS = [("Name a prime.", "7"), ("你好", "你好，世界。"), ("Spell it.", "a b c d e f g " * 9)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a source and a tokenizer in it, which is the current one."""
    rows = [json.dumps({"instruction": prompt, "input": "", "output": answer}) for prompt, answer in ROWS]
    (tmp_path / "a.jsonl").write_text("\n".join(rows) + "\n")
    (tmp_path / "tok").mkdir()
    byte_level(tmp_path / "tok")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*args: Any) -> str:
    done = CliRunner().invoke(cli, [*map(str, args)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def render(*args: Any) -> dict[str, Any]:
    """Return the report of a rendering."""
    report: dict[str, Any] = json.loads(call("render", "a.jsonl", *args, "--workers", 1, "--json"))
    return report


@pytest.mark.parametrize("out", ["o.jsonl", "o.parquet", "o.arrow", "o"])
def test_a_tokenizer_makes_tokens_of_any_output(desk: Path, out: str) -> None:
    report = render("--template", "chatml", "--tokenizer", "tok", "-o", out)
    assert report["totals"] == {"read": 3, "kept": 3, "dropped": 0, "rejected": 0}
    assert (report["measures"]["rows"], (desk / out).exists()) == (3, True)
    assert (desk / out).is_dir() == (out == "o")


def test_length_truncation_and_packing(desk: Path) -> None:
    options = ("--template", "chatml", "--tokenizer", "tok", "--max-length", 64)
    assert render(*options, "-o", "a")["steps"]["write"]["a"]["dropped"] == {"too long": 1}
    assert render(*options, "--truncate", "none", "-o", "b")["totals"]["kept"] == 3
    report = render(*options, "--pack", "-o", "c")
    assert report["measures"]["room in rows"] == 64 * len(load_from_disk("c"))


def test_missing_control_tokens_can_be_written_as_text(desk: Path) -> None:
    with pytest.raises(Exception, match="missing='text'"):
        render("--template", "vicuna", "--tokenizer", "tok", "-o", "o.jsonl")
    assert not Path("o.jsonl").exists()
    report = render("--template", "vicuna", "--tokenizer", "tok", "--missing", "text", "-o", "o.jsonl")
    assert report["totals"]["kept"] == 3


def test_pairs_and_messages(desk: Path) -> None:
    render("--template", "chatml", "--as", "pairs", "-o", "p.jsonl")
    assert [json.loads(line)["completion"] for line in Path("p.jsonl").read_text().splitlines()] == [
        f"{answer}<|im_end|>" for _, answer in ROWS
    ]
    call("render", "a.jsonl", "--template", "chatml", "--as", "messages", "-o", "m.jsonl")
    assert json.loads(Path("m.jsonl").read_text().splitlines()[0]) == {
        "messages": [{"role": "user", "content": "Name a prime."}, {"role": "assistant", "content": "7"}]
    }
    assert "{%- generation -%}" in Path("m.jsonl.chat_template.jinja").read_text()


def test_text_goes_to_standard_output_too(desk: Path) -> None:
    source = [sys.executable, "-m", "instrkit", "render", "a.jsonl", "--template", "chatml", "-o", "-"]
    done = subprocess.run(source, capture_output=True, text=True, check=True)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a:1", "a:2", "a:3"]


def test_show_prints_and_a_page_is_written_without_an_output(desk: Path) -> None:
    assert "Name a prime." in call("render", "a.jsonl", "--template", "chatml", "--show", 1)
    call("render", "a.jsonl", "--template", "chatml", "--html", "look.html")
    assert "Name a prime." in Path("look.html").read_text()
    assert sorted(path.name for path in desk.iterdir()) == ["a.jsonl", "look.html", "tok"]


def test_variables_reach_the_template(desk: Path) -> None:
    render("--template", "qwen2.5", "--var", "default_system=Be terse.", "-o", "o.jsonl")
    assert "system\nBe terse.<|im_end|>" in json.loads(Path("o.jsonl").read_text().splitlines()[0])["text"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param([], "nowhere to write: expected -o FILE, or --show N", id="nowhere"),
        pytest.param(["-o", "o", "--pack"], "--max-length and --pack count tokens: expected --tokenizer", id="pack"),
        pytest.param(["-o", "o", "--max-length", "9"], "expected --tokenizer PATH too", id="length"),
        pytest.param(["-o", "o", "--as", "tokens"], "render as tokens: expected a tokenizer", id="tokens"),
        pytest.param(
            ["-o", "o", "--as", "text", "--tokenizer", "tok"], "takes none: leave it out", id="text-with-tokenizer"
        ),
        pytest.param(["-o", "o", "--tokenizer", "tok", "--pack"], "pack: expected a max_length", id="pack-length"),
        pytest.param(["-o", "o", "--tokenizer", "tk"], "tokenizer: tk: no such file or directory", id="tokenizer"),
        pytest.param(["-o", "o", "--tokenizer", "tok", "--truncate", "lft"], "did you mean 'left'", id="truncate"),
        pytest.param(["-o", "o", "--var", "defaultsystem=x"], "did you mean 'default_system'", id="variable"),
        pytest.param(["-o", "o", "--var", "default_system"], "expected NAME=VALUE", id="no-value"),
        pytest.param(["-o", "-", "--as", "messages"], "expected a file, as the template is written beside", id="dash"),
        pytest.param(["-o", "a.jsonl"], "is a source: it would be replaced", id="source"),
    ],
)
def test_a_mistake_is_found_before_anything_is_written(desk: Path, args: list[str], message: str) -> None:
    before = sorted(path.name for path in desk.iterdir())
    with pytest.raises(UsageError, match=message):
        call("render", "a.jsonl", "--template", "qwen2.5" if "--var" in args else "chatml", *args)
    assert sorted(path.name for path in desk.iterdir()) == before


def test_inspect_counts_tokens(desk: Path) -> None:
    (plain,) = json.loads(call("inspect", "a.jsonl", "--tokenizer", "tok", "--json"))
    (trained,) = json.loads(call("inspect", "a.jsonl", "--tokenizer", "tok", "--template", "chatml", "--json"))
    assert plain["tokens"]["samples"] == trained["tokens"]["samples"] == 3
    assert 0 < plain["tokens"]["max"] < trained["tokens"]["max"]
    assert list(plain["tokens"]["over"]) == ["1024", "2048", "4096", "8192"]
    assert "  tokens     " in call("inspect", "a.jsonl", "--tokenizer", "tok")
    with pytest.raises(UsageError, match="without a tokenizer"):
        call("inspect", "a.jsonl", "--template", "chatml")
