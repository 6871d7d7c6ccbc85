"""A rendering cut into pieces: the sample's texts, the control tokens, what carries loss, and whose all of it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from instrkit.templates.base import Kind, Piece
from instrkit.templates.control import ControlTokens
from instrkit.templates.jinja.marks import Spot

__all__ = ["pieces_of"]

Stretch = tuple[int, int, Kind, int | None]
Spans = list[tuple[int, int]]


def pieces_of(text: str, spots: list[Spot], loss: Spans, control: ControlTokens, enders: frozenset[str]) -> list[Piece]:
    """
    Return *text* in pieces.

    Args:
        text: A rendering.
        spots: Where the sample's texts stand in it, ascending.
        loss: What carries loss, as `[start, end)`, ascending.
        control: The control tokens; what spells one inside a spot is text.
        enders: The control tokens that end a turn.
    """
    answered = [stop for _, stop in loss]
    pieces: list[Piece] = []
    cuts = sorted({cut for span in loss for cut in span})
    for start, end, kind, message in _stretches(text, spots, control, enders, frozenset(answered)):
        inside = [cut for cut in cuts if start < cut < end] if cuts else []
        for low, high in pairwise([start, *inside, end]):
            train = any(begin <= low and high <= stop for begin, stop in loss)
            pieces.append((text[low:high], kind, message, train, None))
    return pieces


def _stretches(
    text: str, spots: list[Spot], control: ControlTokens, enders: frozenset[str], answered: frozenset[int]
) -> Iterator[Stretch]:
    at, before = 0, None
    for spot in spots:
        yield from _gap(text, (at, spot.start), (before, spot.owner[0]), control, enders, answered)
        yield (spot.start, spot.end, spot.owner[1], spot.owner[0])
        at, before = spot.end, spot.owner[0]
    yield from _gap(text, (at, len(text)), (before, None), control, enders, answered)


def _gap(
    text: str,
    span: tuple[int, int],
    owners: tuple[int | None, int | None],
    control: ControlTokens,
    enders: frozenset[str],
    answered: frozenset[int],
) -> Iterator[Stretch]:
    """
    Cut what the template wrote between two texts of the sample.

    What stands behind a text up to the token that ends its turn is its own; so is the white space behind that token.
    The rest belongs to the text that follows. Before the first text, whole turns are the template's own.
    """
    start, end = span
    before, after = owners
    tokens = [(start + low, start + high) for low, high in control.spans(text[start:end])]
    turns = [(low, high) for low, high in tokens if text[low:high] in enders or high in answered]
    border = start
    closing = -1
    if turns and before is not None and before != after:
        closing, border = turns[0]
    elif turns and before is None:
        border = turns[-1][1]
    elif before == after:
        border = end
    while border > start and border < end and text[border].isspace():
        border += 1
    at = start
    for low, high in [*tokens, (end, end)]:
        for first, last in ((at, min(low, border)), (max(at, border), low)):
            if first < last:
                mine = before if last <= border else after
                behind = before is not None and last <= border and text[first:last].isspace()
                yield (first, last, "separator" if behind else "header", mine)
        if low < high:
            mine = before if high <= border else after
            yield (low, high, "end" if low == closing else "special", mine)
        at = high
