"""Empty drops samples without an answer and keeps every answer, however short."""

from __future__ import annotations

import pytest

from instrkit.ops.base import Batch
from instrkit.ops.empty import Empty
from instrkit.ops.placeholders import is_placeholder
from instrkit.sample import Candidate, Message, Part, Sample, ToolCall


def exchange(prompt: str, response: str | None) -> Sample:
    return Sample((Message("user", prompt), Message("assistant", response)))


def measured(sample: Sample, op: Empty | None = None) -> float:
    return float((op or Empty()).measure(Batch([sample]))[0])


def kept(sample: Sample, op: Empty | None = None) -> bool:
    op = op or Empty()
    return bool(op.judge(op.measure(Batch([sample])))[0])


PLACEHOLDERS = [
    "<noinput>", "<nooutput>", "<no output>", "No Output", "No output required", "N/A", "n/a.", "<N/A>", "“<无输入>”",
    "无输出", "<无输出>", "无需输出", "没有输入。", "（无输入）", "不适用", "`<noinput>`", "\\<noinput\\>", "<noinput", "<none>",
]  # fmt: skip
ANSWERS = [
    "7", "。", "😀", "... --- ...", "None", "none", "null", "Na", "无", "没有", "No", "N", "/", "<", "<br>", "[]", "{}",
    "<nooutput> This type of instruction cannot be fulfilled.", "No input is used by this function.", "没有下雨。",
    "No output as compilation will result in a class file.", "no", "NaN", "-",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_are_no_answers(text: str) -> None:
    assert is_placeholder(text)
    assert not kept(exchange("?", text))
    assert not kept(exchange("?", f" {text}\n"))


@pytest.mark.parametrize("text", ANSWERS)
def test_short_answers_stay(text: str) -> None:
    assert not is_placeholder(text)
    assert kept(exchange("?", text))


@pytest.mark.parametrize("text", ["", " ", "\n\t\u3000", None], ids=["empty", "blank", "white-space", "none"])
def test_no_text_is_no_answer(text: str | None) -> None:
    assert measured(exchange("?", text)) == 0


@pytest.mark.parametrize(("length", "keeps"), [(1, False), (2, True), (3, True)])
def test_the_bound_is_inclusive(length: int, keeps: bool) -> None:
    assert kept(exchange("?", "好" * length), Empty(min=2)) == keeps


def test_the_last_answer_counts() -> None:
    turns = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"), Message("assistant", ""))
    assert not kept(Sample(turns))
    assert kept(Sample(turns[:2]))
    assert kept(Sample(turns[:3])), "a question after the last answer makes no difference"


def test_a_tool_call_and_a_picture_are_answers() -> None:
    assert kept(Sample((Message("user", "?"), Message("assistant", None, tool_calls=(ToolCall(name="f"),)))))
    assert kept(Sample((Message("assistant", (Part(type="image", ref="a.png"),)),)))


def test_thinking_alone_is_no_answer() -> None:
    assert not kept(Sample((Message("user", "?"), Message("assistant", "", thinking="Let me see."))))


def test_the_longest_candidate_counts() -> None:
    def sample(*answers: str) -> Sample:
        candidates = tuple(Candidate(messages=(Message("assistant", answer),)) for answer in answers)
        return Sample((Message("user", "?"),), candidates=candidates)

    assert measured(sample("", "yes")) == 3
    assert measured(sample("", "N/A")) == 0


def test_reasons_tell_an_empty_answer_from_none() -> None:
    op = Empty()
    unanswered = Sample((Message("user", "?"),))
    assert not kept(unanswered)
    assert op.reason(measured(unanswered)) == ("no response", "min=1")
    assert op.reason(0.0) == ("empty response", "min=1")
    assert Empty(scope="prompt").reason(0.0) == ("empty prompt", "min=1")


def test_text_to_pretrain_on_needs_no_answer() -> None:
    assert kept(Sample((Message("user", "Once upon a time"),), task="pretrain"))


def test_other_scopes() -> None:
    assert not kept(exchange(" ", "yes"), Empty(scope="prompt"))
    assert kept(exchange("why?", ""), Empty(scope="prompt"))
    assert measured(exchange("why?", "no"), Empty(scope="messages")) == 2


@pytest.mark.real
def test_alpaca_loses_ninety_answers(real_data) -> None:
    import orjson

    records = orjson.loads((real_data / "alpaca/alpaca_en.json").read_bytes())
    samples = [exchange("?", record["output"]) for record in records]
    op = Empty()
    assert (~op.judge(op.measure(Batch(samples)))).sum() == 90
