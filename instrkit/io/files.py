"""Paths, folders, globs and `-` → the files of a job, in one fixed order."""

from __future__ import annotations

import glob
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from instrkit.errors import ReadError
from instrkit.io.streams import ENDINGS, Compression, magic, reason

__all__ = ["STDIN", "SourceFile", "discover", "spooled", "stored_at"]

STDIN = "-"
KNOWN = (".json", ".jsonl", ".ndjson")
_GLOB = re.compile(r"[*?\[]")
_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """
    One file of a job.

    Attributes:
        path: As the user knows it; `-` is standard input.
        index: Its position among the files of the job.
        compression: What its first bytes say it is compressed with, None for plain or unreadable files.
        size: Bytes it takes on disk.
        stored: Where its bytes lie when not at *path*: a pipe is copied, a compressed file may be unpacked.
    """

    path: str
    index: int
    compression: Compression | None = None
    size: int = 0
    stored: str | None = None


def discover(paths: Iterable[str | Path]) -> list[SourceFile]:
    """
    Return the files that *paths* name: files, folders, globs (`moss/**/*.json`), `-` for standard input.

    The order is that of *paths*; inside a folder or glob files are sorted by name, numbers by value. Folders give the
    `.json`, `.jsonl` and `.ndjson` files below them, compressed ones among them, hidden ones not. A file named twice
    is read once. Files are not opened for more than their first bytes; one that cannot be read is still listed.

    Raises:
        ReadError: A path that does not exist, or a folder or pattern without files.
    """
    found: dict[str, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_expand(os.fspath(path))))
    return [_source(path, index) for index, path in enumerate(found)]


def stored_at(path: str) -> str:
    """Return where the bytes of *path* lie: the path itself, or the copy of standard input or of another pipe."""
    return spooled(path) if path == STDIN or _is_pipe(path) else path


def _is_pipe(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - strings stay as the user wrote them
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


@cache
def spooled(path: str) -> str:
    """
    Copy a pipe to a temporary file, once per process, and return the file's path; it goes when the process ends.

    A pipe cannot be read twice nor in two places, so it is given a file that can. Memory: one megabyte.
    """
    import atexit
    import shutil
    import tempfile

    with tempfile.NamedTemporaryFile(prefix="instrkit-pipe-", delete=False) as spool:
        atexit.register(Path(spool.name).unlink, missing_ok=True)
        if path == STDIN:
            shutil.copyfileobj(sys.stdin.buffer, spool, 1 << 20)
        else:
            with open(path, "rb") as pipe:  # noqa: PTH123 - as above
                shutil.copyfileobj(pipe, spool, 1 << 20)
        return spool.name


def _expand(path: str) -> Iterator[str]:
    if path == STDIN or os.path.isfile(path):  # noqa: PTH113 - strings stay as the user wrote them
        yield path
        return
    if os.path.isdir(path):  # noqa: PTH112 - as above
        files = list(_walk(path))
        if not files:
            raise ReadError(f"{path}: no data files in this folder: expected files named {', '.join(KNOWN)} in it")
        yield from files
        return
    if os.path.lexists(path):  # a pipe (`<(zcat …)`), or a link that leads nowhere, which reading reports
        yield path
        return
    if not _GLOB.search(path):
        raise ReadError(f"{path}: no such file or folder: expected a file, a folder, a glob or -; check the path")
    matches = sorted(glob.glob(path, recursive=True), key=_natural)  # noqa: PTH207 - keeps `./` as the user wrote it
    files = [file for match in matches for file in (_walk(match) if os.path.isdir(match) else (match,))]  # noqa: PTH112 - as above
    if not files:
        raise ReadError(f"{path}: no file matches this pattern: expected at least one; check the pattern")
    yield from files


def _walk(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: _natural(entry.name))
    except OSError:
        yield folder  # opening it will say why, and the other folders go on
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path)
        elif _known(entry.name):
            yield entry.path


def _known(name: str) -> bool:
    stem, ending = os.path.splitext(name.lower())  # noqa: PTH122 - a bare name, no path
    return (stem if ending in ENDINGS else stem + ending).endswith(KNOWN)


def _natural(path: str) -> tuple[list[str | int], str]:
    # Split by digits, the parts alternate between text and number, so only like is compared with like.
    parts = [int(part) if k % 2 else part for k, part in enumerate(_NUMBER.split(path))]
    return parts, path


def _source(path: str, index: int) -> SourceFile:
    if path != STDIN and not _is_pipe(path) and not os.path.isfile(path):  # noqa: PTH113 - as above
        return SourceFile(path, index)
    try:
        with open(stored_at(path), "rb") as file:  # noqa: PTH123 - as above
            return SourceFile(path, index, magic(file.read(8)), os.fstat(file.fileno()).st_size)
    except OSError as error:
        if path == STDIN:
            raise ReadError(f"standard input: {reason(error)}") from None
        return SourceFile(path, index)
