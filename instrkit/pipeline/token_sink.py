"""Samples → token ids and labels: rendered, encoded in one go per batch, cut to length and packed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast, get_args

from instrkit.errors import LossError, TemplateError, UsageError, did_you_mean
from instrkit.pipeline.job import Rendering, Tokens
from instrkit.pipeline.render_sinks import RenderSink
from instrkit.pipeline.sinks import Dropped, Outcome, Row
from instrkit.sample import Sample
from instrkit.templates import Rendered, Template, render
from instrkit.tokens import (
    OVERLONG_POLICIES,
    Encoded,
    Missing,
    Overlong,
    encode_many,
    opened_tokenizer,
    packed,
    shortened,
)
from instrkit.tokens.matching import open_matching, refuse_mismatch

__all__ = ["TokenSink", "check_tokens"]

TOO_LONG = "too long"


def check_tokens(tokens: Tokens, template: Template) -> None:
    """
    Find what is wrong with *tokens* before any file is read.

    Raises:
        UsageError: The tokenizer cannot be opened, lacks control tokens of *template*, or the settings do not go
            together.
    """
    for name, given, known in (
        ("truncate", tokens.truncate, OVERLONG_POLICIES),
        ("missing", tokens.missing, get_args(Missing)),
    ):
        if given not in known:
            raise UsageError(f"render: unknown {name} {given!r}: {did_you_mean(given, known)}")
    if tokens.pack and tokens.truncate == "none":
        raise UsageError("render: pack: a longer sample fits no row: choose drop, left, right or split")
    if tokens.max_length is not None and tokens.max_length < 2:
        raise UsageError(f"render: max_length {tokens.max_length}: expected 2 tokens or more")
    if tokens.pack and tokens.max_length is None:
        raise UsageError("render: pack: expected a max_length, the tokens of a row; say how long rows may be")
    tokenizer = open_matching(tokens.tokenizer)
    if tokens.missing == "error":
        refuse_mismatch(tokenizer, template)


class TokenSink(RenderSink):
    """
    Writes token ids with their labels.

    Packing holds back the shard's samples until its end, some 20 bytes a token: rows never hold samples of two shards,
    so that the result does not depend on the number of workers.
    """

    def __init__(self, rendering: Rendering, *, strict: bool) -> None:
        super().__init__(rendering, strict=strict)
        assert rendering.tokens is not None
        self.tokens = rendering.tokens
        self.tokenizer = opened_tokenizer(rendering.tokens.tokenizer)
        self.truncate = cast("Overlong", rendering.tokens.truncate)
        self.missing = cast("Missing", rendering.tokens.missing)
        self.waiting: list[Encoded] = []

    def batch(self, samples: Sequence[Sample], idents: Sequence[str]) -> list[Outcome]:  # noqa: ARG002 - a sink's signature
        """Return what becomes of each sample; of packed samples the rows come at the end."""
        outcomes: list[Outcome] = [()] * len(samples)
        made: dict[int, Rendered] = {}
        for k, sample in enumerate(samples):
            try:
                made[k] = self.render(sample)
            except (TemplateError, LossError) as error:
                outcomes[k] = error
        for k, one in zip(made, self.encoded([*made.values()]), strict=True):
            outcomes[k] = one if isinstance(one, TemplateError) else self.fitted(samples[k], one)
        return outcomes

    def encoded(self, made: list[Rendered]) -> list[Encoded | TemplateError]:
        """Encode a batch in one go; where one of it cannot be encoded, one by one."""
        try:
            return [*encode_many(made, self.tokenizer, missing=self.missing)]
        except TemplateError as error:
            if len(made) == 1:
                return [error]
            return [found for one in made for found in self.encoded([one])]

    def fitted(self, sample: Sample, whole: Encoded) -> Outcome:
        """Return the rows of one sample, cut to length where it is too long; none yet where rows are packed."""
        most = self.tokens.max_length
        found = [whole]
        if most is not None and len(whole) > most:
            try:
                left = shortened(sample, whole, self.again, self.tokenizer, most, self.truncate, missing=self.missing)
            except TemplateError as error:
                return LossError(str(error)) if self.truncate == "error" else error
            if not (found := left.encoded):
                return Dropped(TOO_LONG, str(len(whole)), f"max={most}")
            self.losses.update({f"{kind} (over {most} tokens)": times for kind, times in left.counts.items()})
        for one in found:
            self.measure(one)
        if self.tokens.pack:
            self.waiting += found
            return ()
        self.measures["rows"] += len(found)
        return [
            {"input_ids": one.input_ids, "labels": one.labels, "attention_mask": one.attention_mask} for one in found
        ]

    def again(self, part: Sample) -> Rendered:
        """Render what is left of a sample, whose losses were counted before."""
        return render(part, self.template, **self.options)

    def measure(self, one: Encoded) -> None:
        """Count tokens, and what of the text the tokenizer could not hold."""
        self.measures["tokens"] += len(one)
        self.measures["tokens with loss"] += one.trained
        for kind, times in (
            ("token across the border of the loss, trained", one.boundary),
            ("control token unknown to the tokenizer, written as text", one.missing),
            ("text that the tokenizer writes differently", one.differing),
        ):
            if times:
                self.losses[kind] += times

    def close(self) -> tuple[Row, ...] | list[Row]:
        """Return the packed rows."""
        most = self.tokens.max_length
        if not self.tokens.pack or most is None:
            return ()
        rows: list[Row] = [
            {
                "input_ids": row.input_ids,
                "labels": row.labels,
                "attention_mask": row.attention_mask,
                "position_ids": row.position_ids,
                "seq_lengths": row.seq_lengths,
            }
            for row in packed(self.waiting, most)
        ]
        self.waiting = []
        self.measures["rows"] += len(rows)
        self.measures["room in rows"] += len(rows) * most
        return rows
