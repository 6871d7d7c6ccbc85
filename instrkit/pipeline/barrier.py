"""Measures and sketches → verdicts: the one place that sees all shards at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import process_time
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from instrkit.ops import Filter, GlobalOp, Sketches
from instrkit.pipeline.evidence import verify
from instrkit.pipeline.job import FileSpec, Step
from instrkit.pipeline.reading import Index, identity
from instrkit.pipeline.stage import column_key, joined
from instrkit.pipeline.tasks import Bench
from instrkit.pipeline.work import digest

__all__ = ["Barrier", "PartState"]

IntArray = NDArray[np.int64]


@dataclass
class PartState:
    """
    One shard between two stages.

    Attributes:
        name: What messages call the shard.
        size: Bytes of input.
        part: Key of the part of the stage just done.
        rows: Samples in that part.
        files: The job's files that occur in the shard, by position.
        history: (part, verdict) of the stages before, as the next stage applies them.
        told: The same as the ledger tells them.
    """

    name: str
    size: int
    part: str
    rows: int
    files: dict[int, FileSpec]
    history: tuple[tuple[str, str], ...] = ()
    told: tuple[tuple[str, str], ...] = ()


@dataclass
class _Decision:
    """What one judge dropped: global rows, ascending, with the value or the representative of each."""

    step: Step
    rows: IntArray
    values: NDArray[Any]
    of: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


class Barrier:
    """
    Judges all shards of a stage.

    Memory: 1 byte per sample for who is still in, plus what a global op states per sample, plus the dropped rows.

    Args:
        states: The shards in input order.
        judges: The filters and global ops, in order.
        bench: Where candidates are verified.

    Attributes:
        used: Keys of the results this barrier needs: what a rerun would look for.
        decided: Those among them that hold what a global op decided.
    """

    def __init__(self, states: list[PartState], judges: tuple[Step, ...], bench: Bench) -> None:
        self.states = states
        self.judges = judges
        self.bench = bench
        self.work = bench.work
        self.offsets = np.concatenate([[0], np.cumsum([state.rows for state in states])]).astype(np.int64)
        self.alive = np.ones(int(self.offsets[-1]), dtype=np.bool_)
        self.used: set[str] = set()
        self.decided: list[str] = []
        self.decisions: list[_Decision] = []
        self.verdict_keys: list[str] = []

    def verdicts(self) -> list[str]:
        """Judge and write one verdict per shard; return their keys in the order of the shards."""
        self.decisions = [self._decide(step) for step in self.judges]
        _follow(self.decisions)
        return self._write_all()

    def amended(self, later: Barrier) -> list[str]:
        """
        Name other representatives where the next stage's barrier dropped ours as a duplicate; return the new keys.

        Who is dropped stays as it is. To be called from the last pair of barriers to the first.
        """
        onward = self._rows_in(later)
        back = np.flatnonzero(onward >= 0)
        moved = [_Decision(d.step, back[d.rows], d.values, back[d.of]) for d in later.decisions if len(d.of)]
        for decision in self.decisions:
            _follow([decision, *moved])
        return self._write_all()

    def _rows_in(self, later: Barrier) -> IntArray:
        """For each row of this stage, its row in the next one, -1 where it was dropped."""
        onward = np.full(int(self.offsets[-1]), -1, dtype=np.int64)
        for k, state in enumerate(later.states):
            rows = self.work.load_array(state.part, "rows")
            onward[self.offsets[k] + rows] = np.arange(later.offsets[k], later.offsets[k + 1])
        return onward

    def _write_all(self) -> list[str]:
        of = [decision.of for decision in self.decisions]
        places = self._places(np.unique(np.concatenate(of))) if of else {}
        self.verdict_keys = [self._write(k, self.decisions, places) for k in range(len(self.states))]
        return self.verdict_keys

    def _decide(self, step: Step) -> _Decision:
        decision = self._filter(step, step.op) if isinstance(step.op, Filter) else self._global(step)
        self.alive[decision.rows] = False
        return decision

    def _filter(self, step: Step, op: Filter) -> _Decision:
        rows, values = [], []
        for k, column in self._columns(step, "value"):
            start = self.offsets[k]
            gone = np.flatnonzero(self.alive[start : start + len(column)] & ~op.judge(column))
            rows.append(start + gone)
            values.append(column[gone])
        return _Decision(step, joined(rows, np.int64), joined(values, np.float64))

    def _global(self, step: Step) -> _Decision:
        op = step.op
        assert isinstance(op, GlobalOp)
        columns = [column_key(state.part, step) for state in self.states]
        key = digest("decision", op.name, op.version, op.settings(), columns, self.alive.tobytes())
        self.used.add(key)
        self.decided.append(key)
        if self.work.receipt(key) is None:
            self._resolve(key, step, op)
        rows, of, similarity = (self.work.load_array(key, name) for name in ("rows", "of", "similarity"))
        return _Decision(step, rows, similarity, of)

    def _resolve(self, key: str, step: Step, op: GlobalOp) -> None:
        """Let a global op decide, and keep what it decided."""
        sketches = Sketches(self.alive.copy(), lambda name: (column for _, column in self._columns(step, name)))
        start = process_time()
        pairs = op.candidates(sketches)
        here, there = process_time() - start, 0.0
        if op.verified and len(pairs):
            similarity, there = verify(op, pairs, self.states, self.offsets, self.bench)
        else:
            similarity = np.ones(len(pairs))
        start = process_time()
        found = op.resolve(pairs, similarity)
        seconds = process_time() - start + here + there
        for name in ("rows", "of", "similarity"):
            self.work.save_array(key, name, getattr(found, name))
        self.work.finish(key, ["rows", "of", "similarity"], {"seconds": {step.label: seconds}})

    def _columns(self, step: Step, name: str) -> Iterator[tuple[int, NDArray[Any]]]:
        for k, state in enumerate(self.states):
            if state.rows:
                yield k, self.work.load_array(column_key(state.part, step), name)

    def _places(self, rows: IntArray) -> dict[int, tuple[str, str, int]]:
        """Return (id, path, index) of some rows, reading each shard's index once."""
        places: dict[int, tuple[str, str, int]] = {}
        shards = np.searchsorted(self.offsets, rows, side="right") - 1
        for k in np.unique(shards).tolist():
            state = self.states[k]
            index = Index.load(self.work, state.history[0][0] if state.history else state.part)
            base = self._base(state)
            for row in rows[shards == k].tolist():
                first = int(base[row - self.offsets[k]])
                file = state.files[index.file[first]]
                ident = identity(file.label, index.index[first], index.id[first])
                places[row] = (ident, file.shown, index.index[first])
        return places

    def _base(self, state: PartState) -> IntArray:
        """For each row of this stage's part, its row in the first stage's."""
        base = np.arange(state.rows)
        before = [part for part, _ in state.history if part != state.part]
        for part in reversed([*before[1:], state.part] if before else []):
            base = self.work.load_array(part, "rows")[base]
        return base

    def _write(self, k: int, decisions: list[_Decision], places: dict[int, tuple[str, str, int]]) -> str:
        start, stop = self.offsets[k], self.offsets[k + 1]
        gone: list[tuple[int, dict[str, Any]]] = []
        for decision in decisions:
            low, high = np.searchsorted(decision.rows, [start, stop])
            rows = (decision.rows[low:high] - start).tolist()
            gone += [(row, _why(decision, int(low) + k, places)) for k, row in enumerate(rows)]
        gone.sort(key=lambda item: item[0])
        verdict = {"rows": [row for row, _ in gone], "why": [why for _, why in gone]}
        key = digest("verdict", self.states[k].part, orjson.dumps(verdict))
        self.used.add(key)
        if self.work.receipt(key) is None:
            self.work.save_json(key, "verdict", verdict)
            self.work.finish(key, ["verdict"], {})
        return key


