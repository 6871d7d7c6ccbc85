"""Every sequence stands in one row, no row is overfull, no token is predicted from another sequence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrkit.errors import UsageError
from instrkit.templates import render
from instrkit.tokens import IGNORED, Encoded, encode_many, fill_rate, pack, packed

SIZES = st.integers(1, 1500)


@st.composite
def jobs(draw):
    size = draw(SIZES)
    return draw(st.lists(st.integers(0, size), max_size=60)), size


@given(jobs())
def test_every_sequence_stands_in_exactly_one_row(job) -> None:
    lengths, size = job
    rows = pack(lengths, size)
    assert sorted(index for row in rows for index in row) == [*range(len(lengths))]
    assert all(sum(lengths[index] for index in row) <= size for row in rows)
    assert all(row == sorted(row) for row in rows)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert rows == pack(lengths, size)


@given(jobs())
def test_the_rows_are_those_of_best_fit_decreasing(job) -> None:
    lengths, size = job
    rooms: list[int] = []
    for length in sorted(lengths, reverse=True):
        fits = [room for room in rooms if room >= length]
        if fits:
            rooms.remove(min(fits))
            rooms.append(min(fits) - length)
        else:
            rooms.append(size - length)
    assert sorted(size - sum(lengths[k] for k in row) for row in pack(lengths, size)) == sorted(rooms)


def test_nothing_gives_no_rows() -> None:
    assert pack([], 8) == []
    assert fill_rate([], [], 8) == 1.0


@pytest.mark.parametrize(
    ("lengths", "size", "message"),
    [
        pytest.param([3, 9], 8, "sequence 1: 9 tokens: expected 0 to 8; truncate or split it first", id="too-long"),
        pytest.param([3, -1], 8, "sequence 1: -1 tokens", id="negative"),
        pytest.param([], 0, "size: 0: expected a row of at least 1 token", id="no-row"),
    ],
)
def test_what_cannot_be_packed_is_refused(lengths, size: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pack(lengths, size)


def test_a_length_of_exactly_a_row_fits() -> None:
    assert pack([8, 8], 8) == [[0], [1]]


def made(*ids: int) -> Encoded:
    return Encoded([*ids], [*ids])


def test_a_row_spelled_out() -> None:
    (row,) = packed([made(1, 2), made(3, 4, 5)], 7)
    assert row.input_ids == [1, 2, 3, 4, 5]
    assert row.labels == [IGNORED, 2, IGNORED, 4, 5]
    assert row.position_ids == [0, 1, 0, 1, 2]
    assert row.attention_mask == [1] * 5
    assert row.seq_lengths == [2, 3]


def test_padding_fills_a_row_and_carries_no_loss() -> None:
    (row,) = packed([made(1, 2), made(3, 4, 5)], 7, pad_id=0)
    assert row.input_ids == [1, 2, 3, 4, 5, 0, 0]
    assert row.labels[5:] == [IGNORED, IGNORED]
    assert row.attention_mask == [1, 1, 1, 1, 1, 0, 0]
    assert row.position_ids[5:] == [0, 1]
    assert row.seq_lengths == [2, 3]


def test_what_was_encoded_is_not_changed() -> None:
    one = made(1, 2)
    list(packed([one], 4, pad_id=0))
    assert one == made(1, 2)


@pytest.mark.real
def test_alpaca_fills_rows_of_2048(aquila, real_data) -> None:
    import json

    import instrkit

    records = json.loads((real_data / "alpaca" / "alpaca_en.json").read_text(encoding="utf-8"))[:2000]
    rendered = [render(instrkit.parse(record, format="alpaca"), "alpaca") for record in records]
    lengths = [len(one) for one in encode_many(rendered, aquila, missing="text")]
    assert fill_rate(lengths, pack(lengths, 2048), 2048) >= 0.95
