"""Rows that share a key are paired, hot buckets stay cheap, and what is dropped resembles something kept."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.ops.pairing import BUCKET, band_pairs, first_of_equals, keep_greedily, pairs_with_copies


def unpacked(packed: np.ndarray) -> list[tuple[int, int]]:
    return [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in packed]


def bands(*keys: list[int]) -> list[np.ndarray]:
    return [np.array(band, dtype=np.uint32) for band in keys]


def test_rows_that_share_a_key_in_any_band_are_paired_once() -> None:
    pairs = band_pairs(bands([7, 8, 7, 9], [1, 1, 2, 3], [7, 6, 7, 5]), np.arange(4))
    assert unpacked(pairs) == [(0, 1), (0, 2)]


def test_only_the_given_rows_take_part() -> None:
    assert unpacked(band_pairs(bands([7, 7, 7, 7]), np.array([1, 3]))) == [(1, 3)]


@pytest.mark.parametrize("rows", [0, 1], ids=["none", "one"])
def test_too_few_rows_make_no_pair(rows: int) -> None:
    assert unpacked(band_pairs(bands([5] * rows), np.arange(rows))) == []


@pytest.mark.parametrize("size", [BUCKET - 1, BUCKET, BUCKET + 1, BUCKET + 2, 5 * BUCKET])
def test_a_member_is_paired_with_the_first_few_before_it(size: int) -> None:
    pairs = unpacked(band_pairs(bands([3] * size), np.arange(size)))
    assert pairs == [(one, other) for one, other in combinations(range(size), 2) if one < BUCKET]


def test_the_largest_keys_and_rows_fit() -> None:
    keys = np.array([0xFFFFFFFF, 0, 0xFFFFFFFF], dtype=np.uint32)
    assert unpacked(band_pairs([keys], np.arange(3))) == [(0, 2)]


def test_copies_point_to_the_first_of_their_kind() -> None:
    keys = np.array([5, 9, 5, 9, 2, 5], dtype=np.uint64)
    assert first_of_equals(keys, np.array([1, 2, 4, 6, 7, 9])).tolist() == [1, 2, 1, 2, 7, 1]


def test_a_copy_is_paired_with_what_its_original_is_paired_with() -> None:
    pairs = np.array([(0 << 32) | 2, (1 << 32) | 5, (2 << 32) | 5, (2 << 32) | 9], dtype=np.uint64)
    found = pairs_with_copies(pairs, np.array([7, 8]), np.array([2, 6]))
    assert found.tolist() == [[0, 2], [0, 7], [1, 5], [2, 5], [2, 7], [2, 9], [5, 7], [6, 8], [7, 9]]


def test_without_pairs_and_copies_nothing_is_dropped() -> None:
    none = np.empty(0, dtype=np.int64)
    assert pairs_with_copies(none.astype(np.uint64), none, none).shape == (0, 2)
    assert keep_greedily(np.empty((0, 2), np.int64), np.empty(0), 0.8).rows.size == 0


def verdicts(pairs: dict[tuple[int, int], float], threshold: float = 0.8) -> list[tuple[int, int, float]]:
    found = keep_greedily(np.array(list(pairs)), np.array(list(pairs.values())), threshold)
    return list(zip(found.rows.tolist(), found.of.tolist(), found.similarity.tolist(), strict=True))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param({(0, 1): 0.79}, [], id="below"),
        pytest.param({(0, 1): 0.8}, [(1, 0, 0.8)], id="at"),
        pytest.param({(0, 1): 0.81}, [(1, 0, 0.81)], id="above"),
        pytest.param({(0, 1): 0.9, (1, 2): 0.9}, [(1, 0, 0.9)], id="similarity-does-not-chain"),
        pytest.param({(0, 2): 0.8, (1, 2): 0.9}, [(2, 1, 0.9)], id="the-most-similar-kept-row"),
        pytest.param({(0, 2): 0.9, (1, 2): 0.9}, [(2, 0, 0.9)], id="of-equals-the-earliest"),
        pytest.param({(0, 1): 0.8, (1, 2): 1.0, (0, 2): 0.8}, [(1, 0, 0.8), (2, 0, 0.8)], id="never-of-a-dropped-row"),
    ],
)
def test_who_goes_and_why(pairs: dict[tuple[int, int], float], expected: list[tuple[int, int, float]]) -> None:
    assert verdicts(pairs) == expected


edges = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda pair: (min(pair), max(pair) + (pair[0] == pair[1]))),
    st.sampled_from([0.5, 0.8, 0.9]),
    min_size=1,
)


@settings(max_examples=60, deadline=None)
@given(edges, st.randoms(use_true_random=False))
def test_a_row_goes_exactly_when_a_kept_earlier_row_resembles_it(pairs, random) -> None:
    shuffled = list(pairs.items())
    random.shuffle(shuffled)
    found = verdicts(dict(shuffled))
    assert found == verdicts(pairs)
    dropped = {row for row, _, _ in found}
    for row in range(11):
        reasons = [one for (one, other), alike in pairs.items() if other == row and alike >= 0.8 and one not in dropped]
        assert (row in dropped) == bool(reasons)
