"""`instrkit templates` lists, shows, advises and compares; it exits 1 where two templates differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from instrkit.cli import cli
from instrkit.errors import UsageError


def templates(*args: Any, color: bool = False) -> Result:
    return CliRunner().invoke(cli, ["templates", *map(str, args)], standalone_mode=False, color=color)


def printed(*args: Any) -> str:
    done = templates(*args)
    assert done.exception is None, done.exception
    return done.stdout


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    rows = [[("user", "Hi"), ("assistant", "Yo")], [("system", "S"), ("user", "Ho"), ("assistant", "Yes")]]
    records = [{"messages": [{"role": role, "content": text} for role, text in row]} for row in rows]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_list() -> None:
    assert printed("list", "--family", "koala") == (
        f"{'koala':<14}  {json.loads(printed('list', '--family', 'koala', '--json'))[0]['summary']}\n"
        "koala@fastchat  koala_v1 as FastChat writes it\n"
    )
    assert printed("list", "no such words") == ""


def test_show_marks_control_tokens_and_loss() -> None:
    out = printed("show", "zephyr@llamafactory")
    assert "source          hiyouga/LLaMA-Factory@" in out
    assert "default system  'You are Zephyr, a helpful assistant.'" in out
    assert "⟦Hello!‹</s>›⟧" in out


def test_show_a_sample_of_a_file_and_what_is_lost(file: Path) -> None:
    out = printed("show", "koala", "--sample", file, "--at", 2)
    assert "Ho" in out
    assert "drops system message (messages[0])" in out


def test_no_text_of_a_sample_or_a_file_reaches_the_terminal_unnamed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    talk = [{"role": "user", "content": "\x1b[2J"}, {"role": "assistant", "content": "\u202ea"}]
    path.write_text(json.dumps({"messages": talk}))
    (tmp_path / "t.jinja").write_text("{{ raise_exception('\x1b]0;x\x07') }}")
    for args in (("show", "chatml"), ("diff", "chatml", "zephyr"), ("diff", "chatml", tmp_path / "t.jinja")):
        done = templates(*args, *(["--sample"] if args[0] == "show" else []), path)
        assert done.exception is None, done.exception
        assert not {"\x1b", "\u202e", "\x07"} & set(done.stdout)
        assert "␛" in done.stdout


@pytest.mark.parametrize("path", ["tok", "tok/tokenizer_config.json", "t.jinja"])
def test_show_what_there_is_of_a_tokenizers_own_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    printed("export", "zephyr", "-o", tmp_path / "t.jinja")
    (tmp_path / "tok").mkdir()
    config = {"eos_token": "</s>", "chat_template": (tmp_path / "t.jinja").read_text(encoding="utf-8")}
    (tmp_path / "tok" / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    out = printed("show", path)
    assert f"source          {path}\n" in out
    assert "</s>" in next(line for line in out.splitlines() if line.startswith("control tokens"))
    assert "⟦Hello!‹</s>›⟧" in out
    assert json.loads(printed("show", path, "--json"))["source"] == path


def test_show_as_json() -> None:
    shown = json.loads(printed("show", "koala@fastchat", "--json"))
    assert shown["text"].startswith("BEGINNING OF CONVERSATION: USER: Hi")
    assert [shown["text"][start:end] for start, end in shown["loss_spans"]] == ["Hello!</s>", "4</s>"]


def test_show_says_whose_template_it_is() -> None:
    done = templates("show", "xverse")
    assert isinstance(done.exception, UsageError)
    assert "did you mean 'xverse@llamafactory-v0.9.1'?" in str(done.exception)


def test_for_a_model() -> None:
    assert printed("for", "meta-llama/Llama-2-13b-chat-hf").split()[0] == "llama2"
    assert json.loads(printed("for", "Qwen/Qwen2.5-7B-Instruct", "--json"))["family"] == "qwen"


def test_for_a_base_model_says_so_beside_the_output() -> None:
    done = templates("for", "Qwen/Qwen2.5-7B")
    assert done.stdout.split()[0] == "qwen2.5"
    assert "note: looks like a base model" in done.stderr


def test_diff_shows_the_characters_and_exits_1() -> None:
    done = templates("diff", "koala", "koala@fastchat")
    assert done.return_value == 1
    assert "GPT:{+␠+}Hello!" in done.stdout
    assert "koala drops system message (messages[0])" in done.stdout


def test_diff_of_what_is_equal_exits_0() -> None:
    done = templates("diff", "chatml", "yi")
    assert done.return_value == 0
    assert done.stdout.splitlines()[0] == "── two turns: no difference"


def test_diff_on_a_sample_of_a_file(file: Path) -> None:
    done = templates("diff", "koala", "koala@fastchat", file, "--at", 2)
    assert done.stdout.startswith(f"── {file}, sample 2\n")
    assert "Yes" in done.stdout


def test_diff_colours_on_a_terminal_only() -> None:
    assert "\x1b[" not in templates("diff", "koala", "koala@fastchat").stdout
    assert "\x1b[32m\x1b[1m{+␠+}" in templates("diff", "koala", "koala@fastchat", color=True).stdout


def test_diff_as_json_has_exact_places() -> None:
    done = templates("diff", "koala", "koala@fastchat", "--json")
    first = json.loads(done.stdout)[0]
    assert done.return_value == 1
    assert not first["same"]
    op = next(op for op in first["diff"]["ops"] if op["tag"] == "insert")
    assert first["diff"]["b"][slice(*op["b"])] == " "


def test_a_sample_that_is_not_there_is_an_error(file: Path) -> None:
    done = templates("show", "koala", "--sample", file, "--at", 3)
    assert isinstance(done.exception, UsageError)
    assert "no sample 3" in str(done.exception)


@pytest.mark.parametrize("name", ["list", "show", "for", "diff"])
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    group: Any = cli.commands["templates"]
    command = group.commands[name]
    assert command.help
    assert all(option.help for option in command.params if option.param_type_name == "option")


def test_export_prints_or_writes(tmp_path: Path) -> None:
    text = printed("export", "zephyr")
    assert "{%- generation -%}" in text
    printed("export", "zephyr", "-o", tmp_path / "chat.jinja")
    assert (tmp_path / "chat.jinja").read_text(encoding="utf-8") == text
    config = tmp_path / "tokenizer_config.json"
    config.write_text('{"eos_token": "</s>"}', encoding="utf-8")
    printed("export", "zephyr", "-o", config)
    assert json.loads(config.read_text(encoding="utf-8")) == {"eos_token": "</s>", "chat_template": text}


def test_an_exported_template_renders_the_same(tmp_path: Path, file: Path) -> None:
    printed("export", "zephyr", "-o", tmp_path / "chat.jinja")
    done = templates("diff", "zephyr", tmp_path / "chat.jinja", file, "--at", 2)
    assert done.exception is None, done.exception
    assert done.return_value == 0


def test_what_cannot_be_exported_is_said() -> None:
    done = templates("export", "moss")
    assert "cannot be exported" in str(done.exception)
