"""Where two renderings of the same sample differ, character by character."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

from instrkit.templates.account import Change
from instrkit.templates.rendering import Rendered, Span

__all__ = ["Diff", "LossChange", "Op", "diff", "diff_texts"]

Tag = Literal["equal", "insert", "delete", "replace"]
Lost = tuple[Literal["dropped", "altered"], Change]

_LONGEST = 1_000
"""Characters compared one by one; longer stretches first by lines, then by words, as the search is quadratic."""

_MOST = 4_000
"""Lines or words compared one by one; of what has more, stretches of `_ANCHOR` characters are looked up."""

_ANCHOR = 32
"""Characters that are no chance when they stand in both texts."""

_WORDS = re.compile(r"[A-Za-z0-9_]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Op:
    """
    A stretch of two texts.

    Attributes:
        tag: Whether it is the same in both, stands only in one of them, or differs.
        a: Where it stands in the first text, `[start, end)`.
        b: Where it stands in the second.
    """

    tag: Tag
    a: Span
    b: Span


@dataclass(frozen=True, slots=True)
class LossChange:
    """
    A stretch that both texts have and that only one of them trains.

    Attributes:
        text: The stretch.
        trained_in: Which text trains it.
        a: Where it stands in the first text.
        b: Where it stands in the second.
    """

    text: str
    trained_in: Literal["a", "b"]
    a: Span
    b: Span


@dataclass(frozen=True, slots=True)
class Diff:
    """
    How two renderings of a sample differ.

    Attributes:
        a: The first text.
        b: The second.
        ops: The stretches in order; end to end they are both texts.
        loss: What both texts have and only one trains.
        trained_a: The trained stretches of the first.
        trained_b: The trained stretches of the second.
        only_a: What only the first drops or alters.
        only_b: What only the second drops or alters.
    """

    a: str
    b: str
    ops: tuple[Op, ...]
    loss: tuple[LossChange, ...]
    trained_a: tuple[str, ...]
    trained_b: tuple[str, ...]
    only_a: tuple[Lost, ...]
    only_b: tuple[Lost, ...]

    @property
    def same_text(self) -> bool:
        """Whether the texts are the same."""
        return self.a == self.b

    @property
    def same_loss(self) -> bool:
        """Whether the same text is trained."""
        return not self.loss and self.trained_a == self.trained_b

    @property
    def same(self) -> bool:
        """Whether text and loss are the same, and what was dropped and altered."""
        return self.same_text and self.same_loss and not self.only_a and not self.only_b


def diff(a: Rendered, b: Rendered) -> Diff:
    """Return how two renderings of the same sample differ: in text, in loss, and in what they drop or alter."""
    ops = diff_texts(a.text, b.text)
    lost_a, lost_b = _lost(a), _lost(b)
    return Diff(
        a=a.text,
        b=b.text,
        ops=ops,
        loss=tuple(change for op in ops if op.tag == "equal" for change in _loss_changes(op, a, b)),
        trained_a=tuple(a.text[start:end] for start, end in a.loss_spans),
        trained_b=tuple(b.text[start:end] for start, end in b.loss_spans),
        only_a=tuple(one for one in lost_a if one not in lost_b),
        only_b=tuple(one for one in lost_b if one not in lost_a),
    )


def _lost(rendered: Rendered) -> list[Lost]:
    dropped, altered = rendered.changes
    return [*(("dropped", change) for change in dropped), *(("altered", change) for change in altered)]


def _loss_changes(op: Op, a: Rendered, b: Rendered) -> list[LossChange]:
    """What of a stretch that is equal only one of the texts trains."""
    at = op.a[0]
    inside_a, inside_b = _within(a.loss_spans, op.a), _within(b.loss_spans, op.b)
    edges = sorted({edge for span in (*inside_a, *inside_b) for edge in span})
    found: list[LossChange] = []
    for start, end in pairwise(edges):
        in_a, in_b = (any(low <= start < high for low, high in spans) for spans in (inside_a, inside_b))
        if in_a != in_b:
            here, there = (at + start, at + end), (op.b[0] + start, op.b[0] + end)
            found.append(LossChange(a.text[here[0] : here[1]], "a" if in_a else "b", here, there))
    return found


def _within(spans: Sequence[Span], stretch: Span) -> list[Span]:
    """The parts of *spans* inside *stretch*, counted from its beginning."""
    low, high = stretch
    cut = [(max(start, low) - low, min(end, high) - low) for start, end in spans]
    return [(start, end) for start, end in cut if start < end]


def diff_texts(a: str, b: str) -> tuple[Op, ...]:
    """
    Return the stretches in which two texts agree and differ, in order; end to end they are both texts.

    What the texts begin and end with alike is found first; what is between is compared character by character, where
    it is long by lines and words first. Nothing counts as junk: blanks and line breaks are characters like others.
    Agreement shorter than the differences on both its sides is taken for chance, and for part of one difference.

    Examples:
        >>> [(op.tag, op.a, op.b) for op in diff_texts("USER: Hi", "USER: Hey")]
        [('equal', (0, 7), (0, 7)), ('replace', (7, 8), (7, 9))]
    """
    begin = _common(a, b)
    end = _common(a[begin:][::-1], b[begin:][::-1])
    ops = [Op("equal", (0, begin), (0, begin))] if begin else []
    ops += _shifted(_compared(a[begin : len(a) - end], b[begin : len(b) - end], "lines"), begin, begin)
    if end:
        ops.append(Op("equal", (len(a) - end, len(a)), (len(b) - end, len(b))))
    return tuple(_merged(_without_chance(_merged(ops))))


def _common(a: str, b: str) -> int:
    """How many characters the texts begin with alike; found by halving, as comparing slices is quick."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        half = (low + high + 1) // 2
        if a[low:half] == b[low:half]:
            low = half
        else:
            high = half - 1
    return low


