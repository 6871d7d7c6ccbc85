"""A text is the set of its character n-grams after normalisation, and sets are compared exactly."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.ops.shingles import Shingles, distinct, pair_jaccard, shingle
from instrkit.text import TextBlock


def plain_set(text: str, n: int) -> set[str]:
    """The definition, without arrays."""

    def normal(character: str) -> str:
        form = unicodedata.normalize("NFKC", character).lower() if ord(character) < 0x20000 else character
        return " " if character.isspace() else form if len(form) == 1 else character

    text = re.sub(" +", " ", "".join(map(normal, text))).strip(" ")
    if len(text) < n:
        return {f"whole {text}"} if text else set()
    return {text[k : k + n] for k in range(len(text) - n + 1)}


def sets_of(texts: list[str], n: int = 5) -> list[set[int]]:
    values, counts = distinct(shingle(TextBlock.of(texts), n))
    ends = np.cumsum(counts)
    return [set(values[end - count : end].tolist()) for end, count in zip(ends, counts, strict=True)]


def similarity(one: str, other: str, n: int = 5) -> float:
    values, counts = distinct(shingle(TextBlock.of([one, other]), n))
    return float(pair_jaccard(values, (np.cumsum(counts) - counts)[None, :], counts[None, :])[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Hello World", "hello world", id="case"),
        pytest.param("hello  \n\t world", "hello world", id="runs-of-blanks"),
        pytest.param("  hello world\n", "hello world", id="blanks-around"),
        pytest.param("hello\u3000world", "hello world", id="ideographic-space"),
        pytest.param("ＡＢＣ　１２３", "abc 123", id="full-width"),
        pytest.param("𝐀𝐁𝐂𝐃𝐄𝐅", "abcdef", id="mathematical-letters-of-plane-1"),
        pytest.param("什么是三原色？", "什么是三原色?", id="chinese-punctuation"),
    ],
)
def test_what_counts_as_the_same(one: str, other: str) -> None:
    assert sets_of([one]) == sets_of([other])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("hello world", "helloworld", id="a-blank-less"),
        pytest.param("Greet!", "Greet?", id="punctuation"),
        pytest.param("红色的花", "红色的草", id="short-chinese"),
        pytest.param("🎉🎉🎉🎉🎉", "🎊🎊🎊🎊🎊", id="emoji"),
        pytest.param("𠀀𠀁𠀂𠀃𠀄", "𠀀𠀁𠀂𠀃𠀅", id="ideographs-of-plane-2"),
        pytest.param("ab", "ba", id="order-of-a-short-text"),
        pytest.param("ab", "abab", id="two-short-texts"),
        pytest.param("aaaa", "aaaaa", id="just-too-short-and-just-long-enough"),
    ],
)
def test_what_does_not(one: str, other: str) -> None:
    assert similarity(one, other) < 0.8


@pytest.mark.parametrize(
    ("text", "n", "count"),
    [
        pytest.param("", 5, 0, id="empty"),
        pytest.param(" \n\u3000", 5, 0, id="blank"),
        pytest.param("a", 5, 1, id="one-character"),
        pytest.param("abcd", 5, 1, id="below-n"),
        pytest.param("abcde", 5, 1, id="at-n"),
        pytest.param("abcdef", 5, 2, id="above-n"),
        pytest.param("aaaaaaaa", 5, 1, id="repeats-count-once"),
        pytest.param("abc", 1, 3, id="single-characters"),
        pytest.param("\ud800bcdef", 5, 2, id="lone-surrogate"),
    ],
)
def test_number_of_shingles(text: str, n: int, count: int) -> None:
    assert len(sets_of([text], n)[0]) == count


def test_every_tabled_code_point_is_normalised_as_python_does() -> None:
    text = "".join(map(chr, range(0x20000)))
    one_by_one = shingle(TextBlock.of([character for character in text if not character.isspace()]), 1)
    expected = "".join(
        form if len(form := unicodedata.normalize("NFKC", character).lower()) == 1 else character
        for character in text
        if not character.isspace()
    )
    assert len(one_by_one.hashes) == len(expected)
    by_character: dict[str, int] = {}
    for character, code in zip(expected, one_by_one.hashes.tolist(), strict=True):
        assert by_character.setdefault(character, code) == code
    assert len(set(by_character.values())) == len(by_character)


alphabet = st.text(st.sampled_from("ab B\n\t　é哈。Ａﬁ𝐀𠀀\u0301🎉"), max_size=14)


@settings(max_examples=100, deadline=None)
@given(st.lists(alphabet, min_size=1, max_size=6), st.integers(1, 6))
def test_sets_are_those_of_the_definition(texts: list[str], n: int) -> None:
    for text, found in zip(texts, sets_of(texts, n), strict=True):
        assert len(found) == len(plain_set(text, n))
    for one, other in pairwise(texts):
        left, right = plain_set(one, n), plain_set(other, n)
        expected = len(left & right) / len(left | right) if left | right else 1.0
        assert similarity(one, other, n) == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.lists(alphabet, min_size=2, max_size=8))
def test_a_text_is_the_same_in_any_block(texts: list[str]) -> None:
    assert sets_of(texts) == [found for text in texts for found in sets_of([text])]


def test_many_pairs_are_compared_piece_by_piece() -> None:
    sets = [np.arange(k, k + 900, dtype=np.uint32) for k in range(0, 400, 4)]
    values, counts = np.concatenate(sets), np.full(len(sets), 900)
    pairs = np.array([(one, other) for one in range(100) for other in range(one, 100, 7)])
    found = pair_jaccard(values, pairs * 900, counts[pairs])
    apart = np.minimum(4 * (pairs[:, 1] - pairs[:, 0]), 900)
    assert found == pytest.approx((900 - apart) / (900 + apart))


def test_no_texts_are_no_shingles() -> None:
    assert distinct(Shingles(np.empty(0, np.uint32), np.empty(0, np.int64)))[0].size == 0
