"""A tokenizer's chat template is found wherever tokenizers keep it, and its tokens with it."""

import json
from pathlib import Path

import pytest

from instrkit.errors import UsageError
from instrkit.templates.jinja.source import ChatSource, read_source


def lay(folder: Path, **files: object) -> Path:
    """Write files: `tokenizer_config` is tokenizer_config.json, strings are Jinja files."""
    for name, content in files.items():
        if isinstance(content, str):
            (folder / f"{name}.jinja").write_text(content, encoding="utf-8")
        else:
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def read(path: Path, name: str = "") -> ChatSource:
    return read_source(f"{path}{name}")


def test_in_the_configuration(tmp_path):
    lay(tmp_path, tokenizer_config={"chat_template": "T"})
    assert read(tmp_path).templates == {"default": "T"}
    assert read(tmp_path / "tokenizer_config.json").templates == {"default": "T"}


def test_several_by_name(tmp_path):
    named = [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]
    lay(tmp_path, tokenizer_config={"chat_template": named})
    assert read(tmp_path).templates == {"default": "D", "tool_use": "T"}
    assert read(tmp_path, "#tool_use").chosen == "tool_use"
    with pytest.raises(UsageError, match="no chat template 'tool_uses' in it: did you mean 'tool_use'"):
        read(tmp_path, "#tool_uses")


def test_a_file_of_its_own_goes_first(tmp_path):
    lay(tmp_path, tokenizer_config={"chat_template": "old"}, chat_template="new")
    (tmp_path / "additional_chat_templates").mkdir()
    lay(tmp_path / "additional_chat_templates", rag="R")
    assert read(tmp_path).templates == {"default": "new", "rag": "R"}
    assert read(tmp_path / "tokenizer_config.json").templates == {"default": "old"}


def test_the_processors_file(tmp_path):
    lay(tmp_path, chat_template={"chat_template": "P"})
    assert read(tmp_path).templates == {"default": "P"}
    assert read(tmp_path / "chat_template.json").templates == {"default": "P"}


def test_tokens_beside_a_lone_file(tmp_path):
    lay(
        tmp_path,
        mine="M",
        special_tokens_map={"bos_token": {"content": "<s>"}, "pad_token": "<pad>"},
        tokenizer_config={
            "eos_token": "</s>",
            "bos_token": None,
            "added_tokens_decoder": {
                "1": {"content": "<|eot|>", "special": True},
                "2": {"content": "<think>", "special": False},
                "3": {"content": "word", "special": False},
                "4": {"content": "   ", "special": False},
            },
        },
    )
    found = read(tmp_path / "mine.jinja")
    assert found.tokens == {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>"}
    assert set(found.special) == {"<s>", "<pad>", "</s>", "<|eot|>"}
    assert found.added == ("<think>",)


def test_added_tokens_of_older_and_newer_files(tmp_path):
    lay(
        tmp_path,
        mine="M",
        added_tokens={"<tool_call>": 7},
        tokenizer={"added_tokens": [{"content": "<|x|>", "special": True}]},
    )
    found = read(tmp_path / "mine.jinja")
    assert (found.special, found.added) == (("<|x|>",), ("<tool_call>",))


def test_without_a_tokenizer_tokens_are_known_by_their_spelling(tmp_path):
    lay(tmp_path, mine="{{ '<|im_start|>' }} <s> [INST] <think> <b>")
    assert read(tmp_path / "mine.jinja").special == ("<|im_start|>", "<s>", "[INST]")


@pytest.mark.parametrize(
    ("files", "asked", "said"),
    [
        pytest.param({}, "nowhere.jinja", "no such file or directory", id="missing"),
        pytest.param({}, "", "no chat template in it", id="empty"),
        pytest.param({"tokenizer_config": {"chat_template": 1}}, "", r"\$.chat_template: expected a string", id="number"),
        pytest.param({"tokenizer_config": ["x"]}, "", "expected a JSON object", id="list"),
        pytest.param(
            {"tokenizer_config": {"chat_template": [{"name": n, "template": n} for n in "ab"]}},
            "",
            "several chat templates: expected one of .*#a, .*#b",
            id="no-default",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path, files, asked, said):
    lay(tmp_path, **files)
    with pytest.raises(UsageError, match=said):
        read(tmp_path / asked if asked else tmp_path)


def test_what_is_no_json_is_told(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="not JSON"):
        read(tmp_path)
