"""Parts → output, in one step: a reader sees the old output or the new one, never half of one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import orjson

from instrkit import io
from instrkit.pipeline.work import Receipt, WorkFolder

__all__ = ["join_array", "join_files", "join_tables", "published_file", "published_folder", "write_json"]


def join_files(work: WorkFolder, receipts: Iterable[Receipt], suffix: str, out: IO[bytes]) -> None:
    """Append one file of each result to *out*, in order; results without that file are passed over."""
    for receipt in receipts:
        if receipt["files"].get(suffix):
            with work.file(receipt["key"], suffix).open("rb") as part:
                shutil.copyfileobj(part, out, 1 << 20)


def join_array(work: WorkFolder, receipts: Iterable[Receipt], suffix: str, out: IO[bytes]) -> None:
    """Write the records of all results as one JSON array; each was written with a comma and a line end behind it."""
    out.write(b"[\n")
    held = b""
    for receipt in receipts:
        with work.file(receipt["key"], suffix).open("rb") as part:
            while block := part.read(1 << 20):
                out.write(held[:-2])
                held = held[-2:] + block
    out.write(held.removesuffix(b",\n") + b"\n]\n" if held else b"]\n")


def join_tables(work: WorkFolder, receipts: Iterable[Receipt], suffix: str, path: Path, fates: Any = None) -> None:
    """Write the Arrow tables of all results as one Parquet file, a row group each; *fates* sees each table."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: Any = None
    try:
        for receipt in receipts:
            with pa.memory_map(str(work.file(receipt["key"], suffix))) as source:
                table = pa.ipc.open_file(source).read_all()
                if writer is None:
                    writer = pq.ParquetWriter(path, table.schema, compression="zstd")
                if fates is not None:
                    fates(table)
                writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def write_json(path: Path, value: Any) -> None:
    """Write a small JSON file for people and programs to read."""
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@contextmanager
def published_folder(target: Path, work: WorkFolder) -> Iterator[Path]:
    """
    Yield an empty folder that takes the place of *target* when the block ends well.

    What was at *target* before stays there until then, and goes as a whole.
    """
    fresh, old = work.path / "publish", work.path / "replaced"
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        for path in fresh.iterdir():
            _sync(path)
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except BaseException:
            with suppress(OSError):
                old.rename(target)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def published_file(target: str) -> Iterator[IO[bytes]]:
    """Yield a file to write *target* through, compressed by its ending; `-` is standard output."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with io.write_atomically(target) as out:
        yield out


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


Joiner = Callable[[WorkFolder, Iterable[Receipt], str, IO[bytes]], None]
