"""Rows → one output of one shard: JSON text, records that several samples share, or columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Protocol

from instrkit import io
from instrkit.pipeline.frames import Frame, Framed
from instrkit.pipeline.job import Writer
from instrkit.pipeline.sinks import Row

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Part", "open_part"]


class Part(Protocol):
    """
    One output of one shard, while it is written.

    Attributes:
        frames: How the first and the last record are framed, for records that several samples share.
    """

    frames: list[Frame]

    def write(self, rows: Iterable[Row]) -> int:
        """Write rows and return how many records that made."""
        ...

    def close(self) -> int:
        """Write what was held back and return how many records that made."""
        ...


class LinePart:
    """Writes each row as JSON, followed by the separator."""

    frames: list[Frame]

    def __init__(self, out: IO[bytes], separator: bytes) -> None:
        self.frames = []
        self._out = out
        self._separator = separator

    def write(self, rows: Iterable[Row]) -> int:
        """Write rows and return how many records that made."""
        encode = io.encode
        return self.put([encode(row) for row in rows])

    def put(self, written: list[bytes]) -> int:
        """Write records as they are, each followed by the separator."""
        written.append(b"")
        self._out.write(self._separator.join(written))
        return len(written) - 1

    def close(self) -> int:
        """Do nothing: nothing was held back."""
        return 0


class FramedPart(LinePart):
    """Writes rows that belong to one record as one record."""

    def __init__(self, out: IO[bytes], separator: bytes, key: str) -> None:
        super().__init__(out, separator)
        self._framed = Framed(key)

    def write(self, rows: Iterable[Row]) -> int:
        """Write the records that are whole."""
        return self.put([line for row in rows for line in self._framed.add(dict(row))])

    def close(self) -> int:
        """Write the last record."""
        written = self.put([*self._framed.close()])
        self.frames = self._framed.ends
        return written


class ArrowPart:
    """Writes rows of token columns as an Arrow stream; no file at all without rows."""

    def __init__(self, out: IO[bytes]) -> None:
        self.frames: list[Frame] = []
        self._out = out
        self._writer: Any = None

    def write(self, rows: Iterable[Row]) -> int:
        """Write rows, which all have the same columns, as one batch."""
        import pyarrow as pa

        if not (held := list(rows)):
            return 0
        columns = {name: _column([row[name] for row in held]) for name in held[0]}
        batch = pa.RecordBatch.from_pydict(columns)
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._out, batch.schema)
        self._writer.write_batch(batch)
        return len(held)

    def close(self) -> int:
        """End the stream."""
        if self._writer is not None:
            self._writer.close()
        return 0


def _column(lists: Sequence[Sequence[int]]) -> pa.ListArray:
    """Lists of token ids and the like, 32 bits each."""
    import numpy as np
    import pyarrow as pa

    ends = np.cumsum([0, *map(len, lists)], dtype=np.int32)
    flat = np.fromiter(chain.from_iterable(lists), dtype=np.int32, count=int(ends[-1]))
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(flat))


def open_part(writer: Writer, out: IO[bytes]) -> Part:
    """Return what writes one output of one shard as *writer* wants it."""
    if writer.rendering is not None and writer.rendering.arrow:
        return ArrowPart(out)
    held = writer.format.holds if writer.format is not None else None
    return LinePart(out, writer.separator) if held is None else FramedPart(out, writer.separator, held)
