"""Whole turns go, never half an answer; every sample ends as one of the things that are counted."""

from __future__ import annotations

from functools import partial

import pytest

from instrkit.errors import TemplateError, UsageError
from instrkit.templates import render
from instrkit.tokens import encode, fit, fit_many
from tests.templates.samples import chat

SYSTEM = "s:Be brief."
TURNS = [turn for k in range(6) for turn in (f"u:Question {k}?", f"a:Answer {k}.")]
SAMPLE = chat(SYSTEM, *TURNS)
write = partial(render, template="chatml")


def length(tokenizer, *turns: str) -> int:
    return len(encode(write(chat(*turns)), tokenizer))


def said(fitted) -> list[list[str]]:
    return [[message.text for message in sample.messages] for sample in fitted.samples]


@pytest.fixture
def tokenizer(small):
    return small["byte-level"]


def test_bounds_are_inclusive(tokenizer) -> None:
    exact = length(tokenizer, SYSTEM, *TURNS)
    assert fit(SAMPLE, write, tokenizer, exact, "drop").counts == {}
    assert fit(SAMPLE, write, tokenizer, exact + 1, "drop").encoded == [encode(write(SAMPLE), tokenizer)]
    assert fit(SAMPLE, write, tokenizer, exact - 1, "drop").counts == {"too long": 1}


def test_drop_takes_the_sample(tokenizer) -> None:
    fitted = fit(SAMPLE, write, tokenizer, 20, "drop")
    assert (fitted.encoded, fitted.samples) == ([], [])


def test_none_leaves_it_and_says_so(tokenizer) -> None:
    fitted = fit(SAMPLE, write, tokenizer, 20, "none")
    assert len(fitted.encoded[0]) > 20
    assert fitted.counts == {"too long": 1}


def test_error_ends_with_the_length(tokenizer) -> None:
    with pytest.raises(
        TemplateError, match=r"sample: [0-9]+ tokens: expected at most 20; choose drop, left, right or split"
    ):
        fit(SAMPLE, write, tokenizer, 20, "error")


@pytest.mark.parametrize("kept", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("policy", ["left", "right"])
def test_turns_go_from_one_end_and_the_system_message_stays(tokenizer, policy: str, kept: int) -> None:
    turns = TURNS[-2 * kept :] if policy == "left" else TURNS[: 2 * kept]
    fitted = fit(SAMPLE, write, tokenizer, length(tokenizer, SYSTEM, *turns), policy)
    assert said(fitted) == [[turn[2:] for turn in (SYSTEM, *turns)]]
    assert fitted.counts == {"shortened": 1, "turns dropped": 6 - kept}
    assert fitted.encoded == [encode(write(chat(SYSTEM, *turns)), tokenizer)]


def test_a_turn_is_a_question_and_all_up_to_the_next(small) -> None:
    tokenizer = small["tiktoken"]
    turns = ["u:One?", "a:Wait.", "t:Result", "a:One.", "u:Two?", "a:Two."]
    fitted = fit(chat(*turns), write, tokenizer, length(tokenizer, *turns) - 1, "right")
    assert said(fitted) == [["One?", "Wait.", "Result", "One."]]


@pytest.mark.parametrize("most", [45, 60, 90, 130])
def test_split_trains_every_answer_exactly_once(small, most: int) -> None:
    tokenizer = small["byte-level"]
    fitted = fit(SAMPLE, write, tokenizer, most, "split")
    assert all(len(made) <= most for made in fitted.encoded)
    assert all(messages[0] == "Be brief." for messages in said(fitted))
    assert [text for messages in said(fitted) for text in messages[1:]] == [turn[2:] for turn in TURNS]
    assert fitted.counts == {"split": 1}


@pytest.mark.parametrize(("policy", "long"), [("left", 1), ("right", 0)])
def test_a_turn_that_must_stay_and_does_not_fit_takes_the_sample(tokenizer, policy: str, long: int) -> None:
    turns = ["u:Short?", "a:Short."]
    turns[long:long] = ["u:Long?", "a:" + "long " * 50] if long == 0 else []
    sample = chat(
        *(
            ["u:Long?", "a:" + "long " * 50, *TURNS[:2]]
            if policy == "right"
            else [*TURNS[:2], "u:Long?", "a:" + "long " * 50]
        )
    )
    fitted = fit(sample, write, tokenizer, 60, policy)
    assert fitted.encoded == []
    assert fitted.counts == {"turn too long": 1}


def test_split_leaves_out_only_the_turn_that_does_not_fit(tokenizer) -> None:
    sample = chat(*TURNS[:2], "u:Long?", "a:" + "long " * 50, *TURNS[2:4])
    fitted = fit(sample, write, tokenizer, 60, "split")
    assert said(fitted) == [["Question 0?", "Answer 0."], ["Question 1?", "Answer 1."]]
    assert fitted.counts == {"split": 1, "turn too long": 1}


def test_a_single_turn_that_is_too_long(tokenizer) -> None:
    for policy in ("left", "right", "split"):
        fitted = fit(chat("u:Hi", "a:" + "long " * 50), write, tokenizer, 30, policy)
        assert (fitted.encoded, fitted.counts) == ([], {"turn too long": 1})


@pytest.mark.parametrize(
    ("policy", "most", "times"), [("left", 4000, 5), ("right", 4000, 5), ("split", 100, 8), ("split", 1000, 8)]
)
def test_what_is_written_grows_with_the_dialogue_and_not_with_its_square(
    tokenizer, policy, most: int, times: int
) -> None:
    written = 0

    def counted(sample):
        nonlocal written
        written += len(sample.messages)
        return write(sample)

    sample = chat(*(turn for k in range(500) for turn in (f"u:Question {k}?", f"a:Answer {k}.")))
    fitted = fit(sample, counted, tokenizer, most, policy)
    assert len(fitted.encoded) >= 1
    assert written <= times * len(sample.messages)


def test_many_are_fitted_as_one_by_one_in_order(tokenizer) -> None:
    samples = [SAMPLE, chat("u:Hi", "a:Ho"), SAMPLE]
    fitted = [*fit_many(samples, write, tokenizer, 60, "left")]
    assert fitted == [fit(sample, write, tokenizer, 60, "left") for sample in samples]


def test_unknown_policies_and_lengths_are_refused(tokenizer) -> None:
    with pytest.raises(UsageError, match="unknown policy for long samples 'lefft': did you mean 'left'"):
        fit(SAMPLE, write, tokenizer, 20, "lefft")
    with pytest.raises(UsageError, match="max_length: 0: expected at least 1 token"):
        fit(SAMPLE, write, tokenizer, 0, "drop")
