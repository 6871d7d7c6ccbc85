"""A rendering cut into stretches that look alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath
from typing import Literal

from instrkit.sample import Sample
from instrkit.templates import Rendered, Span
from instrkit.templates.base import Piece

__all__ = ["Look", "Run", "Shown", "show"]

Look = Literal["control", "header", "text", "thinking", "tool", "lookalike"]
"""
What a stretch is, as a reader sees it.

`control`    a control token of the tokenizer
`header`     text of the template: role names, default system text, what stands between messages
`text`       what a message says
`thinking`   the reasoning before an answer
`tool`       tool lists, calls and results
`lookalike`  text of the sample that spells a control token, and is none
"""

_LOOKS: dict[str, Look] = {
    "special": "control",
    "end": "control",
    "header": "header",
    "prefix": "header",
    "separator": "header",
    "content": "text",
    "thinking": "thinking",
    "tool": "tool",
}


@dataclass(frozen=True, slots=True)
class Run:
    """
    A stretch of the text.

    Attributes:
        text: The text; all stretches end to end are the rendered text.
        look: What it is.
        train: Whether it carries loss.
        role: The role of the message it belongs to, empty for the template's own.
        message: That message's index, None for the template's own.
        label: The token the trainer puts as the label here instead of the text's own, if it does.
    """

    text: str
    look: Look
    train: bool
    role: str = ""
    message: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """
    One sample as it is shown.

    Attributes:
        title: Where it comes from, and its id.
        template: The template's name.
        runs: Its stretches, in order.
        notes: What was dropped or altered, in words.
        tokens: How many tokens it has and how many of them carry loss, where a tokenizer was given.
    """

    title: str
    template: str
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
    tokens: tuple[int, int] | None = None

    @property
    def characters(self) -> int:
        """Characters of the text."""
        return sum(len(run.text) for run in self.runs)

    @property
    def trained(self) -> int:
        """Characters that carry loss."""
        return sum(len(run.text) for run in self.runs if run.train)

    @property
    def summary(self) -> str:
        """The counts in one line."""
        count, trained = self.characters, self.trained
        share = f" ({trained / count:.0%})" if count else ""
        said = f"{count:,} characters, {trained:,} carry loss{share}"
        if self.tokens is not None:
            said += f"; {self.tokens[0]:,} tokens, {self.tokens[1]:,} carry loss"
        return said


def show(sample: Sample, made: Rendered, tokens: tuple[int, int] | None = None) -> Shown:
    """Return *made*, the rendering of *sample*, as it is shown."""
    origin = sample.origin
    place = "" if origin is None else f"{PurePath(origin.path).name}:{origin.index}"
    title = " ".join(filter(None, (place, sample.id))) or "sample"
    roles = [message.role for message in sample.messages]
    runs = tuple(_joined(_runs(made.pieces, made.lookalikes, roles)))
    notes = [f"{change.kind} dropped: {change.path}" for change in made.dropped]
    notes += [f"{change.kind} altered: {change.path}" for change in made.altered]
    return Shown(title, made.template.name, runs, tuple(notes), tokens)


def _runs(pieces: list[Piece], lookalikes: tuple[Span, ...], roles: Sequence[str]) -> Iterator[Run]:
    """The pieces, cut where a look-alike begins or ends."""
    cuts = [cut for span in lookalikes for cut in span]
    inside = set(lookalikes)
    at = 0
    for text, kind, message, train, label in pieces:
        end = at + len(text)
        role = "" if message is None else roles[message]
        for start, stop in pairwise([at, *(cut for cut in cuts if at < cut < end), end]):
            look: Look = "lookalike" if (start, stop) in inside else _LOOKS[kind]
            if start < stop:
                yield Run(text[start - at : stop - at], look, train, role, message, label)
        at = end


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Neighbours that differ in nothing but their text, made one; control tokens stay apart."""
    last: Run | None = None
    for run in runs:
        if last is not None and _alike(last, run):
            last = Run(last.text + run.text, last.look, last.train, last.role, last.message)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _alike(one: Run, other: Run) -> bool:
    if one.look == "control" or one.label or other.label:
        return False
    return (one.look, one.train, one.message) == (other.look, other.train, other.message)
