"""A tokenizer is loaded once per process, however often it is asked for: a large one takes a second."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from instrkit.tokens.base import Tokenizer
from instrkit.tokens.loading import load_tokenizer

__all__ = ["opened_tokenizer"]

_BESIDE = ("added_tokens.json", "special_tokens_map.json", "tokenizer_config.json", "vocab.json", "merges.txt")

_Stamp = tuple[tuple[str, int, int], ...]


def opened_tokenizer(path: str | Path) -> Tokenizer:
    """
    Return the tokenizer at *path*, loaded the first time and again when its files have changed.

    Args:
        path: As for `load_tokenizer`.

    Raises:
        ReadError: There is none, or its files are damaged.
    """
    return _loaded(os.fspath(path), _stamp(Path(path)))


@lru_cache(maxsize=4)
def _loaded(path: str, stamp: _Stamp) -> Tokenizer:  # noqa: ARG001 - tells one state of the files from another
    return load_tokenizer(path)


def _stamp(given: Path) -> _Stamp:
    """Names, sizes and times of the files that a tokenizer may be made of."""
    files = sorted(given.iterdir()) if given.is_dir() else [given, *(given.with_name(name) for name in _BESIDE)]
    found = []
    for file in files:
        try:
            status = file.stat()
        except OSError:  # not there, or gone since
            continue
        found.append((file.name, status.st_size, status.st_mtime_ns))
    return tuple(found)
