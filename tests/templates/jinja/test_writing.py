"""A template goes into a tokenizer's files, and nothing else in them changes."""

import json

import pytest

from instrkit.errors import UsageError
from instrkit.templates import open_template, render
from instrkit.templates.jinja import export_chat_template, write_chat_template
from tests.templates.samples import chat

CHATML = open_template("chatml")
TEXT = export_chat_template(CHATML)


def test_a_file_of_its_own(tmp_path):
    path = tmp_path / "chat_template.jinja"
    write_chat_template(CHATML, path)
    assert path.read_text(encoding="utf-8") == TEXT
    assert render(chat("u:q", "a:b"), str(tmp_path)).text == render(chat("u:q", "a:b"), CHATML).text
    assert [file.name for file in tmp_path.iterdir()] == ["chat_template.jinja"]


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
def test_into_a_configuration(tmp_path, indent):
    path = tmp_path / "tokenizer_config.json"
    config = {"b": "é", "chat_template": "old", "model_max_length": 10**30, "a": {"x": [1.5, None, True]}}
    path.write_text(json.dumps(config, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    write_chat_template(CHATML, path)
    held = path.read_text(encoding="utf-8")
    assert held == before.replace('"old"', json.dumps(TEXT, ensure_ascii=False))
    assert list(json.loads(held)) == list(config)


def test_a_configuration_without_one_gets_one_at_its_end(tmp_path):
    path = tmp_path / "tokenizer_config.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    write_chat_template(CHATML, path)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1, "chat_template": TEXT}


def test_of_several_the_default_is_set(tmp_path):
    path = tmp_path / "tokenizer_config.json"
    rag = {"name": "rag", "template": "R"}
    path.write_text(json.dumps({"chat_template": [rag, {"name": "default", "template": "D"}]}), encoding="utf-8")
    write_chat_template(CHATML, path)
    held = json.loads(path.read_text(encoding="utf-8"))["chat_template"]
    assert held == [rag, {"name": "default", "template": TEXT}]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("tokenizer_config.json", None, "no such file", id="missing"),
        pytest.param("tokenizer_config.json", "[]", "expected a JSON object", id="list"),
        pytest.param("tokenizer_config.json", "{", "not JSON", id="broken"),
        pytest.param("template.txt", None, "expected a .jinja file", id="ending"),
        pytest.param("nowhere/x.jinja", None, "cannot be written", id="folder"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, name, content, said):
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        write_chat_template(CHATML, path)
    assert content is None or path.read_text(encoding="utf-8") == content


def test_a_configuration_nobody_would_read_is_refused(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "chat_template.jinja").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"would read .*chat_template.jinja instead"):
        write_chat_template(CHATML, tmp_path / "tokenizer_config.json")
