"""Length counts code points of the longest text in scope, has inclusive bounds, and none by default."""

from __future__ import annotations

import pytest

from instrkit.ops.base import Batch
from instrkit.ops.length import Length
from instrkit.sample import Candidate, Message, Sample


def exchange(prompt: str, response: str) -> Sample:
    return Sample((Message("user", prompt), Message("assistant", response)))


def measured(op: Length, *samples: Sample) -> list[float]:
    return op.measure(Batch(samples)).tolist()


def kept(op: Length, *samples: Sample) -> list[bool]:
    return op.judge(op.measure(Batch(samples))).tolist()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("abc", 3, id="english"),
        pytest.param("三原色", 3, id="chinese"),
        pytest.param("👩‍👧", 3, id="emoji-of-three-code-points"),
        pytest.param(" a\n", 3, id="white-space-counts"),
        pytest.param("\ud800", 1, id="lone-surrogate"),
    ],
)
def test_code_points_are_counted(text: str, length: int) -> None:
    assert measured(Length(), exchange("?", text)) == [length]


@pytest.mark.parametrize(("length", "keeps"), [(2, False), (3, True), (4, True), (5, True), (6, False)])
def test_bounds_are_inclusive(length: int, keeps: bool) -> None:
    assert kept(Length(min=3, max=5), exchange("?", "x" * length)) == [keeps]


def test_there_is_no_bound_by_default() -> None:
    assert kept(Length(), exchange("?", ""), exchange("?", "积极的"), exchange("?", "x" * 99_999)) == [True] * 3


def test_reasons_name_the_side_and_the_bound() -> None:
    op = Length(min=3, max=20000)
    assert op.reason(2.0) == ("too short", "min=3")
    assert op.reason(20001.0) == ("too long", "max=20000")


def test_scopes() -> None:
    sample = Sample(
        (Message("system", "s" * 9), Message("user", "abc"), Message("assistant", "ab"), Message("user", "d"))
    )
    assert measured(Length(scope="prompt"), sample) == [5]
    assert measured(Length(scope="response"), sample) == [2]
    assert measured(Length(scope="messages"), sample, exchange("", "")) == pytest.approx([9, float("nan")], nan_ok=True)
    assert measured(Length(scope="dialogue"), sample) == [8]


def test_a_sample_without_any_message_text_is_kept() -> None:
    assert kept(Length(scope="messages", min=5), Sample((Message("assistant", None),))) == [True]


def test_candidates_are_responses() -> None:
    sample = Sample((Message("user", "?"),), candidates=(Candidate(messages=(Message("assistant", "four"),)),))
    assert measured(Length(), sample) == [4]


def test_an_empty_batch() -> None:
    assert measured(Length()) == []
