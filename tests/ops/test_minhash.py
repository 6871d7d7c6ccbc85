"""Signatures estimate the Jaccard similarity, whatever the length of the texts, and bands find what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH

from instrkit.errors import UsageError
from instrkit.ops.minhash import Banding, band_keys, choose_banding, signatures, to_datasketch
from instrkit.ops.shingles import Shingles, shingle
from instrkit.text import TextBlock


def random_pairs(pairs: int, size: int, shared: int, seed: int = 5) -> Shingles:
    """Pairs of sets of *size* random hashes, *shared* of them in common: texts 0 and 1, 2 and 3, and so on."""
    rng = np.random.Generator(np.random.PCG64(seed))
    sets: list[np.ndarray] = []
    for _ in range(pairs):
        drawn = rng.integers(0, 1 << 32, 2 * size - shared, dtype=np.uint32)
        sets += [drawn[:size], drawn[size - shared :]]
    return Shingles(np.concatenate(sets), np.full(2 * pairs, size))


@pytest.mark.parametrize("size", [2, 10, 30, 100, 300, 2_000])
@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.9, 1.0])
def test_the_share_of_equal_numbers_estimates_the_similarity(size: int, overlap: float) -> None:
    shared = round(size * overlap)
    signature = signatures(random_pairs(50, size, shared), 126)
    estimates = (signature[::2] == signature[1::2]).mean(axis=1)
    jaccard = shared / (2 * size - shared)
    # Fifty estimates from 126 numbers: four standard deviations of a mean of as many independent ones.
    assert estimates.mean() == pytest.approx(jaccard, abs=4 * math.sqrt(jaccard * (1 - jaccard) / 126 / 50) + 1e-3)


@pytest.mark.parametrize("size", [9, 20, 45, 243])
@pytest.mark.parametrize("threshold", [0.7, 0.8])
def test_pairs_at_the_threshold_are_found(size: int, threshold: float) -> None:
    banding = choose_banding(threshold)
    shared = math.ceil(2 * size * threshold / (1 + threshold))
    keys = band_keys(signatures(random_pairs(300, size, shared), banding.size), banding)
    assert (keys[:, ::2] == keys[:, 1::2]).any(axis=0).mean() >= 0.99


def test_unlike_texts_are_seldom_candidates() -> None:
    banding = choose_banding(0.8)
    keys = band_keys(signatures(random_pairs(300, 200, 60), banding.size), banding)
    assert (keys[:, ::2] == keys[:, 1::2]).any(axis=0).mean() <= 0.01


def test_a_signature_does_not_depend_on_its_neighbours() -> None:
    texts = ["The quick brown fox jumps over the lazy dog. " * k for k in range(1, 8)] + ["", "短", "什么是三原色？"]
    together = signatures(shingle(TextBlock.of(texts)), 126)
    alone = [signatures(shingle(TextBlock.of([text])), 126)[0] for text in texts]
    assert (together == np.stack(alone)).all()


def test_order_and_repeats_do_not_count() -> None:
    hashes = np.random.Generator(np.random.PCG64(2)).integers(0, 1 << 32, 50, dtype=np.uint32)
    twice = np.concatenate([hashes, hashes[::-1]])
    signature = signatures(Shingles(np.concatenate([hashes, twice]), np.array([50, 100])), 126)
    assert (signature[0] == signature[1]).all()


def test_another_seed_is_another_signature() -> None:
    shingles = random_pairs(1, 50, 50)
    assert (signatures(shingles, 126, seed=1) != signatures(shingles, 126, seed=2)).mean() > 0.9


def test_signatures_are_the_same_on_every_machine() -> None:
    signature = signatures(shingle(TextBlock.of(["the same text, the same numbers"])), 6)
    assert signature.tolist() == [[200038796, 190706020, 28341255, 6788785, 199715304, 52771178]]


@pytest.mark.parametrize(
    ("threshold", "banding"),
    [
        pytest.param(0.5, Banding(47, 3), id="0.5"),
        pytest.param(0.6, Banding(45, 4), id="0.6"),
        pytest.param(0.7, Banding(34, 5), id="0.7"),
        pytest.param(0.8, Banding(21, 6), id="0.8"),
        pytest.param(0.9, Banding(15, 10), id="0.9"),
        pytest.param(1.0, Banding(1, 32), id="1.0"),
    ],
)
def test_the_banding_of_a_threshold(threshold: float, banding: Banding) -> None:
    assert choose_banding(threshold) == banding


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.65, 0.7, 0.8, 0.85, 0.9, 0.99])
@pytest.mark.parametrize("recall", [0.9, 0.99, 0.998])
def test_the_banding_is_the_most_selective_that_reaches_the_recall(threshold: float, recall: float) -> None:
    banding = choose_banding(threshold, recall)
    assert banding.recall(threshold) >= recall
    assert banding.size <= 180
    if banding.rows < 32:
        longer = banding.rows + 1
        assert Banding(180 // longer, longer).recall(threshold) < recall


def test_a_banding_that_cannot_be_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"threshold 0\.01 with recall 0\.998 needs more than 180 numbers"):
        choose_banding(0.01)


def test_the_recall_is_what_datasketch_integrates() -> None:
    from datasketch.lsh import _false_negative_probability

    missed = _false_negative_probability(0.8, 21, 6)
    steps = np.linspace(0.8, 1.0, 2_001)
    assert np.trapezoid([1 - Banding(21, 6).recall(j) for j in steps], steps) == pytest.approx(missed, rel=0.05)


def test_datasketch_s_default_would_miss_most_pairs_at_the_threshold() -> None:
    index = MinHashLSH(threshold=0.8, num_perm=128)
    assert Banding(index.b, index.r).recall(0.8) == pytest.approx(0.40, abs=0.01)
    assert choose_banding(0.8).recall(0.8) >= 0.998


def test_estimates_agree_with_datasketch_s() -> None:
    shingles = random_pairs(20, 120, 96)
    ours = signatures(shingles, 126)
    theirs = []
    for row in shingles.hashes.reshape(-1, 120):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([int(value).to_bytes(4, "little") for value in row])
        theirs.append(sketch)
    expected = np.mean([one.jaccard(other) for one, other in zip(theirs[::2], theirs[1::2], strict=True)])
    assert (ours[::2] == ours[1::2]).mean() == pytest.approx(expected, abs=0.04)


def test_datasketch_s_index_takes_our_signatures() -> None:
    banding = choose_banding(0.8)
    shingles = random_pairs(10, 100, 95)
    sketches = to_datasketch(signatures(shingles, banding.size))
    index = MinHashLSH(num_perm=banding.size, params=(banding.bands, banding.rows))
    for row in range(0, 20, 2):
        index.insert(row, sketches[row])
    assert [index.query(sketches[row]) for row in range(1, 20, 2)] == [[row] for row in range(0, 20, 2)]
    assert sketches[0].jaccard(sketches[1]) == pytest.approx(95 / 105, abs=0.1)
