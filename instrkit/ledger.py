"""
The account of every record's fate.

Each record read ends as exactly one of *kept*, *dropped* or *rejected*. The ledger has one row per record, in input
order; `reconcile` checks that rows, lines written and records read agree, per source and in total.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from instrkit.errors import RunError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "COLUMNS",
    "FATES",
    "WRITE",
    "Counts",
    "add_up",
    "find_records",
    "ledger_json_schema",
    "ledger_schema",
    "reconcile",
]

FATES = ("kept", "dropped", "rejected")
"""How a record can end."""

WRITE = "write"
"""What ledger and report call the last step, which writes."""

LONGEST_INDEX = 18
"""Digits of an index: 64 bits hold any number of as many."""

COLUMNS: dict[str, tuple[str, str]] = {
    "source": ("string", "name of the source"),
    "path": ("string", "file the record was read from"),
    "index": ("integer", "line (from 1) in JSON Lines, array index (from 0) in a JSON array, 0 for a single object"),
    "id": ("string", "the sample's id"),
    "fate": ("string", "kept, dropped or rejected"),
    "output": ("string", "kept: the output file's name without its ending (train, validation, …)"),
    "step": ("string", "dropped: the step as `position.name`, or `write`; rejected: `read` or `write`"),
    "reason": ("string", "why it was dropped or rejected"),
    "statistic": ("string", "what was measured"),
    "value": ("string", "the value that broke the bound"),
    "bound": ("string", "the bound that was broken, such as max=20000"),
    "duplicate_of": ("string", "id of the kept sample this one duplicates"),
    "duplicate_path": ("string", "that sample's file"),
    "duplicate_index": ("integer", "that sample's index"),
    "similarity": ("number", "how similar the two are, 0.0 to 1.0"),
    "changed_by": ("array", "the steps that changed the sample, in order; `read` for a repair while reading"),
}
"""The ledger's columns: name → (JSON type, meaning). All but source, path and fate may be null."""


def ledger_schema() -> pa.Schema:
    """Return the Arrow schema of `ledger.parquet`."""
    import pyarrow as pa

    types = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "array": pa.list_(pa.string())}
    return pa.schema([(name, types[kind]) for name, (kind, _) in COLUMNS.items()])


def ledger_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one ledger row."""
    required = ["source", "path", "fate"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "instrkit ledger row",
        "type": "object",
        "properties": {
            name: {"type": kind if name in required else [kind, "null"], "description": meaning}
            | ({"items": {"type": "string"}} if kind == "array" else {})
            | ({"enum": list(FATES)} if name == "fate" else {})
            for name, (kind, meaning) in COLUMNS.items()
        },
        "required": required,
        "additionalProperties": False,
    }


@dataclass
class Counts:
    """
    How many records of one source met which fate.

    Attributes:
        read: Records found in the source, readable or not.
        kept: Samples written to an output.
        dropped: Samples a step dropped.
        rejected: Records that could not be read as samples.
    """

    read: int = 0
    kept: int = 0
    dropped: int = 0
    rejected: int = 0

    def add(self, other: Mapping[str, int]) -> None:
        """Add counts given by name."""
        for name, count in other.items():
            setattr(self, name, getattr(self, name) + count)


def add_up(per_source: Mapping[str, Counts]) -> None:
    """
    Check that every record read met exactly one fate.

    Raises:
        RunError: A source does not add up.
    """
    for source, counts in per_source.items():
        if counts.read != counts.kept + counts.dropped + counts.rejected:
            raise RunError(
                f"ledger: source {source!r} does not add up: read {counts.read}, but kept {counts.kept} + dropped "
                f"{counts.dropped} + rejected {counts.rejected}: this is a defect in instrkit, nothing was written"
            )


def reconcile(per_source: Mapping[str, Counts], rows: Mapping[str, int], lines: Mapping[str, int]) -> None:
    """
    Check that the ledger adds up, three counts against each other.

    Args:
        per_source: What the stages counted, by source: `read` by the reader, the rest by the writers.
        rows: Ledger rows by fate, counted from the ledger's own columns.
        lines: Samples written, by fate, counted from the files (for kept: samples, not records).

    Raises:
        RunError: Something does not add up; says what.
    """
    add_up(per_source)
    for fate in FATES:
        total = sum(getattr(counts, fate) for counts in per_source.values())
        for name, found in (("ledger rows", rows), ("lines written", lines)):
            if found.get(fate, 0) != total:
                raise RunError(
                    f"ledger: {found.get(fate, 0)} {name} for {total} {fate} records: this is a defect in instrkit, "
                    "nothing was written"
                )


def find_records(folder: Path, wanted: str) -> Iterator[dict[str, Any]]:
    """
    Yield the ledger rows of one record, as mappings without the empty columns.

    Args:
        folder: An output folder with a `ledger.parquet`.
        wanted: A sample's id, or `PATH:INDEX` with a path as the run was given it, the end of one
            (`alpaca_en.json:17`), or one that leads to the same file.

    Raises:
        UsageError: There is no ledger, or no such record.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = folder / "ledger.parquet"
    if not file.is_file():
        raise UsageError(f"{file}: no ledger there: name the output folder of a finished run with --in")
    path, _, number = wanted.rpartition(":")
    index = int(number) if number.isdecimal() and len(number) <= LONGEST_INDEX else None
    found = 0
    with pq.ParquetFile(file) as ledger:
        for group in range(ledger.num_row_groups):
            table = ledger.read_row_group(group)
            match = pc.equal(table["id"], wanted)
            if index is not None:
                named = [one for one in table["path"].unique().to_pylist() if _leads_to(path, one)]
                here = pc.and_(pc.equal(table["index"], index), pc.is_in(table["path"], pa.array(named, pa.string())))
                match = pc.or_kleene(match, here)
            for row in table.filter(match).to_pylist():
                found += 1
                yield {name: value for name, value in row.items() if value not in (None, [])}
    if not found:
        raise UsageError(f"{wanted}: no such id or PATH:INDEX in {file}: expected an id as in its `id` column")


def _leads_to(wanted: str, path: str) -> bool:
    """Whether *wanted*, as someone typed it, means the file that the ledger calls *path*."""
    if not wanted:
        return False
    plain = os.path.normpath(wanted)
    same = os.path.abspath(path) == os.path.abspath(plain)  # noqa: PTH100 - a string, with links left alone
    return same or path.endswith(f"/{plain}")
