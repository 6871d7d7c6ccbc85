"""Drop samples that say nearly the same as an earlier one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from instrkit.errors import UsageError
from instrkit.ops.base import Batch, Evidence, GlobalOp, Sketches, Verdicts, op
from instrkit.ops.minhash import Banding, band_keys, choose_banding, signatures
from instrkit.ops.pairing import band_pairs, first_of_equals, keep_greedily, pairs_with_copies
from instrkit.ops.shingles import Shingles, distinct, pair_jaccard, shingle
from instrkit.sample import Message, Sample
from instrkit.text import TextBlock

__all__ = ["NearDedup"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
UInt32Array = NDArray[np.uint32]
UInt64Array = NDArray[np.uint64]
Sets = tuple[UInt32Array, IntArray]
"""One set of hashes per sample: all end to end, and how many each has."""

Agreement = Literal["alike", "alike if both", "equal"]
"""When two sets agree: at the threshold; the same, or one is empty; exactly."""

_MOST_CHARS = 1_000_000
"""Of each text; two texts that agree over their first million characters are copies, and memory stays bounded."""

_NUMBER = re.compile(r"\d+")


@op("near_dedup")
class NearDedup(GlobalOp):
    """
    Drop a sample whose text resembles that of a kept earlier sample.

    Resemblance is the Jaccard similarity of the two sets of character n-grams, after NFKC, lower case and with blanks
    collapsed: one definition for English, Chinese and code. MinHash only proposes pairs; each is judged by its exact
    similarity. Texts too short for an n-gram must be equal, and samples without text in the scope always stay. What
    resembles only a dropped sample stays: similarity does not chain.

    Text alone cannot tell a copy from a variant ("Multiply 3 by 6. 18" and "Multiply 3 by 8. 24" in the same words):
    *require* names the parts that must agree besides.

    Attributes:
        scope: Which text is compared.
        threshold: Smallest Jaccard similarity to drop, over 0.0 to 1.0.
        n: Characters in an n-gram.
        recall: Probability to find a pair exactly at the threshold; more similar pairs are found more surely.
        require: What else must agree. `question`: the last user message, by the threshold, and its instruction where
            both keep the input apart. `answer`: the last assistant message, by the threshold. `numbers`: all numbers
            written in digits, in their order.
        seed: Of the hash functions; another seed proposes other pairs.
    """

    scope: Literal["dialogue", "prompt", "response"] = "dialogue"
    threshold: float = 0.8
    n: int = 5
    recall: float = 0.998
    require: tuple[Literal["question", "answer", "numbers"], ...] = ()
    seed: int = 1

    why: ClassVar[str] = "near-duplicate"
    verified: ClassVar[bool] = True
    bytes_per_sample: ClassVar[int] = 128
    """Measured at a million with one in five a copy, the pairs included; a text with hundreds of copies takes more."""
    sketched_by: ClassVar[frozenset[str]] = frozenset({"scope", "threshold", "n", "recall", "seed"})

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold <= 1.0:
            raise UsageError(f"near_dedup: threshold {self.threshold:g}: expected over 0 and up to 1, such as 0.8")
        if not 0.0 < self.recall < 1.0:
            raise UsageError(f"near_dedup: recall {self.recall:g}: expected between 0 and 1, such as 0.998")
        if self.n < 1:
            raise UsageError(f"near_dedup: n {self.n}: expected at least 1, such as 5")
        choose_banding(self.threshold, self.recall)  # says now what would fail in the first batch

    @property
    def banding(self) -> Banding:
        """How signatures are cut for this threshold and recall."""
        return choose_banding(self.threshold, self.recall)

    def bound(self) -> str:
        """Return the bound as the ledger shows it."""
        return f"threshold={self.threshold:g}"

    def sketch(self, batch: Batch) -> dict[str, NDArray[Any]]:
        """Return `whole`, equal for equal n-grams (repeats too), 0 without text, and one column of keys per band."""
        banding = self.banding
        whole, keys = [np.empty(0, dtype=np.uint64)], [np.empty((banding.bands, 0), dtype=np.uint32)]
        for shingles in _shingled(batch.text(self.scope).strings, self.n):
            whole.append(_digests(shingles))
            keys.append(band_keys(signatures(shingles, banding.size, self.seed), banding))
        bands = np.concatenate(keys, axis=1)
        return {"whole": np.concatenate(whole)} | {_band(k): bands[k] for k in range(banding.bands)}

    def candidates(self, sketches: Sketches) -> IntArray:
        """Return the pairs that share a band key, and each text that equals an earlier one with that one's pairs."""
        whole = sketches.column("whole")
        rows = np.flatnonzero(sketches.alive[: len(whole)] & (whole != 0))
        leaders = first_of_equals(whole[rows], rows)
        del whole
        copy = leaders != rows
        bands = (sketches.column(_band(k)) for k in range(self.banding.bands))
        return pairs_with_copies(band_pairs(bands, rows[~copy]), rows[copy], leaders[copy])

    def evidence(self, batch: Batch) -> Evidence:
        """Return each sample's sets behind one another, led by their sizes: the text, then what is required."""
        strings = batch.text(self.scope).strings
        sets = [self._sets(strings)]
        if "question" in self.require:
            asked = [_last(sample, "user") for sample in batch.samples]
            sets += [self._sets(list(map(_text, asked))), self._sets(list(map(_instruction, asked)))]
        if "answer" in self.require:
            sets.append(self._sets([_text(_last(sample, "assistant")) for sample in batch.samples]))
        if "numbers" in self.require:
            sets.append(_number_sets(strings))
        return _interleave(sets)

    def similarity(self, evidence: Evidence, pairs: IntArray) -> FloatArray:
        """Return the Jaccard similarity of each pair of texts; 0.0 where what is required does not agree."""
        layout = self._layout()
        heads = evidence.offsets[pairs]
        alike = pair_jaccard(evidence.values, *_set(evidence, heads, len(layout), 0))
        near = np.flatnonzero(alike >= self.threshold)
        for k, how in enumerate(layout[1:], start=1):
            starts, counts = _set(evidence, heads[near], len(layout), k)
            agree = self._agree(how, pair_jaccard(evidence.values, starts, counts), counts)
            alike[near[~agree]] = 0.0
            near = near[agree]
        return alike

    def resolve(self, pairs: IntArray, similarity: FloatArray) -> Verdicts:
        """Drop each row that resembles a kept earlier row; `of` is the most similar of these."""
        return keep_greedily(pairs, similarity, self.threshold)

    def _sets(self, strings: list[str]) -> Sets:
        found = [distinct(shingles) for shingles in _shingled(strings, self.n)]
        if not found:
            return np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.int64)
        return np.concatenate([values for values, _ in found]), np.concatenate([counts for _, counts in found])

    def _layout(self) -> list[Agreement]:
        """What the sets of a sample are, in the order of `evidence`, by how two of them agree."""
        layout: list[Agreement] = ["alike"]
        if "question" in self.require:
            layout += ["alike", "alike if both"]
        if "answer" in self.require:
            layout.append("alike")
        if "numbers" in self.require:
            layout.append("equal")
        return layout

    def _agree(self, how: Agreement, jaccard: FloatArray, counts: IntArray) -> BoolArray:
        if how == "equal":
            equal: BoolArray = jaccard == 1.0
            return equal
        near: BoolArray = jaccard >= self.threshold
        return near | (counts == 0).any(axis=1) if how == "alike if both" else near


