"""The last stage: samples → maps → output lines, and the rows of ledger and statistics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from time import process_time

import numpy as np
from numpy.typing import NDArray

from instrkit import io
from instrkit.errors import LossError, TemplateError
from instrkit.pipeline.account import ShardAccount
from instrkit.pipeline.frames import Frame
from instrkit.pipeline.job import FileSpec, Step, Writer
from instrkit.pipeline.parts import Part, open_part
from instrkit.pipeline.reading import Index, PartFeed, SourceFeed, identity
from instrkit.pipeline.sinks import Dropped, Row, Sink, open_sink
from instrkit.pipeline.stage import Seconds, apply_maps, encode_line, joined, run_op
from instrkit.pipeline.work import Receipt, WorkFolder
from instrkit.sample import Sample

__all__ = ["FinalTask", "choose_output"]


def choose_output(split: tuple[tuple[str, float], ...], seed: int, ident: str) -> str:
    """
    Return which output a sample goes to: a share of the split, or `train`.

    Depends on the seed and the sample's id alone (the first 8 bytes of a BLAKE2b digest as a number from 0 to 1), so
    the same sample falls on the same side whatever else the corpus holds.
    """
    if not split:
        return "train"
    drawn = int.from_bytes(blake2b(f"{seed}\0{ident}".encode("utf-8", "replace"), digest_size=8).digest()) / 2**64
    for name, share in split:
        if drawn < share:
            return name
        drawn -= share
    return "train"


@dataclass
class FinalTask:
    """
    One shard of the last stage.

    Attributes:
        name: What the task is.
        size: Bytes of input.
        key: What the result is stored under.
        feed: Where the samples come from.
        files: The job's files that occur in the shard, by position.
        maps: The last maps.
        writer: What is written per sample.
        split: Shares by output name.
        seed: What the split is drawn from.
        batch_size: Samples per batch.
        history: Part and verdict key of every judged stage before, in order.
        judges: The judges of those stages, in the same order.
        map_labels: Position and label of every map of the job.
        ledger: Whether ledger, statistics and dropped samples are written.
    """

    name: str
    size: int
    key: str
    feed: SourceFeed | PartFeed
    files: dict[int, FileSpec]
    maps: tuple[Step, ...]
    writer: Writer
    split: tuple[tuple[str, float], ...]
    seed: int
    batch_size: int
    history: tuple[tuple[str, str], ...]
    judges: tuple[tuple[Step, ...], ...]
    map_labels: tuple[tuple[int, str], ...]
    ledger: bool

    def run(self, work: WorkFolder) -> Receipt:
        """Write the outputs, unless they are there."""
        return work.receipt(self.key) or _Pass(self, work).run()

    @property
    def outputs(self) -> list[str]:
        """The outputs' names."""
        return ["train", *(name for name, _ in self.split)]


