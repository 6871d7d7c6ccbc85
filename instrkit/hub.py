"""
Samples ↔ Hugging Face data sets.

A data set made here has the columns people expect, `id`, `messages` (role, content, thinking, tool_calls), `tools` and
`meta`, and one more, `instrkit`: each sample's own JSON line, which brings everything back exactly. Tools, tool calls
and meta stand as JSON strings, because Arrow forces one type on every row of a column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from instrkit import io
from instrkit.formats.convert import get_format
from instrkit.formats.detect import detect
from instrkit.sample import Sample, to_dict, validate

if TYPE_CHECKING:
    import datasets

__all__ = ["from_dataset", "to_dataset"]

CHUNK = 10_000
"""Samples turned into Arrow at a time: some 20 MB of Python objects."""


def to_dataset(samples: Iterable[Sample]) -> datasets.Dataset:
    """Return *samples* as a data set held in memory as Arrow: about the size of its JSON, twice."""
    import datasets
    import pyarrow as pa

    text = pa.string()
    message = pa.struct([("role", text), ("content", text), ("thinking", text), ("tool_calls", text)])
    columns = [("id", text), ("messages", pa.list_(message)), ("tools", text), ("meta", text), ("instrkit", text)]
    schema = pa.schema(columns)
    rows = map(_row, samples)
    tables = []
    while chunk := list(islice(rows, CHUNK)):
        tables.append(pa.Table.from_pylist(chunk, schema))
    return datasets.Dataset(pa.concat_tables(tables) if tables else schema.empty_table())


def _row(sample: Sample) -> dict[str, Any]:
    data = to_dict(sample)
    messages = [
        {
            "role": message.role,
            "content": message.text if message.content is not None else None,
            "thinking": message.thinking,
            "tool_calls": _json(said.get("tool_calls")),
        }
        for message, said in zip(sample.messages, data["messages"], strict=True)
    ]
    return {
        "id": sample.id,
        "messages": messages,
        "tools": _json(data.get("tools")),
        "meta": _json(sample.meta),
        "instrkit": io.encode(data).decode(),
    }


def _json(value: Any) -> str | None:
    return None if value is None else io.encode(value).decode()


def from_dataset(dataset: Iterable[Mapping[str, Any]], format: str | None = None) -> Iterator[Sample]:
    """
    Yield the samples of a data set, one at a time.

    In rows of other formats a null counts as absent, except where the format tells the two apart only by itself: Arrow
    fills every column a row did not have with null.

    Raises:
        Misfit: A row does not fit; names its number and the JSON path.
        DetectionError: The format is unknown or ambiguous.
    """
    rows = iter(dataset)
    head = list(islice(rows, 200))
    if not head:
        return
    if format is None and "instrkit" in head[0]:
        for row in chain(head, rows):
            yield validate(io.decode(row["instrkit"].encode())[0])
        return
    records = (_without_nulls(row) for row in chain(head, rows))
    form = get_format(format if format is not None else detect([_without_nulls(row) for row in head]).format)
    for record in records:
        yield form.to_sample(record)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
