"""vocab.json and merges.txt give the ids that the tokenizer.json of the same model gives."""

from __future__ import annotations

import json

import pytest

from instrkit.errors import ReadError
from instrkit.tokens import load_tokenizer
from instrkit.tokens.bpe_files import read_bpe
from tests.tokens.small import CONTROLS, THINK, beside, byte_level

TEXTS = ["Hello world, 你好", "it's 1234  \n\n  x", "😀é"]


@pytest.fixture
def parts(tmp_path):
    """The files of a small tokenizer, as two files and as one."""
    whole = byte_level(tmp_path)
    model = json.loads(whole.read_text(encoding="utf-8"))["model"]
    folder = tmp_path / "two"
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    merges = [" ".join(merge) for merge in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
    return whole, folder


def test_the_ids_are_the_same(parts) -> None:
    whole, folder = parts
    beside(folder, special_tokens_map={"eos_token": "<|endoftext|>"}, added_tokens={"<|im_end|>": 500})
    one, two = load_tokenizer(whole), load_tokenizer(folder)
    assert one.encode_many(TEXTS) == two.encode_many(TEXTS)
    assert two.eos_id == two.size - 1 == 501
    assert load_tokenizer(folder / "merges.txt").encode_many(TEXTS) == two.encode_many(TEXTS)


def test_the_tokenizer_class_gives_the_pattern(parts) -> None:
    _, folder = parts
    gpt2 = load_tokenizer(folder)
    beside(folder, tokenizer_config={"tokenizer_class": "Qwen2TokenizerFast"})
    qwen = load_tokenizer(folder)
    assert all(qwen.decode(qwen.encode(text)) == text for text in TEXTS)
    assert qwen._plain.pre_tokenizer.pre_tokenize_str("12") != gpt2._plain.pre_tokenizer.pre_tokenize_str("12")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("merges.txt", "#version: 0.2\na b\nabc\n", r"merges\.txt:3: 'abc': expected two tokens with a space between"),
        ("vocab.json", '{"a": "b"}', r"vocab\.json: not a vocabulary: expected an id for each token"),
    ],
)
def test_damage_is_named(parts, name: str, content: str, message: str) -> None:
    _, folder = parts
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        read_bpe(folder, {})


def test_merges_of_another_vocabulary_are_refused(parts) -> None:
    _, folder = parts
    (folder / "merges.txt").write_text("qq zz\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"vocab\.json and merges\.txt do not fit"):
        load_tokenizer(folder)


@pytest.mark.real
def test_the_real_files_give_what_transformers_gives(aquila, real_data) -> None:
    transformers = pytest.importorskip("transformers")
    reference = transformers.AutoTokenizer.from_pretrained(real_data / "tokenizers" / "aquila")
    for text in (*TEXTS, "Below is an instruction that describes a task.\n\n### Instruction:\n中文指令"):
        assert aquila.encode(text) == reference.encode(text, add_special_tokens=False)
    assert {token: aquila.token_id(token) for token in CONTROLS} == {
        CONTROLS[0]: None,
        CONTROLS[1]: None,
        CONTROLS[2]: 0,
    }
    assert aquila.token_id(THINK) is None
