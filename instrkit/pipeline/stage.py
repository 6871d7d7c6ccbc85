"""A judged stage: samples → maps → measures and sketches → part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from instrkit import io
from instrkit.errors import InstrkitError, RunError
from instrkit.ops import Batch, Filter, GlobalOp, Map
from instrkit.pipeline.job import Stage, Step
from instrkit.pipeline.reading import PartFeed, SourceFeed
from instrkit.pipeline.work import Receipt, WorkFolder, digest
from instrkit.sample import Sample, to_dict

__all__ = ["JudgeTask", "Seconds", "apply_maps", "column_key", "encode_line", "joined", "run_op"]

Seconds = defaultdict[str, float]
"""CPU seconds by step, `read` and `write` among them."""


def column_key(part: str, step: Step) -> str:
    """Return the key of what *step* measures on a part: it depends on the settings that measure, not on the bounds."""
    op = step.op
    settings = op.settings()
    if isinstance(op, Filter):
        settings = {name: value for name, value in settings.items() if name not in op.judged_by}
    elif isinstance(op, GlobalOp):
        settings = {name: value for name, value in settings.items() if name in op.sketched_by}
    return digest("column", part, op.name, op.version, op.depends(), settings)


def encode_line(sample: Sample) -> bytes:
    """Encode one line of a part; a leading `!` marks the rare line that orjson cannot hold (integers over 64 bits)."""
    data = to_dict(sample)
    try:
        return orjson.dumps(data) + b"\n"
    except TypeError:
        return b"!" + io.encode(data) + b"\n"


def apply_maps(
    maps: Iterable[Step], samples: list[Sample], seconds: Seconds
) -> tuple[list[Sample], NDArray[np.uint64]]:
    """Apply *maps* in order; also return, per sample, a bit for each position of a map that changed it."""
    changed = np.zeros(len(samples), dtype=np.uint64)
    for step in maps:
        start = process_time()
        op = step.op
        assert isinstance(op, Map)
        after = run_op(step, op.change, Batch(samples))
        _check_length(step, len(after), len(samples))
        for k, (old, new) in enumerate(zip(samples, after, strict=True)):
            if new is not old:
                changed[k] |= np.uint64(1) << np.uint64(step.position)
        samples = after
        seconds[step.label] += process_time() - start
    return samples, changed


def run_op(step: Step, call: Callable[..., Any], *arguments: Any) -> Any:
    """Call one op; an unexpected error names the step."""
    try:
        return call(*arguments)
    except InstrkitError:
        raise
    except Exception as error:
        raise RunError(f"step {step.label}: {type(error).__name__}: {error}: this is a defect of the op") from error


def _check_length(step: Step, found: int, expected: int) -> None:
    if found != expected:
        raise RunError(f"step {step.label}: {found} results for {expected} samples: this is a defect of the op")


@dataclass
class JudgeTask:
    """
    One shard of a judged stage.

    Attributes:
        name: What the task is.
        size: Bytes of input.
        feed: Where the samples come from.
        stage: The maps and judges.
        part: Key of the part this writes.
        batch_size: Samples per batch.
    """

    name: str
    size: int
    feed: SourceFeed | PartFeed
    stage: Stage
    part: str
    batch_size: int

    @property
    def key(self) -> str:
        """The part's key."""
        return self.part

    def run(self, work: WorkFolder) -> Receipt:
        """Write the part unless it is there, and every column of it that is missing."""
        done = work.receipt(self.part)
        missing = [step for step in self.stage.judges if work.receipt(column_key(self.part, step)) is None]
        if done and not missing:
            return done
        return _Pass(self, work, missing, fresh=done is None).run(done)


class _Pass:
    """One pass over a shard."""

    def __init__(self, task: JudgeTask, work: WorkFolder, missing: list[Step], *, fresh: bool) -> None:
        self.task = task
        self.work = work
        self.missing = missing
        self.fresh = fresh
        self.seconds: Seconds = defaultdict(float)
        self.measured: dict[str, dict[str, list[NDArray[Any]]]] = {step.label: defaultdict(list) for step in missing}
        self.changed: list[NDArray[np.uint64]] = []
        self.rows: list[NDArray[np.int64]] = []

    def run(self, done: Receipt | None) -> Receipt:
        task, work = self.task, self.work
        for step in (*task.stage.maps, *self.missing):
            run_op(step, step.op.open)
        if not self.fresh:
            for samples, _ in PartFeed(task.part, None).batches(work, task.batch_size):
                self.measure(Batch(samples))
            self.save_columns()
            return {**(done or {}), "seconds": dict(self.seconds)}
        with work.writing(task.part, "part") as out:
            for samples, rows in task.feed.batches(work, task.batch_size):
                after, changed = apply_maps(task.stage.maps, samples, self.seconds)
                self.measure(Batch(after))
                start = process_time()
                out.writelines(map(encode_line, after))
                self.seconds["write"] += process_time() - start
                self.changed.append(changed)
                self.rows.append(rows)
        self.save_columns()
        return self.save_part()

    def measure(self, batch: Batch) -> None:
        """Measure and sketch one batch."""
        for step in self.missing:
            start = process_time()
            op = step.op
            found = self.measured[step.label]
            if isinstance(op, Filter):
                found["value"].append(run_op(step, op.measure, batch))
                _check_length(step, len(found["value"][-1]), len(batch))
            elif isinstance(op, GlobalOp):
                for name, column in run_op(step, op.sketch, batch).items():
                    found[name].append(column)
                    _check_length(step, len(column), len(batch))
            self.seconds[step.label] += process_time() - start

    def save_columns(self) -> None:
        """Write each column with its receipt."""
        for step in self.missing:
            key = column_key(self.task.part, step)
            for name, pieces in self.measured[step.label].items():
                self.work.save_array(key, name, np.concatenate(pieces))
            facts = {"seconds": {step.label: self.seconds.pop(step.label)}} if step.label in self.seconds else {}
            self.work.finish(key, list(self.measured[step.label]), facts)

    def save_part(self) -> Receipt:
        """Write the rest of the part and its receipt."""
        task, work = self.task, self.work
        rows = joined(self.rows, np.int64)
        work.save_array(task.part, "rows", rows)
        work.save_array(task.part, "changed", joined(self.changed, np.uint64))
        suffixes = ["part", "rows", "changed"]
        facts: Receipt = {"rows": len(rows), "size": task.size}
        self.seconds["read"] += task.feed.seconds
        if isinstance(task.feed, SourceFeed):
            task.feed.account.save(work, task.part)
            suffixes.append("index")
        else:
            work.save_json(task.part, "dropped", [[row, line.decode()] for row, line in task.feed.dropped])
            suffixes.append("dropped")
        return work.finish(task.part, suffixes, {**facts, "seconds": dict(self.seconds)})


def joined(arrays: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    """Return *arrays* end to end, an empty one of *dtype* where there is none."""
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=dtype)
