"""Parts → output, in one step: a reader sees the old output or the new one, never half of one."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from instrkit import io
from instrkit.errors import OutputClosedError, ReadError, RunError, UsageError
from instrkit.io.table_writing import TableKind, refuse_losses, spooled_table
from instrkit.pipeline.work import Receipt, WorkFolder

__all__ = [
    "ColumnKind",
    "Joiner",
    "guard_folder",
    "join_array",
    "join_as_table",
    "join_files",
    "join_streams",
    "join_tables",
    "manifest_key",
    "published_file",
    "published_folder",
    "recover",
    "write_json",
]


ColumnKind = Literal["parquet", "arrow", "stream"]
"""What token columns are written as; a saved data set holds a stream."""


def join_files(work: WorkFolder, receipts: Iterable[Receipt], suffix: str, out: IO[bytes]) -> None:
    """Append one file of each result to *out*, in order; results without that file are passed over."""
    for receipt in receipts:
        if receipt["files"].get(suffix):
            with work.file(receipt["key"], suffix).open("rb", buffering=0) as part:
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


def join_as_table(
    work: WorkFolder, join: Callable[[IO[bytes]], None], out: IO[bytes], kind: TableKind, *, strict: bool
) -> Counter[str]:
    """
    Write what *join* joins as one table, by way of a temporary file; return what the table cannot hold.

    Raises:
        LossError: Something would be lost, under *strict*.
    """
    with spooled_table(out, kind, str(work.path)) as (spool, losses):
        join(spool)
    if strict:
        refuse_losses(kind, losses)
    return losses


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


def join_streams(work: WorkFolder, receipts: Iterable[Receipt], suffix: str, out: IO[bytes], kind: ColumnKind) -> None:
    """
    Write the Arrow streams of all results as one Parquet file (a row group per batch), Arrow file or Arrow stream.

    Raises:
        RunError: There is not a single row: such a file would have no columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: Any = None
    for receipt in receipts:
        path = work.file(receipt["key"], suffix)
        if not path.stat().st_size:
            continue
        with pa.memory_map(str(path)) as source:
            for batch in pa.ipc.open_stream(source):
                if writer is None and kind == "parquet":
                    writer = pq.ParquetWriter(out, batch.schema, compression="zstd")
                elif writer is None:
                    open_writer = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
                    writer = open_writer(out, batch.schema)
                writer.write_batch(batch)
    if writer is None:
        raise RunError("nothing to write: no sample was left: expected one at least for a table of tokens")
    writer.close()


def write_json(path: Path, value: Any) -> None:
    """Write a small JSON file for people and programs to read."""
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def guard_folder(target: Path, sources: Iterable[str]) -> None:
    """
    Refuse a target whose replacement would cost the user anything but an earlier output.

    Raises:
        UsageError: It is no folder, the current one, holds a source, or holds what no run of ours wrote.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"{target}: is a file: expected a folder for the output; name a new one")
    if target.samefile(Path.cwd()) or target.is_mount():
        raise UsageError(f"{target}: is the current folder or a mount: it cannot be replaced; name a folder inside it")
    for source in sources:
        if Path(source).resolve().is_relative_to(target.resolve()):
            raise UsageError(f"{target}: holds the source {source}: it would be replaced; name another output folder")
    ours = {"manifest.json", *_manifest(target).get("files", {})}
    others = sorted(path.name for path in target.iterdir() if path.name not in ours)
    if others:
        raise UsageError(f"{target}: holds {others[0]!r}, which no run wrote: move it away, or name another folder")


def _manifest(target: Path) -> dict[str, Any]:
    try:
        manifest = io.decode((target / "manifest.json").read_bytes())[0]
        return manifest if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict) else {}
    except (OSError, ReadError):
        return {}


def manifest_key(target: Path) -> str | None:
    """Return the key of the run that wrote *target*, None where its files are not all there as it left them."""
    manifest = _manifest(target)
    try:
        whole = all((target / name).stat().st_size == size for name, size in manifest.get("files", {}).items())
    except OSError:
        return None
    return str(manifest["key"]) if whole and "key" in manifest else None


def recover(target: Path, work: WorkFolder) -> None:
    """Put back an output that a run was replacing when it was killed."""
    old = work.path / "replaced"
    if old.exists() and not target.exists():
        old.rename(target)


@contextmanager
def published_folder(target: Path, work: WorkFolder) -> Iterator[Path]:
    """
    Yield an empty folder that takes the place of *target* when the block ends well.

    What was at *target* before stays there until then, and goes as a whole.
    """
    fresh, old = work.path / "publish", work.path / "replaced"
    recover(target, work)
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        for path in (*fresh.iterdir(), fresh):
            _sync(path)
        try:
            if target.exists():
                target.rename(old)
            fresh.rename(target)
        finally:  # after Ctrl-C too: the old output is back unless the new one is there
            recover(target, work)
        _sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def published_file(target: str) -> Iterator[IO[bytes]]:
    """Yield a file to write *target* through, compressed by its ending; `-` is standard output."""
    if target == "-":
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise OutputClosedError("standard output: closed by its reader") from None
        return
    with io.write_atomically(target) as plain, io.packing(plain, target) as out:
        yield out


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


Joiner = Callable[[WorkFolder, Iterable[Receipt], str, IO[bytes]], None]
