"""Byte-level vocabularies: where characters lie among tokens follows from how many bytes each token has."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from instrkit.tokens.base import Cut, Offsets

__all__ = ["byte_cuts", "byte_offsets"]


def byte_cuts(text: str, ids: Sequence[int], sizes: Sequence[int], cuts: Sequence[int]) -> list[Cut]:
    """
    Return where *cuts* lie among the tokens of *text*.

    Args:
        text: The text; its tokens are its bytes, end to end.
        ids: Its tokens.
        sizes: Bytes of each entry of the vocabulary.
        cuts: Places in characters, ascending.
    """
    if not cuts:
        return []
    starts = [0, *accumulate(map(sizes.__getitem__, ids))]
    found: list[Cut] = []
    plain = text.isascii()
    for cut in cuts:
        at = cut if plain else len(text[:cut].encode())
        index = bisect_left(starts, at)
        found.append((index, starts[index] != at))
    return found


def byte_offsets(text: str, ids: Sequence[int], sizes: Sequence[int]) -> Offsets:
    """Return *ids* and the characters each stands for: a token that holds part of a character, for all of it."""
    owner = [k for k, letter in enumerate(text) for _ in letter.encode()]
    ends = [*accumulate(map(sizes.__getitem__, ids))]
    starts = [0, *ends[:-1]] if ids else []
    return list(ids), [owner[at] for at in starts], [owner[at - 1] + 1 for at in ends]