class _Pass:
    """One pass over a shard."""

    def __init__(self, task: FinalTask, work: WorkFolder) -> None:
        self.task = task
        self.work = work
        self.sink: Sink = open_sink(task.writer)
        self.seconds: Seconds = defaultdict(float)
        self.base = _base_rows(work, task.history)
        self.index = Index.load(work, task.history[0][0]) if task.history else None
        self.rows: list[NDArray[np.int64]] = []
        self.changed: list[NDArray[np.uint64]] = []
        self.written: list[str] = []  # to which output, sample by sample
        self.records: dict[str, int] = dict.fromkeys(task.outputs, 0)
        self.unwritten: list[tuple[int, str, bytes]] = []
        self.dropped: dict[int, Dropped] = {}
        self.frames: dict[str, list[Frame]] = {}

    def run(self) -> Receipt:
        task, work = self.task, self.work
        for step in task.maps:
            run_op(step, step.op.open)
        with ExitStack() as files:
            parts = {
                name: open_part(task.writer, files.enter_context(work.writing(task.key, f"out.{name}")))
                for name in task.outputs
            }
            for samples, rows in task.feed.batches(work, task.batch_size):
                after, changed = apply_maps(task.maps, samples, self.seconds)
                start = process_time()
                self.write(after, rows, parts)
                self.seconds["write"] += process_time() - start
                self.rows.append(rows)
                self.changed.append(changed)
            self.records["train"] += parts["train"].write(self.sink.close())
            for name, part in parts.items():
                self.records[name] += part.close()
        self.frames = {f"out.{name}": part.frames for name, part in parts.items()}
        self.seconds["read"] += task.feed.seconds
        index = self.index or (task.feed.account if isinstance(task.feed, SourceFeed) else Index())
        account = ShardAccount(task, work, index, self.base_rows(), self.changed)
        account.settle(
            self.written,
            [(self.base_row(row), cause, line) for row, cause, line in self.unwritten],
            {self.base_row(row): vars(why) for row, why in self.dropped.items()},
        )
        return self.finish(account)

    def write(self, samples: list[Sample], rows: NDArray[np.int64], parts: dict[str, Part]) -> None:
        """Write one batch."""
        task = self.task
        named = self.sink.named or bool(task.split)
        idents = list(self.idents(rows)) if named else [""] * len(samples)
        written: dict[str, list[Row]] = {name: [] for name in parts}
        split, train = task.split, written["train"]
        for k, outcome in enumerate(self.sink.batch(samples, idents)):
            if isinstance(outcome, (tuple, list)):
                name = choose_output(split, task.seed, idents[k]) if split else "train"
                (written[name] if split else train).extend(outcome)
                self.written.append(name)
            else:
                self.leave_out(outcome, samples[k], rows[k : k + 1])
        for name, found in written.items():
            self.records[name] += parts[name].write(found)

    def leave_out(self, outcome: Dropped | TemplateError | LossError, sample: Sample, row: NDArray[np.int64]) -> None:
        """Note why a sample is not written; what must not happen ends the run."""
        if isinstance(outcome, Dropped):
            self.dropped[int(row[0])] = outcome
        elif isinstance(outcome, LossError):
            raise LossError(f"{next(self.idents(row))}: {outcome}") from None
        elif self.task.writer.strict:
            raise outcome
        else:
            self.unwritten.append((int(row[0]), str(outcome), encode_line(sample)))

    def idents(self, rows: NDArray[np.int64]) -> Iterator[str]:
        """Yield the ids of samples by their rows in the feed."""
        feed, files = self.task.feed, self.task.files
        if self.index is None:
            assert isinstance(feed, SourceFeed)
            index, base = feed.account, rows
        else:
            index, base = self.index, rows if self.base is None else self.base[rows]
        file, number, own = index.file, index.index, index.id
        return (identity(files[file[row]].label, number[row], own[row]) for row in base.tolist())

    def base_rows(self) -> NDArray[np.int64]:
        """The rows of the first stage that were kept to the end."""
        rows: NDArray[np.int64] = joined(self.rows, np.int64)
        return rows if self.base is None else self.base[rows]

    def base_row(self, row: int) -> int:
        """The row of the first stage for a row of the feed."""
        return row if self.base is None else int(self.base[row])

    def finish(self, account: ShardAccount) -> Receipt:
        """Write ledger, statistics, dropped and rejected, then the receipt."""
        task, work = self.task, self.work
        suffixes = [f"out.{name}" for name in task.outputs]
        if account.has_rejected:
            with work.writing(task.key, "rejected") as out:
                out.writelines(io.encode(row) + b"\n" for row in account.rejected())
            suffixes.append("rejected")
        if task.ledger:
            with work.writing(task.key, "dropped") as out:
                out.writelines(account.dropped_lines())
            account.save_tables()
            suffixes += ["dropped", "ledger", "stats"]
        facts = account.facts() | {"records": self.records, "frames": self.frames}
        facts |= {"losses": dict(self.sink.losses), "measures": dict(self.sink.measures)}
        return work.finish(task.key, suffixes, facts | {"seconds": dict(self.seconds), "size": task.size})


def _base_rows(work: WorkFolder, history: tuple[tuple[str, str], ...]) -> NDArray[np.int64] | None:
    """Row of the last part → row of the first; None where they are the same."""
    base: NDArray[np.int64] | None = None
    for part, _ in history[1:]:
        rows = work.load_array(part, "rows")
        base = rows if base is None else base[rows]
    return base