def _band(k: int) -> str:
    return f"band{k:02}"


def _shingled(strings: list[str], n: int) -> Iterator[Shingles]:
    for block in TextBlock.pack(string[:_MOST_CHARS] for string in strings):
        yield shingle(block, n)


def _digests(shingles: Shingles) -> UInt64Array:
    """Hash each text's bag of shingles to 64 bits; 0 is kept for none at all."""
    mixed = shingles.hashes * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    digests = np.zeros(len(shingles.counts), dtype=np.uint64)
    some = np.flatnonzero(shingles.counts)
    if some.size:
        digests[some] = np.add.reduceat(mixed, shingles.starts[some]) | np.uint64(1)
    return digests


def _last(sample: Sample, role: str) -> Message | None:
    return next((message for message in reversed(sample.messages) if message.role == role), None)


def _text(message: Message | None) -> str:
    return "" if message is None else message.text


def _instruction(message: Message | None) -> str:
    """Return what stands before the first named part (Alpaca's input), empty where nothing is kept apart."""
    if message is None or message.content is None or isinstance(message.content, str):
        return ""
    parts = message.content
    named = next((k for k, part in enumerate(parts) if part.name), 0)
    return "".join(part.text or "" for part in parts[:named])


def _number_sets(strings: list[str]) -> Sets:
    """Hash each text's sequence of digit runs to two numbers, or none where it has none."""
    found = [" ".join(_NUMBER.findall(text)) for text in strings]
    plain = [runs if runs.isascii() else unicodedata.normalize("NFKC", runs) for runs in found if runs]
    digests = b"".join([blake2b(runs.encode(), digest_size=8).digest() for runs in plain])
    values = np.frombuffer(digests, dtype="<u4").astype(np.uint32).reshape(-1, 2)
    return np.sort(values, axis=1).ravel(), np.array([2 if runs else 0 for runs in found], dtype=np.int64)


def _interleave(sets: list[Sets]) -> Evidence:
    """Lay the sets of each sample behind their sizes: `[size of set 0, size of set 1, …, set 0, set 1, …]`."""
    sizes = np.stack([counts for _, counts in sets], axis=1)
    offsets = np.concatenate([[0], np.cumsum(sizes.sum(axis=1) + len(sets))]).astype(np.int64)
    values = np.empty(offsets[-1], dtype=np.uint32)
    at = offsets[:-1].copy()
    for k in range(len(sets)):
        values[at + k] = sizes[:, k]
    at += len(sets)
    for members, counts in sets:
        values[np.repeat(at - (np.cumsum(counts) - counts), counts) + np.arange(len(members))] = members
        at += counts
    return Evidence(values, offsets)


def _set(evidence: Evidence, heads: IntArray, sets: int, k: int) -> tuple[IntArray, IntArray]:
    """Return where set *k* of the *sets* of samples that start at *heads* starts, and its size; shaped like *heads*."""
    starts = heads + sets
    for before in range(k):
        starts = starts + evidence.values[heads + before]
    return starts, evidence.values[heads + k].astype(np.int64)