def _compared(a: str, b: str, by: Literal["lines", "words", "characters"]) -> list[Op]:
    if not a or not b or (by == "characters" and max(len(a), len(b)) > _LONGEST):
        return [_difference((0, len(a)), (0, len(b)))] if a or b else []
    if max(len(a), len(b)) <= _LONGEST:
        return [Op(tag, (a0, a1), (b0, b1)) for tag, a0, a1, b0, b1 in _opcodes(a, b)]
    parts_a, parts_b = (text.splitlines(keepends=True) if by == "lines" else _WORDS.findall(text) for text in (a, b))
    finer: Literal["words", "characters"] = "words" if by == "lines" else "characters"
    if max(len(parts_a), len(parts_b)) > _MOST:
        return _compared(a, b, finer) if by == "lines" else _anchored(a, b)
    at_a, at_b = _places(parts_a), _places(parts_b)
    ops: list[Op] = []
    for tag, a0, a1, b0, b1 in _opcodes(parts_a, parts_b):
        stretch = Op(tag, (at_a[a0], at_a[a1]), (at_b[b0], at_b[b1]))
        if tag == "replace":
            inner = _compared(a[slice(*stretch.a)], b[slice(*stretch.b)], finer)
            ops += _shifted(inner, stretch.a[0], stretch.b[0])
        else:
            ops.append(stretch)
    return ops


def _anchored(a: str, b: str) -> list[Op]:
    """Compare what is too long for searching: stretches of *b* are looked up in *a*, each behind the one before."""
    places: dict[str, list[int]] = {}
    for at in range(0, len(b) - _ANCHOR + 1, _ANCHOR):
        places.setdefault(b[at : at + _ANCHOR], []).append(at)
    ops: list[Op] = []
    done_a = done_b = at = 0
    while at <= len(a) - _ANCHOR:
        known = places.get(a[at : at + _ANCHOR], [])
        k = bisect_left(known, done_b)
        if k == len(known):
            at += 1
            continue
        start_a, start_b = at, known[k]
        back = _common(a[done_a:start_a][::-1], b[done_b:start_b][::-1])
        size = back + _agreeing(a, b, start_a, start_b)
        start_a, start_b = start_a - back, start_b - back
        ops += _shifted(_compared(a[done_a:start_a], b[done_b:start_b], "characters"), done_a, done_b)
        done_a, done_b = start_a + size, start_b + size
        ops.append(Op("equal", (start_a, done_a), (start_b, done_b)))
        at = done_a
    return ops + _shifted(_compared(a[done_a:], b[done_b:], "characters"), done_a, done_b)


def _agreeing(a: str, b: str, at_a: int, at_b: int) -> int:
    """How many characters agree from there on; looked at in growing steps: nothing long is copied for little."""
    found, step = 0, 256
    while True:
        here, there = a[at_a + found : at_a + found + step], b[at_b + found : at_b + found + step]
        size = _common(here, there)
        found += size
        if size < step:
            return found
        step *= 2


def _opcodes(a: Sequence[str], b: Sequence[str]) -> list[tuple[Tag, int, int, int, int]]:
    return SequenceMatcher(None, a, b, autojunk=False).get_opcodes()


def _difference(a: Span, b: Span) -> Op:
    if a[0] == a[1]:
        return Op("insert", a, b)
    return Op("delete" if b[0] == b[1] else "replace", a, b)


def _places(parts: list[str]) -> list[int]:
    """Where each part begins, and where the last one ends."""
    places = [0]
    for part in parts:
        places.append(places[-1] + len(part))
    return places


def _shifted(ops: list[Op], by_a: int, by_b: int) -> list[Op]:
    return [Op(op.tag, (op.a[0] + by_a, op.a[1] + by_a), (op.b[0] + by_b, op.b[1] + by_b)) for op in ops]


def _size(op: Op) -> int:
    return max(op.a[1] - op.a[0], op.b[1] - op.b[0])


def _without_chance(ops: list[Op]) -> list[Op]:
    """Take short agreement between longer differences for a difference: a letter that two words share says nothing."""
    kept: list[Op] = []
    for k, op in enumerate(ops):
        inner = 0 < k < len(ops) - 1 and op.tag == "equal"
        chance = inner and _size(op) < min(_size(ops[k - 1]), _size(ops[k + 1]))
        kept.append(_difference(op.a, op.b) if chance else op)
    return kept


def _merged(ops: list[Op]) -> list[Op]:
    """Join neighbours that are both equal, or both differ."""
    merged: list[Op] = []
    for op in ops:
        if merged and (merged[-1].tag == "equal") == (op.tag == "equal"):
            before = merged.pop()
            a, b = (before.a[0], op.a[1]), (before.b[0], op.b[1])
            merged.append(Op("equal", a, b) if op.tag == "equal" else _difference(a, b))
        else:
            merged.append(op)
    return merged
