"""
Texts as sets of character n-grams, and the exact similarity of such sets.

The members (*shingles*) are 32-bit hashes: two sets of a few hundred are off by one member once in some 30,000 pairs.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from instrkit.text import TextBlock

__all__ = ["Shingles", "distinct", "mix", "pair_jaccard", "shingle"]

UInt32Array = NDArray[np.uint32]
IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

_TABLED = 0x20000  # planes 0 and 1: beyond them only compatibility ideographs have another normal form
_STEP = np.uint32(0x9E3779B1)  # odd, so that the rolling hash loses nothing; 2^32 over the golden ratio
_HASHES_AT_ONCE = 1 << 15  # compared at a time: 256 KB of sort keys stay in the cache


@dataclass(frozen=True, slots=True)
class Shingles:
    """
    The shingles of some texts, text after text, repeats among them.

    Attributes:
        hashes: All shingle hashes end to end, each text's in its order.
        counts: How many each text has, shape (texts,); 0 only for a text without any visible character.
    """

    hashes: UInt32Array
    counts: IntArray

    @property
    def starts(self) -> IntArray:
        """Where each text starts in *hashes*, shape (texts,)."""
        return np.cumsum(self.counts) - self.counts


def mix(values: UInt32Array) -> UInt32Array:
    """Scramble 32-bit values one to one (the `lowbias32` function found by Chris Wellons, public domain)."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x7FEB352D)
    values = (values ^ (values >> np.uint32(15))) * np.uint32(0x846CA68B)
    return values ^ (values >> np.uint32(16))


@cache
def _normal_forms() -> UInt32Array:
    """
    The scrambled normal form of each code point below `_TABLED`.

    Normal is NFKC, then lower case, where that is one code point; any blank is a space. The characters are normalised
    in one call with line breaks between them, which neither compose nor reorder: 100 ms once per process.
    """
    plain = "".join(map(chr, range(_TABLED))).replace("\n", " ")
    normal = unicodedata.normalize("NFKC", "\n".join(plain)).lower().split("\n")
    single = np.fromiter(map(len, normal), dtype=np.int64, count=_TABLED) == 1
    codes = np.arange(_TABLED, dtype=np.uint32)
    codes[single] = [ord(form) for form in normal if len(form) == 1]
    codes[[code for code, character in enumerate(plain) if character.isspace()]] = ord(" ")
    return mix(codes)


def _normalise(block: TextBlock) -> tuple[UInt32Array, IntArray, IntArray]:
    """Return scrambled normal code points with blanks collapsed, and where each text starts and ends in them."""
    forms, blank = _normal_forms(), mix(np.array([ord(" ")], dtype=np.uint32))[0]
    codes = block.codes
    if codes.size and codes.max() >= _TABLED:
        normal = np.where(codes < _TABLED, forms[np.minimum(codes, _TABLED - 1)], mix(codes))
    else:
        normal = forms[codes]
    blanks = normal == blank
    # A blank goes if it opens its text or follows a blank; the blank that may close a text is cut off by its end.
    gone = blanks.copy()
    gone[1:] &= blanks[:-1]
    opening = block.starts[block.starts < block.ends]
    gone[opening] = blanks[opening]
    dropped = np.flatnonzero(gone)
    if dropped.size:
        normal = normal[~gone]
    starts = block.starts - np.searchsorted(dropped, block.starts)
    ends = block.ends - np.searchsorted(dropped, block.ends)
    filled = np.flatnonzero(starts < ends)
    ends[filled] -= normal[ends[filled] - 1] == blank
    return normal, starts, ends


def shingle(block: TextBlock, n: int = 5) -> Shingles:
    """
    Return the character n-grams of each text after normalisation, hashed to 32 bits.

    Normalisation is per code point (NFKC and lower case where they give one code point; planes 2 and up stay as they
    are), runs of blanks count as one space, blanks around the text do not count. A text shorter than *n* is one shingle
    of its own kind, so that it equals nothing but itself; a text of blanks has none.
    """
    codes, starts, ends = _normalise(block)
    lengths = ends - starts
    padded = np.concatenate([codes, np.zeros(n, dtype=np.uint32)])
    hashes = padded[: codes.size].copy()
    for k in range(1, n):
        hashes *= _STEP
        hashes += padded[k : k + codes.size]
    complete = np.ones(codes.size + 1, dtype=np.bool_)  # one more, so that `ends` are indices
    for k in range(n):  # windows that run out of their text; k = 0 is the closing blank that was cut off
        complete[np.maximum(ends - k, starts)] = False
    complete[starts[lengths >= n]] = True  # where the maximum above, or the text before, reached too far
    short = np.flatnonzero((lengths > 0) & (lengths < n))
    if short.size:
        hashes[starts[short]] = _whole(padded, starts[short], lengths[short], n)
        complete[starts[short]] = True
    counts = np.where(lengths >= n, lengths - (n - 1), np.minimum(lengths, 1))
    return Shingles(mix(hashes[complete[:-1]]), counts)


def _whole(padded: UInt32Array, starts: IntArray, lengths: IntArray, n: int) -> UInt32Array:
    """Hash whole texts shorter than *n*; the length is hashed too, so that no shingle of a longer text is like it."""
    hashes: UInt32Array = lengths.astype(np.uint32)
    for k in range(n - 1):
        step = mix(hashes * _STEP + padded[starts + k])
        hashes = np.where(k < lengths, step, hashes)
    return hashes


def distinct(shingles: Shingles) -> tuple[UInt32Array, IntArray]:
    """Return each text's shingles as a set: ascending hashes end to end, and how many each text has."""
    texts = len(shingles.counts)
    owner = np.repeat(np.arange(texts, dtype=np.uint64) << np.uint64(32), shingles.counts)
    keys = np.sort(owner | shingles.hashes)
    if keys.size:
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    return keys.astype(np.uint32), np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=texts)


def pair_jaccard(values: UInt32Array, starts: IntArray, counts: IntArray) -> FloatArray:
    """
    Return the exact Jaccard similarity of each pair of sets, shape (pairs,); 1.0 for two empty sets.

    Args:
        values: Sets as ascending hashes, one after the other.
        starts: Where the two sets of each pair start in *values*, shape (pairs, 2).
        counts: How large the two sets are, shape (pairs, 2).
    """
    pairs = len(starts)
    shared = np.zeros(pairs, dtype=np.int64)
    sizes = counts.sum(axis=1)
    ends = np.cumsum(sizes)
    first = 0
    while first < pairs:
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + _HASHES_AT_ONCE, side="right")))
        shared[first:last] = _shared(values, starts[first:last].ravel(), counts[first:last].ravel())
        first = last
    union = sizes - shared
    return np.where(union == 0, 1.0, shared / np.maximum(union, 1))


def _shared(values: UInt32Array, starts: IntArray, counts: IntArray) -> IntArray:
    """Count the common members of sets 0 and 1, 2 and 3, and so on."""
    ends = np.cumsum(counts)
    index = np.arange(ends[-1]) + np.repeat(starts - (ends - counts), counts)
    pair = np.repeat(np.arange(len(counts), dtype=np.uint64) >> np.uint64(1) << np.uint64(32), counts)
    # The keys are ascending runs, which a stable sort merges: a tenth of the time of sorting from scratch.
    keys = np.sort(pair | values[index], kind="stable")
    both = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(32)
    return np.bincount(both.astype(np.int64), minlength=len(counts) // 2)
