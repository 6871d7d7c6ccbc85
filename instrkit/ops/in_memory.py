"""Run a global op over samples in memory: for notebooks and tests, where there is no engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instrkit.ops.base import Batch, Evidence, GlobalOp, Sketches, Verdicts
from instrkit.sample import Sample

__all__ = ["resolve_in_memory"]

_PAIRS_AT_ONCE = 65_536


def resolve_in_memory(op: GlobalOp, samples: Sequence[Sample], batch_size: int = 512) -> Verdicts:
    """
    Return which of *samples* the op drops; rows are positions in *samples*.

    Does what an engine does, in one process: the result is the same for any *batch_size*.

    Examples:
        >>> from instrkit.ops.exact_dedup import ExactDedup
        >>> from instrkit.sample import Message, Sample
        >>> resolve_in_memory(ExactDedup(), [Sample((Message("user", text),)) for text in "aba"]).rows.tolist()
        [2]
    """
    op.open()
    if not samples:
        return op.resolve(np.empty((0, 2), dtype=np.int64), np.empty(0))
    parts = [op.sketch(batch) for batch in _batches(samples, batch_size)]

    def load(name: str) -> Iterator[NDArray[Any]]:
        return (part[name] for part in parts)

    pairs = op.candidates(Sketches(np.ones(len(samples), dtype=np.bool_), load))
    return op.resolve(pairs, _similarity(op, samples, pairs, batch_size))


def _similarity(
    op: GlobalOp, samples: Sequence[Sample], pairs: NDArray[np.int64], batch_size: int
) -> NDArray[np.float64]:
    if not op.verified or not len(pairs):
        return np.ones(len(pairs))
    rows, positions = np.unique(pairs, return_inverse=True)
    found = [op.evidence(batch) for batch in _batches([samples[row] for row in rows.tolist()], batch_size)]
    lengths = np.concatenate([np.diff(part.offsets) for part in found])
    evidence = Evidence(
        np.concatenate([part.values for part in found]), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    )
    positions = positions.reshape(-1, 2)
    chunks = range(0, len(pairs), _PAIRS_AT_ONCE)
    return np.concatenate([op.similarity(evidence, positions[k : k + _PAIRS_AT_ONCE]) for k in chunks])


def _batches(samples: Sequence[Sample], size: int) -> Iterator[Batch]:
    return (Batch(samples[k : k + size]) for k in range(0, len(samples), size))
