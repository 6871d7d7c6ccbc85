"""A tiktoken file gives the ids its library gives; control tokens stand beside it or are its family's."""

from __future__ import annotations

from instrkit.tokens import load_tokenizer
from instrkit.tokens.tiktoken_file import is_tiktoken, read_ranks
from tests.tokens.small import beside, sentence_piece, tiktoken_file


def test_ids_are_those_of_the_library(tmp_path) -> None:
    import tiktoken

    path = tiktoken_file(tmp_path)
    tokenizer = load_tokenizer(path)
    library = tiktoken.Encoding("x", pat_str=r".+|\s", mergeable_ranks=read_ranks(path), special_tokens={})
    assert tokenizer.encode("Hello") == library.encode("Hello") == [263]
    assert tokenizer.decode([263, 32, 228]) == "Hello \ufffd"


def test_a_file_is_told_from_a_sentencepiece_model(tmp_path) -> None:
    assert is_tiktoken(tiktoken_file(tmp_path, "a.model"))
    assert not is_tiktoken(sentence_piece(tmp_path))


def test_qwen_has_its_control_tokens_without_any_file_beside(tmp_path) -> None:
    tokenizer = load_tokenizer(tiktoken_file(tmp_path, "qwen.tiktoken"))
    assert [tokenizer.token_id(token) for token in ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|extra_0|>")] == [
        265, 266, 267, 268,
    ]  # fmt: skip
    assert not {*tokenizer.encode("<|im_start|><|extra_0|>")} & {*tokenizer.controls.values()}


def test_files_beside_give_ids_and_names(tmp_path) -> None:
    path = tiktoken_file(tmp_path, "qwen.tiktoken")
    beside(
        tmp_path,
        tokenizer_config={
            "added_tokens_decoder": {"900": {"content": "<|im_end|>"}},
            "eos_token": "<|im_end|>",
            "pat_str": ".",
        },
    )
    tokenizer = load_tokenizer(path)
    assert (tokenizer.token_id("<|im_end|>"), tokenizer.eos_id, tokenizer.token_id("<|im_start|>")) == (900, 900, 266)
    assert tokenizer.encode("Hello") == [*b"Hello"]
    assert tokenizer.size == 901
