"""Repetition is a share of n-grams, needs no words, looks at responses only, and leaves tables, forms and code alone."""

from __future__ import annotations

import pytest

from instrkit.ops.base import Batch
from instrkit.ops.repetition import Repetition
from instrkit.sample import Message, Sample

TABLE = "<table>\n" + "".join(
    "  <tr>\n" + "".join(f"    <td>{row},{k}</td>\n" for k in range(5)) + "  </tr>\n" for row in range(7)
)
CODE = "\n".join(
    f"def test_{name}():\n    assert {name}(1) == {k}"
    for k, name in enumerate(["add", "sub", "mul", "div", "mod", "neg"])
)


def exchange(prompt: str, response: str) -> Sample:
    return Sample((Message("user", prompt), Message("assistant", response)))


def measured(op: Repetition, response: str) -> float:
    return float(op.measure(Batch([exchange("?", response)]))[0])


def kept(op: Repetition, sample: Sample) -> bool:
    return bool(op.judge(op.measure(Batch([sample])))[0])


@pytest.mark.parametrize(
    ("text", "share"),
    [
        pytest.param("", 0.0, id="empty"),
        pytest.param("ab", 0.0, id="shorter-than-n"),
        pytest.param("abcabc", 0.25, id="one-of-four"),
        pytest.param("哈" * 12, 0.9, id="chinese-without-spaces"),
        pytest.param("😀" * 12, 0.9, id="emoji"),
    ],
)
def test_share(text: str, share: float) -> None:
    assert measured(Repetition(n=3, min_chars=0), text) == pytest.approx(share)


@pytest.mark.parametrize(("chars", "share"), [(199, 0.0), (200, 190 / 191), (201, 191 / 192)])
def test_short_texts_are_not_measured(chars: int, share: float) -> None:
    assert measured(Repetition(), "." * chars) == pytest.approx(share)


@pytest.mark.parametrize(("bound", "keeps"), [(0.24, False), (0.25, True), (0.26, True), (None, True)])
def test_the_bound_is_inclusive(bound: float | None, keeps: bool) -> None:
    assert kept(Repetition(n=3, min_chars=0, max=bound), exchange("?", "abcabc")) == keeps


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("I am a language model. " * 40, id="sentence-loop"),
        pytest.param("The man went to the store.  " + "\u0326" * 183, id="combining-marks"),
        pytest.param("很高兴为您服务。" * 40, id="chinese-loop"),
    ],
)
def test_degenerate_text_goes(text: str) -> None:
    assert not kept(Repetition(), exchange("?", text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TABLE, id="html-table"),
        pytest.param(CODE, id="code"),
        pytest.param("[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]", id="vector"),
        pytest.param("Hello \n" * 5, id="hello-five-times"),
        pytest.param("7 + 7 + 7 + 7 + 7 + 7 + 7 + 7 + 7 = 9 x 7", id="sum"),
        pytest.param("0" * 64, id="zeros"),
    ],
)
def test_what_repeats_by_nature_stays(text: str) -> None:
    assert kept(Repetition(), exchange("?", text))


def test_a_repetitive_question_is_fine() -> None:
    assert kept(Repetition(), exchange("la" * 200, "A song refrain."))


def test_messages_are_measured_one_by_one() -> None:
    sample = Sample((Message("user", "x"), Message("assistant", "ha" * 150), Message("assistant", "short")))
    assert not kept(Repetition(scope="messages"), sample)


def test_the_reason() -> None:
    assert Repetition(max=0.8).reason(0.9) == ("repetitive", "max=0.8")


@pytest.mark.real
def test_alpaca_loses_only_degenerate_answers(real_data) -> None:
    import orjson

    records = orjson.loads((real_data / "alpaca/alpaca_en.json").read_bytes())
    samples = [exchange(record["instruction"], record["output"]) for record in records]
    op = Repetition()
    dropped = [sample for sample, keep in zip(samples, op.judge(op.measure(Batch(samples))), strict=True) if not keep]
    assert [sample.messages[0].text[:20] for sample in dropped] == ["Edit this sentence: ", "Find out what year t"]