def _follow(decisions: list[_Decision]) -> None:
    """
    Where an identical sample's representative was dropped as a duplicate itself by a later step, name that one's.

    So the ledger names a sample that was kept; as the two are identical, the similarity is the representative's own.
    """
    for k, decision in reversed(list(enumerate(decisions))):
        for later in decisions[k + 1 :]:
            if len(decision.of) and len(later.of):
                at = np.searchsorted(later.rows, decision.of).clip(max=len(later.rows) - 1)
                moved = (later.rows[at] == decision.of) & (decision.values == 1.0)
                decision.values = np.where(moved, later.values[at], decision.values)
                decision.of = np.where(moved, later.of[at], decision.of)


def _why(decision: _Decision, at: int, places: dict[int, tuple[str, str, int]]) -> dict[str, Any]:
    """Say why one row was dropped, in the ledger's columns."""
    step, op, value = decision.step, decision.step.op, decision.values[at]
    why: dict[str, Any] = {"step": step.label}
    if isinstance(op, Filter):
        plain = str(value) if isinstance(value, str) else float(value)
        reason, bound = op.reason(plain)
        shown = plain if isinstance(plain, str) else f"{plain:.6g}"
        return why | {"reason": reason, "statistic": op.name, "value": shown, "bound": bound}
    assert isinstance(op, GlobalOp)
    ident, path, index = places[int(decision.of[at])]
    similarity = round(float(value), 6)
    why |= {"reason": op.why, "statistic": "similarity", "value": f"{similarity:.6g}", "bound": op.bound()}
    return why | {"duplicate_of": ident, "duplicate_path": path, "duplicate_index": index, "similarity": similarity}
