"""Drop samples that are the same as an earlier one."""

from __future__ import annotations

import marshal
from hashlib import blake2b
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from instrkit.ops.base import Batch, GlobalOp, Sketches, Verdicts, op
from instrkit.sample import Candidate, Message, Part, Sample, ToolCall

__all__ = ["ExactDedup"]

IntArray = NDArray[np.int64]


@op("exact_dedup")
class ExactDedup(GlobalOp):
    r"""
    Drop a sample in which a model would see and learn just what it did in an earlier one.

    Compared are roles, contents, thinking, tools, tool calls and their results, loss weights, candidates, preferences,
    labels and the task, character by character and in their order. Not compared are id, meta, origin, residual and keys
    without a field in the schema.

    Alpaca's input is a part of its own: instruction "a" with input "b" is not the instruction "a\nb", because templates
    write them differently. `near_dedup` finds such pairs.
    """

    why: ClassVar[str] = "exact duplicate"
    verified: ClassVar[bool] = False
    bytes_per_sample: ClassVar[int] = 72
    sketched_by: ClassVar[frozenset[str]] = frozenset()

    def sketch(self, batch: Batch) -> dict[str, NDArray[Any]]:
        """Return a 128-bit digest of each sample as two columns, `high` and `low`."""
        digests = b"".join([blake2b(identity(sample), digest_size=16).digest() for sample in batch.samples])
        halves = np.frombuffer(digests, dtype=">u8").reshape(-1, 2).astype(np.uint64)
        return {"high": halves[:, 0].copy(), "low": halves[:, 1].copy()}

    def candidates(self, sketches: Sketches) -> IntArray:
        """Return each later copy with the first of its kind."""
        rows = np.flatnonzero(sketches.alive)
        high, low = sketches.column("high")[rows], sketches.column("low")[rows]
        order = np.lexsort((low, high))  # stable: equal digests stay in the order of their rows
        high, low = high[order], low[order]
        new = np.ones(len(rows), dtype=np.bool_)
        new[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
        first = rows[order[new]][np.cumsum(new) - 1]
        pairs = np.stack([first, rows[order]], axis=1)[~new]
        return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def resolve(self, pairs: IntArray, similarity: NDArray[np.float64]) -> Verdicts:
        """Drop all but the first of each kind."""
        order = np.argsort(pairs[:, 1], kind="stable")
        return Verdicts(pairs[order, 1], pairs[order, 0], similarity[order])


def identity(sample: Sample) -> bytes:
    """
    Return what makes *sample* what it is, as bytes that are equal only for equal samples.

    Marshal's version 2 writes lengths before strings and no references, so that the bytes depend on the values alone;
    they are hashed and never read back.
    """
    messages = sample.messages
    if not (sample.tools or sample.candidates or sample.preferences or sample.labels or sample.task):
        return marshal.dumps(list(map(_message, messages)), 2)
    said = (
        list(map(_message, messages)),
        sample.tools,
        tuple(map(_candidate, sample.candidates)),
        tuple((p.better, p.worse, p.axis, p.margin) for p in sample.preferences),
        sample.labels and sorted(sample.labels.items()),
        sample.task,
    )
    return marshal.dumps(said, 2)


def _message(message: Message) -> tuple[Any, ...]:
    content = message.content
    if type(content) is tuple:
        content = _content(content)
    if (
        message.weight is None
        and message.thinking is None
        and not message.tool_calls
        and message.tool_call_id is None
        and message.name is None
        and message.channel is None
        and message.metadata is None
        and not message.train_spans
    ):
        return (message.role, content)
    return (
        message.role,
        content,
        message.thinking,
        tuple(map(_call, message.tool_calls)),
        message.tool_call_id,
        message.name,
        message.channel,
        message.metadata,
        message.weight,
        message.train_spans,
    )


def _content(parts: tuple[Part, ...]) -> Any:
    """Return plain text parts as the string they make together, others one by one."""
    if all(part.type == "text" and part.name is None and part.train is None for part in parts):
        return "".join(part.text or "" for part in parts)
    return tuple((part.type, part.text, part.ref, part.placeholder, part.name, part.train) for part in parts)


def _call(call: ToolCall) -> tuple[Any, ...]:
    return (call.name, call.arguments_raw if call.arguments_raw is not None else call.arguments, call.id, call.kind)


def _candidate(candidate: Candidate) -> tuple[Any, ...]:
    messages = tuple(map(_message, candidate.messages))
    scores = candidate.scores and sorted(candidate.scores.items())
    return (messages, candidate.id, scores, candidate.label, candidate.rank, candidate.safe)
