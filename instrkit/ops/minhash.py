"""
MinHash: which of many sets of shingles may be similar, without comparing all with all.

A set becomes a *signature* of some hundred numbers, and a signature becomes some twenty *band keys*. Two sets of
Jaccard similarity J agree in one number of their signatures with probability J, so in one band of *r* numbers with J^r,
and in at least one of *b* bands with 1 - (1 - J^r)^b (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).

The signature is the fast similarity sketch of Dahlgaard, Knudsen and Thorup (arXiv:1704.04370): in each round every
shingle goes into one bin, and the bin keeps the smallest (round, value). Long texts fill all bins in two or three
rounds, short texts get as many tries as they need, and both stay comparable. One permutation per bin, the usual way,
costs shingles × bins operations; one-permutation hashing costs as little as this, but leaves bins of short texts empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil, log, log1p
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from instrkit.errors import UsageError
from instrkit.ops.shingles import Shingles, mix

if TYPE_CHECKING:
    from datasketch import LeanMinHash

__all__ = ["Banding", "band_keys", "choose_banding", "signatures", "to_datasketch"]

UInt32Array = NDArray[np.uint32]
IntArray = NDArray[np.int64]

MOST_NUMBERS = 180
"""The longest signature: 21 x 6 at 0.8, 34 x 5 at 0.7 and 45 x 4 at 0.6 fit, each for a recall of 0.998."""

ROUNDS = 4
"""Rounds of one bin per shingle before the bins still empty are filled one by one; 3 to 5 cost the same."""

_EMPTY = np.uint32(0xFFFFFFFF)
_STEP = np.uint32(0x9E3779B1)


@cache
def _multipliers(seed: int, count: int) -> UInt32Array:
    """Return *count* odd 32-bit numbers, the same for a seed on every machine."""
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(0, 1 << 31, count, dtype=np.uint32)
    return drawn * np.uint32(2) + np.uint32(1)


def signatures(shingles: Shingles, size: int, seed: int = 1) -> UInt32Array:
    """
    Return the signature of each text, shape (texts, size); the share of equal numbers estimates the Jaccard similarity.

    A text without shingles gets no meaningful signature. Costs about 4 ns per shingle and round.
    """
    texts = len(shingles.counts)
    bins = np.full(texts * size, _EMPTY, dtype=np.uint32)
    factors = _multipliers(seed, 2 * ROUNDS + size)
    hashes, counts, rows = shingles.hashes, shingles.counts, np.arange(texts)
    for k in range(ROUNDS):
        place = hashes * factors[2 * k] >> np.uint32(16)
        place *= np.uint32(size)
        place >>= np.uint32(16)
        value = hashes * factors[2 * k + 1]
        value >>= np.uint32(3)
        value |= np.uint32(k << 29)
        np.minimum.at(bins, np.repeat(rows * size, counts) + place, value)
        unfilled = (bins.reshape(texts, size)[rows].max(axis=1) == _EMPTY) & (counts > 0)
        if not unfilled.all():
            hashes, rows, counts = hashes[np.repeat(unfilled, counts)], rows[unfilled], counts[unfilled]
        if not rows.size:
            break
    if rows.size:
        _fill(bins, size, shingles, rows, factors[2 * ROUNDS :])
    return bins.reshape(texts, size)


def _fill(bins: UInt32Array, size: int, shingles: Shingles, rows: IntArray, factors: UInt32Array) -> None:
    """Give each bin still empty the smallest value over all shingles of its text: one permutation per bin."""
    in_rows, place = np.nonzero(bins.reshape(-1, size)[rows] == _EMPTY)
    text = rows[in_rows]
    counts = shingles.counts[text]
    ends = np.cumsum(counts)
    first = ends - counts
    index = np.arange(ends[-1]) + np.repeat(shingles.starts[text] - first, counts)
    values = shingles.hashes[index] * np.repeat(factors[place], counts)
    bins[text * size + place] = (np.minimum.reduceat(values, first) >> np.uint32(3)) | np.uint32(ROUNDS << 29)


@dataclass(frozen=True, slots=True)
class Banding:
    """
    How a signature is cut: *bands* bands of *rows* numbers each.

    Attributes:
        bands: How many band keys a text has.
        rows: How many numbers make one key.
    """

    bands: int
    rows: int

    @property
    def size(self) -> int:
        """The length of the signature."""
        return self.bands * self.rows

    def recall(self, jaccard: float) -> float:
        """Return the probability that two texts of this similarity share at least one key."""
        return 1.0 - (1.0 - jaccard**self.rows) ** self.bands


def choose_banding(threshold: float, recall: float = 0.998, most: int = MOST_NUMBERS) -> Banding:
    """
    Return the most selective banding that finds a pair at *threshold* with probability *recall*.

    The usual choice balances missed pairs against false ones and finds a pair at 0.8 with probability 0.40; false
    candidates cost 10 µs each here and are then judged by their exact similarity, missed pairs are lost.

    Args:
        threshold: Jaccard similarity, over 0.0 to 1.0.
        recall: Probability to reach at the threshold, between 0.0 and 1.0.
        most: Numbers in a signature at most.

    Raises:
        UsageError: No banding of so few numbers reaches the recall.

    Examples:
        >>> choose_banding(0.8)
        Banding(bands=21, rows=6)
        >>> choose_banding(0.7)
        Banding(bands=34, rows=5)
    """
    for rows in range(min(most, 32), 0, -1):
        agree = threshold**rows
        bands = 1 if agree >= recall else ceil(log(1.0 - recall) / log1p(-agree) - 1e-9)
        if bands * rows <= most:
            return Banding(bands, rows)
    raise UsageError(
        f"near_dedup: threshold {threshold:g} with recall {recall:g} needs more than {most} numbers per text: "
        "raise the threshold or lower the recall"
    )


def band_keys(signature: UInt32Array, banding: Banding) -> UInt32Array:
    """
    Return the keys of each text, shape (bands, texts).

    32 bits suffice: among a million texts chance makes 116 pairs per band, and each is verified.
    """
    cut = signature.reshape(len(signature), banding.bands, banding.rows)
    keys = np.zeros((len(signature), banding.bands), dtype=np.uint32)
    for row in range(banding.rows):
        keys = keys * _STEP + cut[:, :, row]
    return np.ascontiguousarray(mix(keys).T)


def to_datasketch(signature: UInt32Array, seed: int = 1) -> list[LeanMinHash]:
    """
    Return the signatures as datasketch's: for its LSH index, which lasts (on Redis, say) and takes one text at a time.

    Index them with `MinHashLSH(num_perm=banding.size, params=(banding.bands, banding.rows))`. Importing datasketch
    costs half a CPU-second, an insertion about 100 µs. Their scheme is said to be `affine32`, of datasketch's schemes
    the one that stores 32 bits per number.

    Args:
        signature: What `signatures` returned, shape (texts, size).
        seed: The seed it was made with. datasketch refuses to compare signatures of different seeds, but cannot tell
            these from its own: keep them in different indexes.
    """
    from datasketch import LeanMinHash

    return [LeanMinHash(seed=seed, hashvalues=row.astype(np.uint64), scheme="affine32") for row in signature]
