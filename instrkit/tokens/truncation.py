"""What becomes of samples that are longer than a model takes: whole turns go, never half an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from instrkit.errors import TemplateError, UsageError, did_you_mean
from instrkit.sample import Message, Sample
from instrkit.templates import Rendered
from instrkit.tokens.base import Tokenizer
from instrkit.tokens.encoding import Encoded, Missing, encode_many

__all__ = ["OVERLONG_POLICIES", "Fitted", "Overlong", "fit", "fit_many", "shortened"]

Overlong = Literal["drop", "left", "right", "split", "error", "none"]
"""
What becomes of a sample that is too long.

`drop`   it goes
`left`   its oldest turns go; the system message stays
`right`  its newest turns go
`split`  it becomes several samples, each with the system message; every answer stands in exactly one of them
`error`  the run ends
`none`   it stays as it is
"""

OVERLONG_POLICIES: tuple[Overlong, ...] = ("drop", "left", "right", "split", "error", "none")

Render = Callable[[Sample], Rendered]

_SYSTEM = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class Fitted:
    """
    What became of a sample.

    Attributes:
        encoded: What is left of it: nothing, one, or several under `split`.
        samples: The sample of each, with the messages it was made from.
        counts: What happened → how often: `too long` (samples, under `drop` and `none`), `turns dropped`, `shortened`
            (samples), `split` (samples), `turn too long` (turns that do not fit on their own).
    """

    encoded: list[Encoded]
    samples: list[Sample]
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Press:
    """How to make a text of some of a sample's turns, and how long it may be."""

    render: Render
    tokenizer: Tokenizer
    most: int
    missing: Missing
    bos: bool | None
    sample: Sample
    head: tuple[Message, ...]
    turns: list[tuple[Message, ...]]

    def part(self, start: int, end: int) -> Sample:
        """Return the sample with the turns `[start, end)` only; what its format remembered of the whole is gone."""
        said = tuple(message for turn in self.turns[start:end] for message in turn)
        return replace(self.sample, messages=(*self.head, *said), residual=None)

    def encoded(self, sample: Sample) -> Encoded:
        return encode_many([self.render(sample)], self.tokenizer, missing=self.missing, bos=self.bos)[0]

    def longest(self, high: int, span: Callable[[int], tuple[int, int]]) -> tuple[int, Encoded, Sample] | None:
        """
        Return the most turns, from 1 to *high*, that fit, and what they give; None where not even one does.

        Doubling, then halving, with fewer turns taken to be shorter: what is written in all is a few times what is
        kept, however long the sample is.
        """
        best: tuple[int, Encoded, Sample] | None = None
        known, count, growing = 0, 1, True
        while known < high:
            part = self.part(*span(count))
            made = self.encoded(part)
            if len(made) <= self.most:
                best, known = (count, made, part), count
            elif best is None:
                return None
            else:
                high, growing = count - 1, False
            count = min(2 * known, high) if growing else (known + high + 1) // 2
        return best


def fit(
    sample: Sample,
    render: Render,
    tokenizer: Tokenizer,
    max_length: int,
    policy: Overlong,
    *,
    missing: Missing = "error",
    bos: bool | None = None,
) -> Fitted:
    """Return the ids and labels of one sample, no longer than *max_length*; see `fit_many`, faster for many."""
    return next(fit_many([sample], render, tokenizer, max_length, policy, missing=missing, bos=bos))


def fit_many(
    samples: Iterable[Sample],
    render: Render,
    tokenizer: Tokenizer,
    max_length: int,
    policy: Overlong,
    *,
    missing: Missing = "error",
    bos: bool | None = None,
) -> Iterator[Fitted]:
    """
    Yield what becomes of each sample when no text may have more than *max_length* tokens.

    A turn is a user message and all that follows up to the next; system messages before the first turn stay with
    every part. A turn that does not fit on its own goes, with the sample under `left` and `right` where it is the one
    that would have to stay. Samples that fit cost nothing extra.

    Args:
        samples: The samples, best some hundred to some thousand: they are encoded together.
        render: Writes a sample.
        tokenizer: Encodes it.
        max_length: The most tokens, control tokens included.
        policy: What becomes of longer ones.
        missing: As for `encode_many`.
        bos: As for `encode_many`.

    Raises:
        UsageError: Unknown policy, or *max_length* below 1.
        TemplateError: A sample is too long, under `error`; or the template cannot write it.
    """
    if policy not in OVERLONG_POLICIES:
        raise UsageError(f"unknown policy for long samples {policy!r}: {did_you_mean(str(policy), OVERLONG_POLICIES)}")
    if max_length < 1:
        raise UsageError(f"max_length: {max_length}: expected at least 1 token")
    samples = [*samples]
    whole = encode_many(map(render, samples), tokenizer, missing=missing, bos=bos)
    return (
        Fitted([made], [sample])
        if len(made) <= max_length
        else shortened(sample, made, render, tokenizer, max_length, policy, missing=missing, bos=bos)
        for sample, made in zip(samples, whole, strict=True)
    )


def shortened(
    sample: Sample,
    made: Encoded,
    render: Render,
    tokenizer: Tokenizer,
    max_length: int,
    policy: Overlong,
    *,
    missing: Missing = "error",
    bos: bool | None = None,
) -> Fitted:
    """Return what becomes of a sample whose text is *made*, which is too long; see `fit_many`."""
    if policy == "error":
        raise TemplateError(
            f"{_name(sample)}: {len(made)} tokens: expected at most {max_length}; choose drop, left, right or split"
        )
    if policy == "none":
        return Fitted([made], [sample], {"too long": 1})
    if policy == "drop":
        return Fitted([], [], {"too long": 1})
    head, turns = _turns(sample.messages)
    press = _Press(render, tokenizer, max_length, missing, bos, sample, head, turns)
    return _split(press) if policy == "split" else _without_turns(press, left=policy == "left")


def _without_turns(press: _Press, *, left: bool) -> Fitted:
    count = len(press.turns)
    best = press.longest(count - 1, lambda kept: (count - kept, count) if left else (0, kept))
    if best is None:
        return Fitted([], [], {"turn too long": 1})
    kept, made, part = best
    return Fitted([made], [part], {"shortened": 1, "turns dropped": count - kept})


def _split(press: _Press) -> Fitted:
    fitted = Fitted([], [])
    count, at, long = len(press.turns), 0, 0
    while at < count:
        best = press.longest(count - at, partial(_from, at))
        if best is None:
            long += 1
            at += 1
            continue
        kept, made, part = best
        fitted.encoded.append(made)
        fitted.samples.append(part)
        at += kept
    if len(fitted.encoded) > 1:
        fitted.counts["split"] = 1
    elif fitted.encoded:
        fitted.counts["shortened"] = 1
    if long:
        fitted.counts["turn too long"] = long
    return fitted


def _from(start: int, kept: int) -> tuple[int, int]:
    return start, start + kept


def _turns(messages: Sequence[Message]) -> tuple[tuple[Message, ...], list[tuple[Message, ...]]]:
    """Return the system messages at the start, and the turns: each begins with a user message, the first need not."""
    start = 0
    while start < len(messages) and messages[start].role in _SYSTEM:
        start += 1
    begins = [k for k in range(start, len(messages)) if messages[k].role == "user" or k == start]
    ends = [*begins[1:], len(messages)]
    return tuple(messages[:start]), [tuple(messages[a:b]) for a, b in zip(begins, ends, strict=True)]


def _name(sample: Sample) -> str:
    if sample.origin is not None:
        return f"{sample.origin.path}:{sample.origin.index}"
    return f"sample {sample.id!r}" if sample.id else "sample"
