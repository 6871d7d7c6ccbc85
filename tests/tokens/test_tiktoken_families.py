"""A tiktoken file's family is told by its ranks, else by its name; its control tokens are the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrkit.tokens.tiktoken_families import family_of


def control(ranks: int, token: str) -> int:
    return ranks + dict(family_of(Path("x"), ranks).controls())[token]


@pytest.mark.parametrize(
    ("ranks", "token", "given"),
    [
        (151643, "<|endoftext|>", 151643),
        (151643, "<|im_end|>", 151645),
        (151643, "<|extra_0|>", 151646),
        (151643, "<|extra_204|>", 151850),
        (128000, "<|begin_of_text|>", 128000),
        (128000, "<|start_header_id|>", 128006),
        (128000, "<|eot_id|>", 128009),
        (128000, "<|python_tag|>", 128010),
        (151329, "[gMASK]", 151331),
        (151329, "<sop>", 151333),
        (151329, "<|user|>", 151336),
        (100256, "<|endoftext|>", 100257),
        (100256, "<|endofprompt|>", 100276),
        (199998, "<|start|>", 200006),
        (199998, "<|call|>", 200012),
        (163584, "[BOS]", 163584),
    ],
)
def test_published_ids(ranks: int, token: str, given: int) -> None:
    assert control(ranks, token) == given


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("m/qwen.tiktoken", "qwen"),
        ("Llama-3/tokenizer.model", "llama"),
        ("m/tokenizer.model", "llama"),
        ("m/x.tiktoken", ""),
    ],
)
def test_names_tell_what_ranks_do_not(path: str, hint: str) -> None:
    assert family_of(Path(path), 300).hint == hint


@pytest.mark.parametrize("ranks", [151643, 128000, 151329, 163584, 199998, 100256, 1])
def test_every_pattern_cuts_text_without_losing_any(ranks: int) -> None:
    import tiktoken

    pattern = family_of(Path("x"), ranks).pattern
    library = tiktoken.Encoding(
        "x", pat_str=pattern, mergeable_ranks={bytes([k]): k for k in range(256)}, special_tokens={}
    )
    text = "Hello WORLD it's 12345 你好 world\n\n  x!!\t "
    assert bytes(library.encode(text)).decode() == text


@pytest.mark.parametrize(("ranks", "name"), [(100256, "cl100k_base"), (199998, "o200k_base")])
def test_patterns_cut_as_the_published_ones_do(ranks: int, name: str) -> None:
    """The words are made tokens of their own, so that another cut would give other ids."""
    import tiktoken

    published = {
        "cl100k_base": r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s""",
        "o200k_base": r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
    }[name]
    words = [
        b"He",
        b"Hello",
        b"it",
        b"it'",
        b"it's",
        b"12",
        b"123",
        b"1234",
        b" w",
        b"lo w",
        b"\n\n",
        b"!\n",
        b"!!",
        b"!/",
    ]
    ranked = {bytes([k]): k for k in range(256)} | {word: 256 + k for k, word in enumerate(words)}
    ours, theirs = (
        tiktoken.Encoding("x", pat_str=pattern, mergeable_ranks=ranked, special_tokens={})
        for pattern in (family_of(Path("x"), ranks).pattern, published)
    )
    for text in ("Hello world", "it's 12345", "HeLlo  wIt's\n\n", "a!!\n/b !/", "你好 it's"):
        assert ours.encode(text) == theirs.encode(text)
