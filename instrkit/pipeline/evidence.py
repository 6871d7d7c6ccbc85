"""
Verify candidate pairs: gather what they are compared by, then compare chunks of pairs, both in the workers.

Only samples that occur in a pair are read again, and each comparison loads only the evidence of its own pairs, so
memory depends on the size of a chunk and not on the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from instrkit.ops import Batch, Evidence, GlobalOp
from instrkit.pipeline.reading import decode_line
from instrkit.pipeline.tasks import Bench
from instrkit.pipeline.work import Receipt, WorkFolder, digest
from instrkit.sample import from_dict

if TYPE_CHECKING:
    from instrkit.pipeline.barrier import PartState

__all__ = ["verify"]

IntArray = NDArray[np.int64]

PAIRS_PER_CHUNK = 20_000
"""A pair of 320-character texts needs some 4 kB of evidence: 80 MB a chunk at most, usually half as its rows recur."""

SAMPLES = 512
"""Samples per batch; never changes the result."""


@dataclass
class EvidenceTask:
    """Gather the evidence of some rows of one part."""

    name: str
    size: int
    key: str
    op: GlobalOp
    part: str
    rows: IntArray

    def run(self, work: WorkFolder) -> Receipt:
        """Read those rows of the part and write their evidence."""
        if done := work.receipt(self.key):
            return done
        start = process_time()
        wanted = set(self.rows.tolist())
        with work.file(self.part, "part").open("rb", buffering=1 << 20) as lines:
            samples = [from_dict(decode_line(line)) for row, line in enumerate(lines) if row in wanted]
        found = [self.op.evidence(Batch(samples[k : k + SAMPLES])) for k in range(0, len(samples), SAMPLES)]
        lengths = np.concatenate([np.diff(piece.offsets) for piece in found])
        work.save_array(self.key, "values", np.concatenate([piece.values for piece in found]))
        work.save_array(self.key, "offsets", np.concatenate([[0], np.cumsum(lengths)]))
        return work.finish(self.key, ["values", "offsets"], {"seconds": process_time() - start, "rows": len(self.rows)})


@dataclass
class CompareTask:
    """
    Compare a chunk of pairs.

    Attributes:
        evidence: Key of each shard's evidence, in order.
        starts: Where each shard's rows start among all gathered rows; shape (shards + 1,).
        pairs: Pairs of positions among all gathered rows; shape (pairs, 2).
    """

    name: str
    size: int
    key: str
    op: GlobalOp
    evidence: tuple[str, ...]
    starts: IntArray
    pairs: IntArray

    def run(self, work: WorkFolder) -> Receipt:
        """Load the evidence of these pairs and write their similarities."""
        if done := work.receipt(self.key):
            return done
        start = process_time()
        needed, inverse = np.unique(self.pairs, return_inverse=True)
        pairs = inverse.reshape(self.pairs.shape).astype(np.int64)
        similarity = self.op.similarity(self._gather(work, needed), pairs)
        work.save_array(self.key, "similarity", similarity)
        return work.finish(self.key, ["similarity"], {"seconds": process_time() - start, "rows": len(self.pairs)})

    def _gather(self, work: WorkFolder, needed: IntArray) -> Evidence:
        values, lengths = [], []
        shards = np.searchsorted(self.starts, needed, side="right") - 1
        for shard in np.unique(shards).tolist():
            local = needed[shards == shard] - self.starts[shard]
            offsets = work.load_array(self.evidence[shard], "offsets")
            mapped = np.load(work.file(self.evidence[shard], "values"), mmap_mode="r", allow_pickle=False)
            sizes = offsets[local + 1] - offsets[local]
            within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            values.append(np.asarray(mapped[np.repeat(offsets[local], sizes) + within]))
            lengths.append(sizes)
        return Evidence(np.concatenate(values), np.concatenate([[0], np.cumsum(np.concatenate(lengths))]))


def verify(
    op: GlobalOp, pairs: IntArray, states: list[PartState], offsets: IntArray, bench: Bench
) -> tuple[NDArray[np.float64], float]:
    """Return the similarity of each pair of global rows, shape (len(pairs),), and the CPU seconds it took."""
    rows, inverse = np.unique(pairs, return_inverse=True)
    positions = inverse.reshape(pairs.shape).astype(np.int64)
    settings = (op.name, op.version, op.settings())
    gather: list[EvidenceTask] = []
    starts = np.searchsorted(rows, offsets)
    for k, state in enumerate(states):
        local = rows[starts[k] : starts[k + 1]] - offsets[k]
        key = digest("evidence", state.part, settings, local.tobytes())
        gather.append(EvidenceTask(f"{op.name} evidence of {state.name}", state.size, key, op, state.part, local))
    keys = tuple(task.key for task in gather)
    seconds = bench.run(f"{op.name}: gather", [task for task in gather if len(task.rows)])
    compare = list(_chunks(op, positions, keys, starts.astype(np.int64)))
    seconds += bench.run(f"{op.name}: compare", compare)
    return np.concatenate([bench.work.load_array(task.key, "similarity") for task in compare]), seconds


def _chunks(op: GlobalOp, pairs: IntArray, keys: tuple[str, ...], starts: IntArray) -> Iterator[CompareTask]:
    for at in range(0, len(pairs), PAIRS_PER_CHUNK):
        chunk = pairs[at : at + PAIRS_PER_CHUNK]
        key = digest("compare", op.name, op.version, op.settings(), keys, chunk.tobytes())
        yield CompareTask(f"{op.name} pairs from {at}", len(chunk), key, op, keys, starts, chunk)
