"""The small files beside a vocabulary give control tokens and their ids, in the order transformers gives them out."""

from __future__ import annotations

import pytest

from instrkit.errors import ReadError
from instrkit.tokens.beside import read_beside
from tests.tokens.small import beside


def test_nothing_beside(tmp_path) -> None:
    assert read_beside(tmp_path).tokens == {}


def test_ids_are_given_looked_up_or_appended(tmp_path) -> None:
    beside(
        tmp_path,
        tokenizer_config={
            "added_tokens_decoder": {
                "7": {"content": "<a>", "special": True},
                "9": {"content": "<b>", "special": False},
            },
            "eos_token": {"content": "</s>"},
            "additional_special_tokens": ["<c>"],
        },
        special_tokens_map={"bos_token": "<s>", "pad_token": None},
        added_tokens={"<d>": 20},
    )
    found = read_beside(tmp_path)
    assert found.roles == {"bos_token": "<s>", "eos_token": "</s>"}
    assert found.special == {"<a>", "<c>", "<s>", "</s>"}
    assert found.placed({"</s>": 2}, 10) == {"<a>": 7, "<b>": 9, "<d>": 20, "<s>": 21, "</s>": 2, "<c>": 22}


def test_damage_is_named(tmp_path) -> None:
    (tmp_path / "tokenizer_config.json").write_text("{")
    with pytest.raises(ReadError, match=r"tokenizer_config\.json: not JSON"):
        read_beside(tmp_path)
