"""Write a file whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from instrkit.io.streams import flush_to_disk

__all__ = ["write_atomically"]


@contextmanager
def write_atomically(path: str | Path) -> Iterator[BinaryIO]:
    """
    Open a binary file that takes the place of *path* when the block ends well, and leaves no trace when it does not.

    The bytes go to a hidden `.tmp` file beside *path*, are forced to disk and then renamed over it. What is no regular
    file (a pipe, `/dev/null`) is written directly. A link is followed: the file it leads to is replaced.

    Raises:
        OSError: The folder does not exist or is not writable, or the disk is full.
    """
    target = os.path.realpath(path)
    if os.path.lexists(target) and not stat.S_ISREG(os.stat(target).st_mode):  # noqa: PTH116 - target is a string
        with open(target, "wb") as out:  # noqa: PTH123 - as above
            yield out
        return
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name[:200]}.{os.urandom(4).hex()}.tmp")  # noqa: PTH118 - as above
    try:
        with open(beside, "xb", buffering=1 << 18) as out:  # noqa: PTH123 - as above
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, target)  # noqa: PTH105 - as above
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)  # noqa: PTH108 - as above
        raise
    flush_to_disk(folder)
