"""A sample goes when a model would see and learn just the same from an earlier one, and for nothing less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from instrkit.ops.base import OPS, Batch, Sketches
from instrkit.ops.exact_dedup import ExactDedup, identity
from instrkit.ops.in_memory import resolve_in_memory
from instrkit.sample import Candidate, Message, Origin, Part, Preference, Sample, ToolCall


def chat(*said: str) -> Sample:
    return Sample(tuple(Message("user" if k % 2 == 0 else "assistant", text) for k, text in enumerate(said)))


PLAIN = chat("Name a bird.", "A wren.")
CALL = ToolCall(name="add", arguments_raw='{"a": 1}', arguments={"a": 1})
TOOLED = replace(PLAIN, messages=(*PLAIN.messages, Message("assistant", None, None, (CALL,))))


def with_parts(*parts: Part) -> Sample:
    return Sample((Message("user", parts), Message("assistant", "yes")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(PLAIN, replace(PLAIN, id="b", meta={"k": 1}), id="id-and-meta"),
        pytest.param(
            PLAIN, replace(PLAIN, origin=Origin("s", "p", 1), residual={"format": "x"}), id="origin-and-residual"
        ),
        pytest.param(
            PLAIN, replace(PLAIN, messages=(replace(PLAIN.messages[0], extra={"x": 1}), PLAIN.messages[1])), id="extra"
        ),
        pytest.param(
            with_parts(Part(text="a"), Part(text="b")), chat("ab", "yes"), id="plain-parts-are-the-string-they-make"
        ),
        pytest.param(
            TOOLED,
            replace(
                TOOLED, messages=(*PLAIN.messages, Message("assistant", None, None, (replace(CALL, arguments=None),)))
            ),
            id="the-raw-arguments-count-not-their-reading",
        ),
        pytest.param(
            replace(PLAIN, labels={"a": 1.0, "b": True}),
            replace(PLAIN, labels={"b": True, "a": 1.0}),
            id="order-of-labels",
        ),
    ],
)
def test_the_same(one: Sample, other: Sample) -> None:
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(PLAIN, chat("Name a bird.", "A wren"), id="one-character"),
        pytest.param(PLAIN, chat("name a bird.", "A wren."), id="case"),
        pytest.param(PLAIN, chat("Name a bird. ", "A wren."), id="a-blank"),
        pytest.param(chat("é", "x"), chat("e\u0301", "x"), id="unicode-form"),
        pytest.param(chat("ab", "c"), chat("a", "bc"), id="where-a-message-ends"),
        pytest.param(PLAIN, chat("Name a bird.", "A wren.", ""), id="an-empty-message-more"),
        pytest.param(PLAIN, Sample((Message("system", "Be brief."), *PLAIN.messages)), id="system"),
        pytest.param(PLAIN, Sample((PLAIN.messages[0], Message("tool", "A wren."))), id="role"),
        pytest.param(Sample((Message("user", None),)), Sample((Message("user", ""),)), id="none-and-empty"),
        pytest.param(PLAIN, Sample((PLAIN.messages[0], replace(PLAIN.messages[1], thinking="Hm."))), id="thinking"),
        pytest.param(PLAIN, Sample((PLAIN.messages[0], replace(PLAIN.messages[1], weight=0.0))), id="weight"),
        pytest.param(PLAIN, replace(PLAIN, tools=({"name": "add"},)), id="tools"),
        pytest.param(
            TOOLED,
            replace(
                TOOLED,
                messages=(*PLAIN.messages, Message("assistant", None, None, (replace(CALL, arguments_raw='{"a":1}'),))),
            ),
            id="spacing-of-arguments",
        ),
        pytest.param(
            with_parts(Part(text="a"), Part(text="b", name="input")), chat("a\nb", "yes"), id="alpaca-s-input-is-a-part"
        ),
        pytest.param(
            with_parts(Part(text="ab"), Part(text="c", name="input")),
            with_parts(Part(text="a"), Part(text="bc", name="input")),
            id="where-the-input-begins",
        ),
        pytest.param(
            replace(PLAIN, candidates=(Candidate(messages=(Message("assistant", "a"),)),)),
            replace(PLAIN, candidates=(Candidate(messages=(Message("assistant", "b"),)),)),
            id="candidates",
        ),
        pytest.param(
            replace(PLAIN, preferences=(Preference(better="a", worse="b"),)),
            replace(PLAIN, preferences=(Preference(better="b", worse="a"),)),
            id="preferences",
        ),
        pytest.param(replace(PLAIN, labels={"safe": True}), replace(PLAIN, labels={"safe": False}), id="labels"),
    ],
)
def test_not_the_same(one: Sample, other: Sample) -> None:
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    "text", ["", "什么是三原色？", "🎉" * 3, "\ud800"], ids=["empty", "chinese", "emoji", "surrogate"]
)
def test_any_text_has_an_identity(text: str) -> None:
    verdicts = resolve_in_memory(ExactDedup(), [chat(text, "a"), chat(text, "b"), chat(text, "a")])
    assert (verdicts.rows.tolist(), verdicts.of.tolist(), verdicts.similarity.tolist()) == ([2], [0], [1.0])


@pytest.mark.parametrize("batch_size", [1, 3, 512])
def test_the_first_stays_whatever_the_batches(batch_size: int) -> None:
    verdicts = resolve_in_memory(ExactDedup(), [chat(text, "!") for text in "abacbab"], batch_size)
    assert verdicts.rows.tolist() == [2, 4, 5, 6]
    assert verdicts.of.tolist() == [0, 1, 0, 1]


def test_dropped_rows_take_no_part() -> None:
    op = ExactDedup()
    sketch = op.sketch(Batch([chat("a", "b")] * 3))
    sketches = Sketches(np.array([False, True, True]), lambda name: iter([sketch[name]]))
    assert op.candidates(sketches).tolist() == [[1, 2]]


def test_no_samples_no_verdicts() -> None:
    assert resolve_in_memory(ExactDedup(), []).rows.size == 0


def test_it_is_registered() -> None:
    assert OPS.get("exact_dedup") is ExactDedup
    assert ExactDedup().settings() == {}
