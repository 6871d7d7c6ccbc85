"""A part is written as the job wants it: JSON text, or an Arrow stream of token columns."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest

from instrkit.formats import get_format
from instrkit.pipeline.job import Rendering, Writer
from instrkit.pipeline.parts import ArrowPart, FramedPart, LinePart, open_part

ROWS = [
    {"input_ids": [1, 2, 3], "labels": [-100, 2, 3]},
    {"input_ids": [], "labels": []},
    {"input_ids": [7], "labels": [7]},
]


def stream(*batches: list[dict[str, list[int]]]) -> bytes:
    out = io.BytesIO()
    part = ArrowPart(out)
    assert [part.write(batch) for batch in batches] == [len(batch) for batch in batches]
    assert part.close() == 0
    return out.getvalue()


def test_token_columns_are_lists_of_32_bits() -> None:
    table = pa.ipc.open_stream(stream(ROWS)).read_all()
    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("input_ids", "list<item: int32>"),
        ("labels", "list<item: int32>"),
    ]
    assert table.to_pylist() == ROWS


def test_each_write_is_a_batch_and_rows_stay_in_order() -> None:
    reader = pa.ipc.open_stream(stream(ROWS[:1], [], ROWS[1:]))
    assert [batch.to_pylist() for batch in reader] == [ROWS[:1], ROWS[1:]]


def test_without_rows_there_are_no_bytes_at_all() -> None:
    assert stream() == stream([]) == b""


def test_the_columns_are_those_of_the_rows() -> None:
    row = {"input_ids": [1], "labels": [1], "attention_mask": [1], "position_ids": [0], "seq_lengths": [1]}
    assert pa.ipc.open_stream(stream([row])).schema.names == list(row)


@pytest.mark.parametrize("token", [2**31 - 1, -(2**31)])
def test_ids_at_the_bound_of_32_bits(token: int) -> None:
    (row,) = pa.ipc.open_stream(stream([{"input_ids": [token]}])).read_all().to_pylist()
    assert row == {"input_ids": [token]}


@pytest.mark.parametrize("separator", [b"\n", b",\n"])
def test_rows_as_json_have_the_separator_behind_each(separator: bytes) -> None:
    out = io.BytesIO()
    part = LinePart(out, separator)
    assert [part.write([]), part.write(ROWS[:1]), part.write(ROWS[1:]), part.close()] == [0, 1, 2, 0]
    written = out.getvalue().split(separator)
    assert written.pop() == b""
    assert [json.loads(line) for line in written] == ROWS
    assert part.frames == []


def test_the_writer_says_which_part_it_is() -> None:
    out = io.BytesIO()
    assert isinstance(open_part(Writer(rendering=Rendering("chatml", arrow=True)), out), ArrowPart)
    assert type(open_part(Writer(rendering=Rendering("chatml")), out)) is LinePart
    assert type(open_part(Writer(format=get_format("openai")), out)) is LinePart
    assert type(open_part(Writer(format=get_format("self-instruct")), out)) is FramedPart
