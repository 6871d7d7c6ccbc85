"""The account of one shard at the end of the pipeline: the rows of ledger and statistics, and the counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from instrkit.io.records import RAW_BYTES
from instrkit.ledger import WRITE, ledger_schema
from instrkit.ops import Filter
from instrkit.pipeline.reading import Index, PartFeed, identity
from instrkit.pipeline.stage import column_key
from instrkit.pipeline.work import WorkFolder

if TYPE_CHECKING:
    import pyarrow as pa

    from instrkit.pipeline.final import FinalTask

__all__ = ["ShardAccount"]

_NUMBERS = re.compile(r"[0-9]+")


class ShardAccount:
    """
    What became of every record of one shard.

    Rows are those of the first stage: one per sample that could be read, in input order.

    Args:
        task: The task that wrote the outputs.
        work: The working folder.
        index: Where each row came from, and what was rejected.
        last: The rows that reached the last stage, ascending.
        changed: What that stage's maps changed, in the same order.
    """

    def __init__(
        self,
        task: FinalTask,
        work: WorkFolder,
        index: Index,
        last: NDArray[np.int64],
        changed: list[NDArray[np.uint64]],
    ) -> None:
        self.task = task
        self.work = work
        self.index = index
        self.kept = last
        self.outputs: list[str] = []
        self.unwritten: dict[int, tuple[str, bytes]] = {}
        self.size = len(index.index)
        self.changed = np.zeros(self.size, dtype=np.uint64)
        self.fates: dict[int, dict[str, Any]] = {}
        self._collect()
        if changed:
            self.changed[last] |= np.concatenate(changed)

    def settle(
        self, outputs: list[str], unwritten: list[tuple[int, str, bytes]], dropped: dict[int, dict[str, Any]]
    ) -> None:
        """
        Note how the last stage ended.

        Args:
            outputs: Which output each written row went to, in their order.
            unwritten: Rows that the target cannot write at all, with the cause and the sample's line.
            dropped: Rows that are not written because of what they would become, with reason, value and bound.
        """
        self.unwritten = {row: (cause, line) for row, cause, line in unwritten}
        self.fates |= {row: {"step": WRITE, **why} for row, why in dropped.items()}
        if unwritten or dropped:
            self.kept = self.kept[~np.isin(self.kept, [*self.unwritten, *dropped])]
        self.outputs = outputs

    @property
    def has_rejected(self) -> bool:
        """Whether anything was rejected, while reading or while writing."""
        return bool(self.index.rejects or self.unwritten)

    def _stages(self) -> Iterator[tuple[tuple[str, str], NDArray[np.int64]]]:
        """Yield part and verdict of each judged stage, and the first-stage row of each row of its part."""
        base = np.arange(self.size)
        for k, (part, verdict) in enumerate(self.task.history):
            if k:
                base = base[self.work.load_array(part, "rows")]
            yield (part, verdict), base

    def _collect(self) -> None:
        """Gather the verdicts and changes of the stages before, by first-stage row."""
        for (part, verdict), base in self._stages():
            self.changed[base] |= self.work.load_array(part, "changed")
            said = self.work.load_json(verdict, "verdict")
            for row, why in zip(base[np.array(said["rows"], dtype=np.int64)].tolist(), said["why"], strict=True):
                self.fates[row] = why

    @cached_property
    def idents(self) -> list[str]:
        """Every row's id."""
        files = self.task.files
        rows = zip(self.index.file, self.index.index, self.index.id, strict=True)
        return [identity(files[file].label, number, own) for file, number, own in rows]

    def changed_by(self, row: int) -> list[str]:
        """Return the steps that changed a row, in order."""
        mask = int(self.changed[row])
        steps = [label for position, label in self.task.map_labels if mask >> position & 1]
        return ["read", *steps] if str(row) in self.index.repairs else steps

    def rejected(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of `rejected.jsonl`."""
        for row in self.index.rejects:
            file = self.task.files[row["file"]]
            yield {"source": file.source, "path": file.shown} | {
                name: row[name] for name in ("index", "line", "cause", "raw", "encoding", "size")
            }
        for at, (cause, line) in self.unwritten.items():
            file = self.task.files[self.index.file[at]]
            raw = line.decode().rstrip("\n")
            yield {"source": file.source, "path": file.shown, "index": self.index.index[at], "line": None} | {
                "cause": cause, "raw": raw[: RAW_BYTES], "encoding": "utf-8", "size": len(line)
            }  # fmt: skip

    def dropped_lines(self) -> Iterator[bytes]:
        """Yield the lines of `dropped.jsonl`: why, and the sample as it was when it was dropped."""
        for k, (_, base) in enumerate(self._stages()):
            for row, line in self._dropped_after(k):
                first = int(base[row])
                file = self.task.files[self.index.file[first]]
                where = {"id": self.idents[first], "source": file.source, "path": file.shown}
                head = orjson.dumps(where | {"index": self.index.index[first]} | self.fates[first])
                yield head[:-1] + b',"sample":' + line.strip().removeprefix(b"!") + b"}\n"

    def _dropped_after(self, stage: int) -> list[tuple[int, bytes]]:
        """The lines that the barrier after *stage* dropped: the next stage kept them while reading."""
        if stage + 1 < len(self.task.history):
            lines = self.work.load_json(self.task.history[stage + 1][0], "dropped")
            return [(row, line.encode()) for row, line in lines]
        return self.task.feed.dropped if isinstance(self.task.feed, PartFeed) else []

    def _source(self, row: int) -> str:
        return self.task.files[self.index.file[row]].source

    def facts(self) -> dict[str, Any]:
        """Return the counts of the shard, by source, for the receipt."""
        counts: dict[str, Counter[str]] = {spec.source: Counter() for spec in self.task.files.values()}
        file = np.array(self.index.file, dtype=np.int64)
        for name, rows in (("read", file), ("kept", file[self.kept])):
            for number, count in zip(*np.unique(rows, return_counts=True), strict=True):
                counts[self.task.files[int(number)].source][name] += int(count)
        for reject in self.index.rejects:
            source = self.task.files[reject["file"]].source
            counts[source].update({"read": 1, "rejected": 1, f"rejected:{_kind(reject['cause'])}": 1})
        for row, (cause, _) in self.unwritten.items():
            counts[self._source(row)].update({"rejected": 1, f"rejected:{_kind(_untitled(cause))}": 1})
        for row, why in self.fates.items():
            counts[self._source(row)].update({"dropped": 1, f"dropped:{why['step']}:{why['reason']}": 1})
        for row in np.flatnonzero(self.changed).tolist():
            counts[self._source(row)].update(f"changed:{label}" for label in self.changed_by(row) if label != "read")
        for text, repairs in self.index.repairs.items():
            counts[self._source(int(text))].update(f"repaired:{repair}" for repair in repairs)
        for number, count in zip(*np.unique(file, return_counts=True), strict=True):
            spec, others = self.task.files[int(number)], self.index.others.get(str(number), {})
            found = {**others, spec.format.name: int(count) - sum(others.values())}
            counts[spec.source].update({f"format:{name}": n for name, n in found.items() if n})
        findings = [{"path": self.task.files[f["file"]].shown} | f for f in self.index.findings]
        outputs = Counter(self.outputs)
        return {"counts": {source: dict(found) for source, found in counts.items()}} | {
            "findings": [{name: value for name, value in f.items() if name != "file"} for f in findings],
            "samples": {name: outputs[name] for name in self.task.outputs},
        }

    def save_tables(self) -> None:
        """Write the shard's rows of ledger and statistics as Arrow files."""
        import pyarrow as pa

        for suffix, table in (("ledger", self._ledger()), ("stats", self._stats())):
            with self.work.writing(self.task.key, suffix) as out, pa.ipc.new_file(out, table.schema) as writer:
                writer.write_table(table)

    def _ledger(self) -> pa.Table:
        import pyarrow as pa

        columns, rejects = self._columns(), self.index.rejects
        # Rejected records stand behind the others; put each before the row it was read before.
        before = [*range(self.size), *(reject["before"] - 0.5 for reject in rejects)]
        order = np.argsort(np.array(before, dtype=np.float64), kind="stable")
        length = len(columns["fate"])
        schema = ledger_schema()
        arrays = [
            pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(length, field.type)
            for field in schema
        ]
        table = pa.Table.from_arrays(arrays, schema=schema)
        return table.take(order) if rejects else table

    def _columns(self) -> dict[str, list[Any]]:
        """Return the ledger's columns but those that are null throughout: all rows, then what reading rejected."""
        files, index = self.task.files, self.index
        columns: dict[str, list[Any]] = {
            "source": [files[file].source for file in index.file],
            "path": [files[file].shown for file in index.file],
            "index": list(index.index),
            "id": list(self.idents),
            "fate": ["kept"] * self.size,
            "output": [None] * self.size,
            "changed_by": [[]] * self.size,
        }
        for row, output in zip(self.kept.tolist(), self.outputs, strict=True):
            columns["output"][row] = output
        touched = {*np.flatnonzero(self.changed).tolist(), *map(int, index.repairs)}
        for row in touched:
            columns["changed_by"][row] = self.changed_by(row)
        sparse = [name for name in ledger_schema().names if name not in columns]
        if self.fates or self.has_rejected:
            columns |= {name: [None] * self.size for name in sparse}
        for row, why in self.fates.items():
            columns["fate"][row] = "dropped"
            for name, value in why.items():
                columns[name][row] = value
        for at, (cause, _) in self.unwritten.items():
            columns["fate"][at], columns["step"][at], columns["reason"][at] = "rejected", WRITE, cause
        for reject in index.rejects:
            file = files[reject["file"]]
            row = {"source": file.source, "path": file.shown, "index": reject["index"], "fate": "rejected"}
            row |= {"step": "read", "reason": reject["cause"]}
            for name, column in columns.items():
                column.append(row.get(name))
        return columns

    def _stats(self) -> pa.Table:
        import pyarrow as pa

        files, index = self.task.files, self.index
        arrays: dict[str, Any] = {
            "id": pa.array(self.idents, pa.string()),
            "source": pa.array([files[file].source for file in index.file], pa.string()),
            "path": pa.array([files[file].shown for file in index.file], pa.string()),
            "index": pa.array(index.index, pa.int64()),
        }
        for judges, ((part, _), base) in zip(self.task.judges, self._stages(), strict=True):
            for step in judges:
                if isinstance(step.op, Filter):
                    found = self.work.load_array(column_key(part, step), "value") if len(base) else np.empty(0)
                    arrays[step.label] = _spread(found, base, self.size, text=step.op.text_valued)
        return pa.table(arrays)


def _spread(values: NDArray[Any], rows: NDArray[np.int64], size: int, *, text: bool) -> pa.Array:
    """Lay the values of some rows out over all rows, null elsewhere."""
    import pyarrow as pa

    if text:
        words: list[str | None] = [None] * size
        for row, value in zip(rows.tolist(), values.tolist(), strict=True):
            words[row] = value
        return pa.array(words, pa.string())
    numbers = np.full(size, np.nan)
    numbers[rows] = values
    return pa.array(numbers, pa.float64(), from_pandas=True)


def _untitled(cause: str) -> str:
    """Return a cause without the template's name, which may be a long path, and which the reader gave himself."""
    return cause.partition(": ")[2] or cause if cause.startswith("template ") else cause


def _kind(cause: str) -> str:
    """Return a cause without its numbers, to count by."""
    return _NUMBERS.sub("#", cause)[:80]
