"""A tokenizer is loaded once per process, and again when its files have changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from instrkit.errors import ReadError
from instrkit.tokens import load_tokenizer, opened_tokenizer
from tests.tokens.small import beside, byte_level


def test_the_same_files_are_loaded_once(tmp_path: Path) -> None:
    path = byte_level(tmp_path)
    assert opened_tokenizer(path) is opened_tokenizer(str(path))
    assert opened_tokenizer(tmp_path) is opened_tokenizer(tmp_path)
    assert opened_tokenizer(path).fingerprint == load_tokenizer(path).fingerprint


@pytest.mark.parametrize("given", ["tokenizer.json", "."], ids=["file", "folder"])
def test_changed_files_are_loaded_again(tmp_path: Path, given: str) -> None:
    path = byte_level(tmp_path)
    first = opened_tokenizer(tmp_path / given)
    spec = json.loads(path.read_text())
    spec["added_tokens"] = spec["added_tokens"][:-1]
    path.write_text(json.dumps(spec))
    second = opened_tokenizer(tmp_path / given)
    beside(tmp_path, tokenizer_config={"eos_token": "<|im_end|>"})
    third = opened_tokenizer(tmp_path / given)
    assert len({first.fingerprint, second.fingerprint, third.fingerprint}) == 3
    assert (second.eos, third.eos) == (None, "<|im_end|>")


def test_what_is_not_there_is_told_each_time(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ReadError, match="no such file"):
            opened_tokenizer(tmp_path / "nope")
    byte_level(tmp_path)
    assert opened_tokenizer(tmp_path).size > 256
