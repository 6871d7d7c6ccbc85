"""Near-copies go, variants stay, and every drop names a kept sample that is as similar as it says."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from instrkit.errors import UsageError
from instrkit.ops.base import OPS, Batch, Sketches
from instrkit.ops.in_memory import resolve_in_memory
from instrkit.ops.near_dedup import NearDedup
from instrkit.sample import Message, Part, Sample, ToolCall

STRICT = NearDedup(require=("question", "answer", "numbers"))


def chat(*said: str) -> Sample:
    return Sample(tuple(Message("user" if k % 2 == 0 else "assistant", text) for k, text in enumerate(said)))


def alpaca(instruction: str, given: str, output: str) -> Sample:
    return Sample(
        (Message("user", (Part(text=instruction), Part(text=given, name="input"))), Message("assistant", output))
    )


def drops(samples: list[Sample], op: NearDedup | None = None) -> dict[int, int]:
    verdicts = resolve_in_memory(op or NearDedup(), samples)
    return dict(zip(verdicts.rows.tolist(), verdicts.of.tolist(), strict=True))


STORY = "Once upon a time a lonely lighthouse keeper found a letter in a bottle, and the letter was addressed to him. "
TALE = "从前有一位孤独的灯塔看守人，他在海边的瓶子里找到了一封信，而那封信竟然是写给他自己的，落款是三十年后的今天。"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(chat("Tell a story.", STORY), chat("Tell a story!", STORY), id="one-character"),
        pytest.param(chat("Tell a story.", STORY), chat("TELL A STORY.", f"  {STORY.upper()}\n"), id="case-and-blanks"),
        pytest.param(chat("讲个故事。", TALE), chat("讲个故事。", f"{TALE}！"), id="chinese"),
        pytest.param(chat("讲个故事,好吗?", TALE), chat("讲个故事，好吗？", TALE), id="full-width"),
        pytest.param(
            alpaca("Go on.", STORY, "He left."), chat(f"Go on.\n{STORY}", "He left."), id="input-kept-apart-or-not"
        ),
        pytest.param(
            Sample((Message("system", "Be kind."), *chat("Hi there", STORY).messages)),
            chat("Hi there", STORY),
            id="system",
        ),
        pytest.param(chat("Hi", "🎉🎊🥳"), chat("hi", "🎉🎊🥳"), id="emoji"),
    ],
)
@pytest.mark.parametrize("op", [NearDedup(), STRICT], ids=["text", "all-required"])
def test_near_copies_go(one: Sample, other: Sample, op: NearDedup) -> None:
    assert drops([chat("Something else altogether?", "Yes."), one, other], op) == {2: 1}


@pytest.mark.parametrize(
    "samples",
    [
        pytest.param(
            [
                chat("Name a small mammal", "Squirrel"),
                chat("Name a musical genre", "Jazz"),
                chat("Greet in Spanish", "Hola."),
            ],
            id="few-words",
        ),
        pytest.param(
            [chat("什么是三原色？", "红黄蓝。"), chat("如何减少空气污染？", "少开车。"), chat("你好", "你好！")],
            id="short-chinese",
        ),
        pytest.param([chat("a", ""), chat("b", ""), chat("", "c"), chat("?", "")], id="too-short-to-shingle"),
        pytest.param([chat("", ""), chat("", ""), chat(" ", "\n")], id="no-text-at-all"),
        pytest.param(
            [
                Sample((Message("assistant", None, None, (ToolCall(name=name),)),))
                for name in ("add", "subtract", "multiply")
            ],
            id="only-tool-calls",
        ),
    ],
)
def test_short_and_empty_samples_are_not_each_other_s_copies(samples: list[Sample]) -> None:
    assert drops(samples) == {}


def test_texts_too_short_to_shingle_go_when_equal() -> None:
    assert drops([chat("a", ""), chat("b", ""), chat("A", ""), chat("b", " ")]) == {2: 0, 3: 1}


def test_too_short_and_just_long_enough_differ() -> None:
    assert drops([chat("aaaa", ""), chat("aaaaa", "")]) == {}


WORDS = "Multiply the two given numbers with each other and give the product as a plain number: {} by {}."


@pytest.mark.parametrize(
    ("require", "one", "other"),
    [
        pytest.param(("numbers",), chat(WORDS.format(3, 6), "18"), chat(WORDS.format(3, 8), "24"), id="sums"),
        pytest.param(("numbers",), chat(f"{TALE}第３章", "好"), chat(f"{TALE}第４章", "好"), id="full-width-digits"),
        pytest.param(("numbers",), chat(STORY, "1 23"), chat(STORY, "12 3"), id="where-a-number-ends"),
        pytest.param(("numbers",), chat(STORY, "1 2"), chat(STORY, "2 1"), id="order-of-numbers"),
        pytest.param(("numbers",), chat(STORY, "no"), chat(STORY, "no 1"), id="a-number-more"),
        pytest.param(
            ("question",),
            alpaca("Its genre?", STORY + TALE, "Hope"),
            alpaca("A headline!", STORY + TALE, "Hope"),
            id="same-input-other-instruction",
        ),
        pytest.param(("question",), chat("Red?", STORY), chat("Blue?", STORY), id="other-question"),
        pytest.param(("question",), chat(STORY), Sample((Message("assistant", STORY),)), id="question-and-none"),
        pytest.param(("answer",), chat(2 * STORY, "thon"), chat(2 * STORY, "Pyth"), id="other-answer"),
        pytest.param(("answer",), chat("Hi", STORY, "More", "a"), chat("Hi", STORY, "More", "b"), id="last-answer"),
    ],
)
def test_variants_stay_under_require(require: tuple[str, ...], one: Sample, other: Sample) -> None:
    assert drops([one, other]) == {1: 0}
    assert drops([one, other], NearDedup(require=require)) == {}  # type: ignore[arg-type]  # words from the table


def test_a_growing_history_is_no_copy_under_require() -> None:
    turns = ["Tell a story.", 4 * STORY, "And then?", "He wrote back."]
    assert drops([chat(*turns[:2]), chat(*turns)]) == {1: 0}
    assert drops([chat(*turns[:2]), chat(*turns)], STRICT) == {}


@pytest.mark.parametrize(
    ("threshold", "gone"),
    [pytest.param(0.799, True, id="below"), pytest.param(0.8, True, id="at"), pytest.param(0.801, False, id="above")],
)
def test_the_threshold_is_inclusive(threshold: float, gone: bool) -> None:
    # 8 shared of 10 shingles: "abcdefghijkl" has 8, its two continuations one each.
    one, other = Sample((Message("user", "abcdefghijklm"),)), Sample((Message("user", "zabcdefghijkl"),))
    verdicts = resolve_in_memory(NearDedup(threshold=threshold, recall=0.9999), [one, other])
    assert bool(verdicts.rows.size) == gone
    if gone:
        assert verdicts.similarity.tolist() == [pytest.approx(0.8)]


def variants(count: int, seed: int) -> list[Sample]:
    """Samples of all lengths in both languages, two in three of them edited copies of an earlier one."""
    drawn = random.Random(seed)
    letters, hanzi = (
        "abcdefghijklmnopqrstuvwxyz     ",
        "天地人和心手水火山石田土木花草春夏秋冬风云雨雪日月星光早晚年时，。",
    )
    texts: list[list[str]] = []
    for _ in range(count):
        if texts and drawn.random() < 0.66:
            text = list(drawn.choice(texts))
            for _ in range(round(len(text) * drawn.random() * 0.08)):
                text[drawn.randrange(len(text))] = drawn.choice(letters)
        else:
            text = drawn.choices(drawn.choice([letters, hanzi]), k=drawn.choice([8, 20, 40, 80, 160, 400]))
        texts.append(text)
    return [chat("".join(text[: len(text) // 3]), "".join(text[len(text) // 3 :])) for text in texts]


def plain_set(sample: Sample) -> set[str]:
    text = " ".join("\n".join(message.text for message in sample.messages).split())
    return {text[k : k + 5] for k in range(len(text) - 4)} or {f"{text} whole"}


@pytest.mark.parametrize("threshold", [0.7, 0.8])
def test_verdicts_are_those_of_comparing_all_with_all(threshold: float) -> None:
    samples = variants(500, seed=4)
    sets = [plain_set(sample) for sample in samples]
    expected: dict[int, tuple[int, float]] = {}
    for row, one in enumerate(sets):
        kept = (before for before in range(row) if before not in expected)
        alike = [(len(one & sets[before]) / len(one | sets[before]), -before) for before in kept]
        if alike and max(alike)[0] >= threshold:
            expected[row] = (-max(alike)[1], max(alike)[0])
    verdicts = resolve_in_memory(NearDedup(threshold=threshold), samples)
    found = dict(
        zip(verdicts.rows.tolist(), zip(verdicts.of.tolist(), verdicts.similarity.tolist(), strict=True), strict=True)
    )
    assert len(expected) > 100
    missed = expected.keys() ^ found.keys()
    assert len(missed) <= 0.01 * len(expected)
    for row in expected.keys() & found.keys():
        assert found[row][1] >= threshold
        assert row > found[row][0] not in found
        if not missed:
            assert found[row] == (expected[row][0], pytest.approx(expected[row][1]))


@pytest.mark.parametrize(
    "op", [NearDedup(), STRICT, NearDedup(scope="response")], ids=["text", "all-required", "response"]
)
def test_batches_do_not_matter(op: NearDedup) -> None:
    samples = variants(150, seed=9)
    expected = resolve_in_memory(op, samples)
    for size in (1, 7, 64, 149):
        found = resolve_in_memory(op, samples, size)
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.of.tolist() == expected.of.tolist()
        assert found.similarity.tolist() == expected.similarity.tolist()


def test_hundreds_of_variants_of_one_text_leave_few() -> None:
    base, drawn = list(3 * STORY), random.Random(6)
    samples = []
    for _ in range(400):
        text = base.copy()
        for _ in range(drawn.randrange(4)):
            text[drawn.randrange(len(text))] = drawn.choice("abcxyz")
        samples.append(chat("Tell.", "".join(text)))
    assert len(drops(samples)) == 399


def test_a_copy_of_a_dropped_sample_goes_too() -> None:
    near = chat("Tell a story!", STORY)
    assert drops([chat("Tell a story.", STORY), near, near]) == {1: 0, 2: 0}


def test_dropped_rows_take_no_part() -> None:
    op = NearDedup()
    sketch = op.sketch(Batch([chat("Tell a story.", STORY)] * 3))
    sketches = Sketches(np.array([False, True, True]), lambda name: iter([sketch[name]]))
    assert op.candidates(sketches).tolist() == [[1, 2]]


def test_the_scope_says_what_is_compared() -> None:
    samples = [chat("Tell a sad tale.", STORY), chat("Now something funny?", STORY)]
    assert drops(samples, NearDedup(scope="response")) == {1: 0}
    assert drops(samples, NearDedup(scope="prompt")) == {}


def test_a_text_of_many_megabytes_is_compared_by_its_first_million_characters() -> None:
    long = "".join(random.Random(3).choices("abcdefgh ", k=1_000_000))
    assert drops([chat(long + "x" * 2_000_000, "a"), chat(long + "y" * 9, "b")]) == {1: 0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"threshold": 0.0}, r"near_dedup: threshold 0: expected over 0 and up to 1", id="threshold-low"),
        pytest.param({"threshold": 1.01}, r"threshold 1\.01: expected over 0", id="threshold-high"),
        pytest.param({"recall": 1.0}, r"recall 1: expected between 0 and 1", id="recall"),
        pytest.param({"n": 0}, r"n 0: expected at least 1", id="n"),
        pytest.param({"threshold": 0.03}, r"needs more than 180 numbers per text", id="no-banding"),
    ],
)
def test_settings_that_cannot_be_are_errors(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        NearDedup(**settings)  # type: ignore[arg-type]  # numbers from the table


def test_no_samples_no_verdicts() -> None:
    assert drops([]) == {}


def test_it_is_registered_and_says_its_bound() -> None:
    assert OPS.get("near_dedup") is NearDedup
    assert NearDedup(threshold=0.85).bound() == "threshold=0.85"


def test_sketches_are_reused_for_other_requirements() -> None:
    assert "require" not in NearDedup.sketched_by
    assert NearDedup.sketched_by | {"require"} == set(NearDedup().settings())


@pytest.mark.real
def test_nothing_of_alpaca_goes_when_all_is_required(real_data: Path) -> None:
    records = json.loads((real_data / "alpaca" / "alpaca_en.json").read_text(encoding="utf-8"))[:20_000]
    samples = [
        alpaca(r["instruction"], r["input"], r["output"]) if r["input"] else chat(r["instruction"], r["output"])
        for r in records
    ]
    assert drops(samples, STRICT) == {}
