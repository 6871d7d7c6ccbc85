"""
What SentencePiece pieces spell, held beside what was written, for many texts at once.

Pieces end to end are the normalised text. Where each character of a text becomes one character there (a line end a
blank, a full-width comma a comma), both sides are arrays, compared whole; places are then counted out from the sizes
of pieces, and what differs from the text is known without decoding. All this costs a tenth of encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import numpy as np

from instrkit.tokens.base import Cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Letters = NDArray[np.uint32]
    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["BLANK", "Spelled", "Spelling"]

BLANK = "▁"

_SPACE, _MARK = ord(" "), ord(BLANK)
_LAST = 0x10FFFF

_LONGER = _LAST + 1
"""Stands for a character that becomes none or several, or that could be taken for a blank: it equals nothing."""

_OPAQUE = _LAST + 2
"""Stands for a piece that does not show what it spells, such as a byte of a character: it equals nothing either."""

_HALF = 1 << 30
"""Up to here indices fit 32 bits, which halves the memory that the largest arrays pass through."""

Spelled = tuple[list[Cut], bool | None] | None
"""Where the cuts of a text lie, and whether its pieces are the text but for one space; None where that needs a look."""


class Spelling:
    """
    The pieces of a vocabulary as arrays, and what characters become, as far as they were met.

    Takes 4.5 MB of address space, of which the pages of characters that occur are used.

    Args:
        shown: What each piece spells; None where it does not show it.
        becomes: What a character becomes in pieces, asked once for each.
        squeezes: Whether the normaliser makes blanks one, and takes those at both ends away.
    """

    def __init__(self, shown: Sequence[str | None], becomes: Callable[[str], str], *, squeezes: bool) -> None:
        self._becomes = becomes
        self._squeezes = squeezes
        self._sizes = np.array([1 if piece is None else len(piece) for piece in shown], dtype=np.int64)
        self._first = np.cumsum(self._sizes) - self._sizes
        self._letters = np.full(int(self._sizes.sum()), _OPAQUE, dtype=np.uint32)
        for at, piece in zip(self._first.tolist(), shown, strict=True):
            if piece is not None:
                self._letters[at : at + len(piece)] = [*map(ord, piece)]
        self._table = np.zeros(_LAST + 1, dtype=np.uint32)  # 0: not met yet
        self._table[_SPACE] = _MARK
        self._table[_MARK] = _LONGER

    def compare(
        self, texts: Sequence[str], many: Sequence[Any], cuts: Sequence[Sequence[int]], *, prefix: bool
    ) -> list[Spelled]:
        """
        Return what is known of each of *texts* from the pieces it became.

        Args:
            texts: The texts.
            many: The ids of each, as arrays.
            cuts: For each text, places in it, ascending, from 0 to its length.
            prefix: Whether a space was put before each text.
        """
        if not texts:
            return []
        before = " " * prefix
        letters = np.frombuffer("".join([before + text for text in texts]).encode("utf-32-le"), dtype=np.uint32)
        if not len(letters):
            return [None] * len(texts)
        begins = _bounds([len(text) + prefix for text in texts])
        written = self._written(letters)
        kept = self._kept(written, begins, prefix=prefix)
        gone = np.flatnonzero(~kept)  # few, so counting these beats summing those
        ends = begins - np.searchsorted(gone, begins)
        tokens = _bounds([*map(len, many)])
        flat = np.concatenate(many)
        sizes = self._sizes[flat]
        starts = _sums(sizes)
        index = np.int32 if starts[-1] < _HALF else np.int64
        where = np.repeat((self._first[flat] - starts[:-1]).astype(index), sizes)
        where += np.arange(starts[-1], dtype=index)
        left = np.delete(written, gone) if len(gone) else written
        sure = _same(left, ends, self._letters.take(where), starts[tokens])
        truths = self._truths(letters, written, gone, begins[:-1], prefix=prefix)
        places = _Places(written == _MARK if self._squeezes else None, gone, begins, tokens, starts, prefix=prefix)
        return [
            (found, truth) if known else None
            for found, truth, known in zip(places.find(cuts), truths, sure.tolist(), strict=True)
        ]

    def _written(self, letters: Letters) -> Letters:
        """Return what each of *letters* becomes."""
        written = self._table.take(letters)
        if not written.all():
            for letter in np.unique(letters[written == 0]).tolist():
                shown = self._becomes(chr(letter))
                self._table[letter] = ord(shown) if len(shown) == 1 and shown > "\0" else _LONGER
            written = self._table.take(letters)
        return written

    def _kept(self, written: Letters, begins: Numbers, *, prefix: bool) -> Flags:
        """Return which characters stay when of blanks in a row only the first does, and none at both ends."""
        if not self._squeezes:
            return np.ones(len(written), dtype=np.bool_)
        blank = written == _MARK
        whole = begins[:-1] < begins[1:]
        firsts, lasts = begins[:-1][whole], begins[1:][whole] - 1
        again = np.empty_like(blank)
        again[1:] = blank[:-1]
        again[firsts] = not prefix
        kept: Flags = ~(blank & again)
        ending = lasts[blank[lasts]]
        stay = np.flatnonzero(kept) if len(ending) else ending
        if len(stay):
            last = stay[np.searchsorted(stay, ending, "right") - 1]
            kept[last[blank[last]]] = False
        return kept

    @staticmethod
    def _truths(
        letters: Letters, written: Letters, gone: Numbers, begins: Numbers, *, prefix: bool
    ) -> list[bool | None]:
        """
        Return for each text whether it is what is written; None where only its first character differs.

        The library takes a blank away there when it decodes.
        """
        truths: list[bool | None] = [True] * len(begins)
        changed = np.flatnonzero((letters != written) & (letters != _SPACE))
        if len(gone):
            changed = np.concatenate((changed, gone))
        if len(changed):
            owners = np.searchsorted(begins, changed, "right") - 1
            leading = changed <= begins[owners] + prefix
            for owner in np.unique(owners[leading]).tolist():
                truths[owner] = None
            for owner in np.unique(owners[~leading]).tolist():
                truths[owner] = False
        return truths


class _Places:
    """
    Characters of many texts, and the tokens they fell to.

    Args:
        blank: Which characters are blanks, where blanks in a row become one.
        gone: Which characters are not left.
        begins: Where each text begins among the characters.
        tokens: Where each text begins among the tokens.
        starts: Where each token begins among the characters that are left.
        prefix: Whether each text begins with a space that is not its own.
    """

    def __init__(
        self, blank: Flags | None, gone: Numbers, begins: Numbers, tokens: Numbers, starts: Numbers, *, prefix: bool
    ) -> None:
        self._blank = blank
        self._gone = gone
        self._begins = begins
        self._tokens = tokens
        self._starts = starts
        self._prefix = prefix

    def find(self, cuts: Sequence[Sequence[int]]) -> list[list[Cut]]:
        """Return where the cuts of each text lie; nonsense where its tokens are not what is left of it."""
        counts = [*map(len, cuts)]
        if not any(counts):
            return [[] for _ in cuts]
        owners = np.repeat(np.arange(len(cuts)), counts)
        at = np.fromiter(chain.from_iterable(cuts), dtype=np.int64, count=len(owners))
        at += self._begins[owners] + self._prefix
        head = self._left(at) - self._left(self._begins[owners])
        inside = self._inside(at, head, owners)
        head[head == self._prefix] = 0  # what was written by itself goes with what follows
        target = head + self._starts[self._tokens[owners]]
        index = np.searchsorted(self._starts, target)
        across = inside | (self._starts[np.minimum(index, len(self._starts) - 1)] != target)
        found = [*zip((index - self._tokens[owners]).tolist(), across.tolist(), strict=True)]
        if len(found) == len(cuts) and max(counts) == 1:
            return [[one] for one in found]
        ends = [*accumulate(counts)]
        return [found[end - count : end] for end, count in zip(ends, counts, strict=True)]

    def _left(self, at: Numbers) -> Numbers:
        """Return how many characters are left of those before *at*."""
        return at - np.searchsorted(self._gone, at)

    def _inside(self, at: Numbers, head: Numbers, owners: Numbers) -> Flags:
        """Return which places lie inside blanks that become one, which is on both sides of them."""
        if (blank := self._blank) is None:
            return np.zeros(len(at), dtype=np.bool_)
        left = self._left(self._begins[owners + 1]) - self._left(self._begins[owners])
        both = blank[at - 1] & blank[np.minimum(at, len(blank) - 1)]
        return both & (head > self._prefix) & (head < left)


def _same(written: Letters, passed: Numbers, spelled: Letters, ends: Numbers) -> Flags:
    """Return for each text whether *written* and *spelled* are the same, of which texts end at *passed* and *ends*."""
    lengths, others = np.diff(passed), np.diff(ends)
    same: Flags = lengths == others
    if not same.all():
        written, spelled = written[np.repeat(same, lengths)], spelled[np.repeat(same, others)]
    different = np.flatnonzero(written != spelled)
    if len(different):
        left = np.flatnonzero(same)
        same[left[np.searchsorted(np.cumsum(lengths[left]), different, "right")]] = False
    return same


def _bounds(counts: list[int]) -> Numbers:
    return _sums(np.array(counts, dtype=np.int64))


def _sums(counts: Numbers) -> Numbers:
    """Return the sums of all before each, and of all."""
    sums = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=sums[1:])
    return sums
