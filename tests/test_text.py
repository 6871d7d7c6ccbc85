"""The text kernels agree with plain Python on any text, whatever the blocks."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.text import BLOCK_CHARS, BLOCK_TEXTS, CharGate, TextBlock, class_table

LETTERS = st.text(alphabet="ab哈é😀 \n", max_size=60)
ANYTHING = st.text(max_size=40)


def share(text: str, n: int) -> float:
    """The oracle: the share of n-grams that stood in the text before."""
    grams = [text[k : k + n] for k in range(len(text) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        pytest.param("", 3, 0.0, id="empty"),
        pytest.param("ab", 3, 0.0, id="shorter-than-n"),
        pytest.param("abc", 3, 0.0, id="as-long-as-n"),
        pytest.param("abcabc", 3, 0.25, id="one-of-four"),
        pytest.param("哈" * 12, 3, 0.9, id="chinese-without-spaces"),
        pytest.param("😀😃" * 5, 2, 7 / 9, id="emoji"),
        pytest.param("aaaa", 1, 0.75, id="single-characters"),
    ],
)
def test_repeated_ngram_share(text: str, n: int, expected: float) -> None:
    assert TextBlock.of([text]).repeated_ngram_share(n) == pytest.approx([expected])


@given(st.lists(LETTERS, max_size=80), st.integers(1, 13))
@settings(max_examples=60, deadline=None)
def test_repetition_agrees_with_plain_python(texts: list[str], n: int) -> None:
    assert TextBlock.of(texts).repeated_ngram_share(n) == pytest.approx([share(text, n) for text in texts])


@given(st.lists(LETTERS, min_size=1, max_size=150))
@settings(max_examples=20, deadline=None)
def test_blocks_say_the_same_as_the_whole(texts: list[str]) -> None:
    parts = np.concatenate([block.repeated_ngram_share(3) for block in TextBlock.pack(texts)])
    assert parts.tolist() == TextBlock.of(texts).repeated_ngram_share(3).tolist()


def test_ngrams_do_not_reach_into_the_next_text() -> None:
    assert TextBlock.of(["abcab", "cabca"]).repeated_ngram_share(4).tolist() == [0.0, 0.0]
    assert TextBlock.of(["abc", "abc"]).repeated_ngram_share(3).tolist() == [0.0, 0.0]


def test_many_ngrams_are_all_told_apart() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    assert TextBlock.of([text]).repeated_ngram_share(2)[0] == 0.0
    assert TextBlock.of([text + text]).repeated_ngram_share(2)[0] == pytest.approx(19_999 / 39_999)


@pytest.mark.parametrize("count", [BLOCK_TEXTS - 1, BLOCK_TEXTS, BLOCK_TEXTS + 1])
def test_a_block_holds_so_many_texts(count: int) -> None:
    assert [len(block.starts) for block in TextBlock.pack(["a"] * count)] == [
        size for size in (min(count, BLOCK_TEXTS), count - BLOCK_TEXTS) if size > 0
    ]


def test_a_long_text_is_a_block_of_its_own() -> None:
    assert [len(block.starts) for block in TextBlock.pack(["a", "b" * (BLOCK_CHARS + 1), "c"])] == [1, 1, 1]
    assert list(TextBlock.pack([])) == []


def test_lone_surrogates_are_code_points() -> None:
    assert TextBlock.of(["\ud800a"]).codes.tolist() == [0xD800, ord("a")]


@given(st.lists(ANYTHING, max_size=20))
@settings(max_examples=40, deadline=None)
def test_classes_are_counted_per_text(texts: list[str]) -> None:
    table = class_table([(0, 0x7F, 1), (ord("0"), ord("9"), 2), (0x1F600, 0x1F64F, 3)])
    counts = TextBlock.of(texts).count_classes(table, 4)

    def classes(text: str) -> list[int]:
        kinds = [2 if "0" <= c <= "9" else 1 if c < "\x80" else 3 if "😀" <= c <= "🙏" else 0 for c in text]
        return [kinds.count(kind) for kind in range(4)]

    assert counts.tolist() == [classes(text) for text in texts]


@given(st.lists(st.text(alphabet="abc\x00\r&é\u200b哈", max_size=6), max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_gate_finds_what_the_pattern_finds(texts: list[str]) -> None:
    gate = CharGate(r"\x00\r\u200b&")
    assert gate.hits(texts) == [k for k, text in enumerate(texts) if re.search("[\x00\r\u200b&]", text)]
