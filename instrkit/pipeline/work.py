"""
The working folder: results by content, each with a receipt.

A result is a few files and a receipt under one key: the digest of everything the result depends on. The files are
written under temporary names, synced and renamed; the receipt comes last. So a result with a receipt whose files have
their stated sizes is complete, whoever wrote it and when, and anything else does not exist.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from instrkit.errors import RunError, quote

__all__ = ["Receipt", "WorkFolder", "digest"]

Receipt = dict[str, Any]


def digest(*parts: Any) -> str:
    """Return 32 hex digits that depend on everything in *parts*: plain values, ops, formats and other dataclasses."""
    return blake2b(orjson.dumps(_plain(parts), option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        settings = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return [type(value).__qualname__, getattr(value, "name", ""), getattr(value, "version", 0), settings]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, bytes):
        return value.hex()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "surrogatepass").hex()
    if isinstance(value, (int, float)):
        return [type(value).__name__, repr(value)]  # JSON knows neither infinity nor integers over 64 bits
    if type(value).__module__.startswith("instrkit.") and not vars(value):
        return [type(value).__qualname__, getattr(value, "name", ""), getattr(value, "version", 0)]
    raise TypeError(f"a result cannot depend on {quote(value)}: settings are plain values or dataclasses of them")


class WorkFolder:
    """
    A folder of results.

    Args:
        path: The folder; made when it is not there.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def file(self, key: str, suffix: str) -> Path:
        """Return where the file *suffix* of the result *key* lies."""
        return self.path / f"{key}.{suffix}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """
        Hold the folder for one run and sweep what a killed run left half-written.

        Raises:
            RunError: Another run holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RunError(f"{self.path}: another run writes the same output: wait for it or stop it") from None
            for stale in self.path.glob("*.tmp*"):
                stale.unlink(missing_ok=True)
            yield

    @contextmanager
    def writing(self, key: str, suffix: str) -> Iterator[IO[bytes]]:
        """Write one file of a result: synced and renamed into place when the block ends well, else removed."""
        target = self.file(key, suffix)
        temporary = target.with_name(f"{target.name}.tmp{os.getpid()}")
        try:
            with temporary.open("wb", buffering=1 << 20) as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(target)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise RunError(
                    f"{target}: cannot be written: {error.strerror or 'no space left on device'}: the output is as it "
                    "was, finished work is kept; make room and run again"
                ) from None
            raise

    def save_array(self, key: str, suffix: str, array: NDArray[Any]) -> None:
        """Write one array of a result."""
        with self.writing(key, suffix) as out:
            np.save(out, array, allow_pickle=False)

    def load_array(self, key: str, suffix: str) -> NDArray[Any]:
        """Load one array of a result."""
        loaded: NDArray[Any] = np.load(self.file(key, suffix), allow_pickle=False)
        return loaded

    def save_json(self, key: str, suffix: str, value: Any) -> None:
        """Write one JSON file of a result."""
        with self.writing(key, suffix) as out:
            out.write(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY))

    def load_json(self, key: str, suffix: str) -> Any:
        """Load one JSON file of a result."""
        return orjson.loads(self.file(key, suffix).read_bytes())

    def finish(self, key: str, suffixes: list[str], facts: Receipt) -> Receipt:
        """Write the receipt of a result whose files are in place; return it."""
        sizes = {suffix: self.file(key, suffix).stat().st_size for suffix in suffixes}
        receipt = {**facts, "key": key, "files": sizes}
        self.save_json(key, "receipt", receipt)
        return receipt

    def receipt(self, key: str) -> Receipt | None:
        """Return the receipt of a complete result, None where there is none or a file is not as it says."""
        try:
            receipt: Receipt = orjson.loads(self.file(key, "receipt").read_bytes())
            sizes = receipt["files"].items()
            return receipt if all(self.file(key, suffix).stat().st_size == size for suffix, size in sizes) else None
        except (OSError, ValueError, KeyError):
            return None

    def sweep(self, keep: set[str]) -> None:
        """Remove the results of earlier runs, all but those whose keys are in *keep*."""
        for path in self.path.iterdir():
            key = path.name.split(".", 1)[0]
            if key == "lock" or key in keep:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()

    def remove(self) -> None:
        """Remove the folder with all results: for runs that nobody repeats in steps."""
        shutil.rmtree(self.path, ignore_errors=True)
