"""A directory or a file opens with the library it belongs to; what cannot be opened says what was expected."""

from __future__ import annotations

import subprocess
import sys

import pytest

from instrkit.errors import ReadError
from instrkit.tokens import load_tokenizer
from tests.tokens.small import beside, byte_level, sentence_piece, tiktoken_file


def test_a_directory_is_opened_as_its_file_is(tmp_path) -> None:
    for make in (byte_level, sentence_piece, tiktoken_file):
        folder = tmp_path / make.__name__
        folder.mkdir()
        path = make(folder)
        by_folder, by_file = load_tokenizer(folder), load_tokenizer(str(path))
        assert by_folder.encode("Hello 你好") == by_file.encode("Hello 你好")
        assert by_folder.fingerprint == by_file.fingerprint
        assert (by_folder.name, by_file.name) == (str(folder), str(path))


def test_tokenizer_json_counts_first(tmp_path) -> None:
    tiktoken_file(tmp_path)
    sentence_piece(tmp_path)
    assert type(load_tokenizer(tmp_path)).__name__ == "SentencePieceTokenizer"
    byte_level(tmp_path)
    assert type(load_tokenizer(tmp_path)).__name__ == "HuggingFaceTokenizer"


def test_llamas_tokenizer_model_may_be_a_tiktoken_file(tmp_path) -> None:
    tokenizer = load_tokenizer(tiktoken_file(tmp_path, "tokenizer.model"))
    assert type(tokenizer).__name__ == "TiktokenTokenizer"
    assert tokenizer.token_id("<|eot_id|>") == 265 + 9


def test_the_fingerprint_is_that_of_the_contents(tmp_path) -> None:
    path = tiktoken_file(tmp_path)
    before = load_tokenizer(path).fingerprint
    assert before == load_tokenizer(path).fingerprint
    beside(tmp_path, added_tokens={"<|x|>": 900})
    assert load_tokenizer(path).fingerprint != before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none", None, r"none: no such file or directory: expected tokenizer\.json, vocab\.json with merges\.txt"),
        ("tokenizer.json", b"{", r"tokenizer\.json: not JSON: .*: expected a file of a tokenizer; fetch it again"),
        ("tokenizer.json", b"[]", r"tokenizer\.json: a list: expected a JSON object"),
        ("tokenizer.json", b"{}", r"tokenizer\.json: not a tokenizer\.json: expected model\.vocab"),
        ("tokenizer.json", b'{"model": {"type": "?", "vocab": {}}}', r"the tokenizers library cannot read it"),
        ("x.model", b"nothing of the kind", r"x\.model: not a SentencePiece model: expected its pieces"),
        ("x.model", b"\x0a\x05\x0a\x03abc", r"x\.model: the sentencepiece library cannot read it"),
        ("x.tiktoken", b"hello", r"x\.tiktoken: not a tiktoken file: expected a base64 token"),
        ("x.tiktoken", b"IQ== 0\n???\n", r"x\.tiktoken:2: not a tiktoken line"),
        ("x.tiktoken", b"IQ== 0\n", r"x\.tiktoken: no token for byte 0x00: expected all 256"),
        ("x.model", b"version https://git-lfs.github.com/spec/v1\n", r"x\.model: a Git LFS pointer, not the file itself"),
    ],
    ids=["absent", "cut-off", "list", "empty", "unknown-model", "text", "no-model", "no-ranks", "bad-line", "bytes", "lfs"],
)  # fmt: skip
def test_what_cannot_be_opened_says_so(tmp_path, name: str, content: bytes | None, message: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ReadError, match=message):
        load_tokenizer(path)


def test_a_directory_without_or_with_several(tmp_path) -> None:
    with pytest.raises(ReadError, match="no tokenizer in this directory: expected"):
        load_tokenizer(tmp_path)
    tiktoken_file(tmp_path, "a.tiktoken")
    tiktoken_file(tmp_path, "b.tiktoken")
    with pytest.raises(
        ReadError, match=r"several tokenizers: a\.tiktoken, b\.tiktoken: expected one; point to the file"
    ):
        load_tokenizer(tmp_path)


def test_no_library_is_imported_before_a_tokenizer_is_opened() -> None:
    code = (
        "import sys, instrkit.tokens; print({'tokenizers', 'sentencepiece', 'tiktoken', 'pydantic'} & {*sys.modules})"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


@pytest.mark.real
def test_the_real_ones(aquila, chinese_llama) -> None:
    assert (aquila.size, aquila.adds_prefix, aquila.eos) == (100_002, False, "</s>")
    assert (chinese_llama.size, chinese_llama.adds_prefix, chinese_llama.bos_id) == (20_000, True, 1)
    text = "Hello 你好 龘 😀 <s></s><|endoftext|>[CLS]\nx  y"
    assert aquila.decode(aquila.encode(text)) == text
    for tokenizer in (aquila, chinese_llama):
        spelled = "".join(tokenizer.controls)
        found = {*tokenizer.encode(spelled)} & {*tokenizer.controls.values()}
        assert not found - {tokenizer.token_id("<unk>")}
