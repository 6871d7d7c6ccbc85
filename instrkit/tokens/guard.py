"""Text that spells a control token is encoded in parts, so that none comes out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from instrkit.errors import TemplateError, quote

__all__ = ["apart"]

_Offsets = tuple[list[int], list[int], list[int]]

_WEDGES = ("\ue000", "\u2603", "\u0394", "@")
"""Characters to drive between the letters of a forged token; the first one that parts it is used."""

_PASSES = 64
"""How often to look again: parting one token can give rise to another, shorter one."""


def apart(
    text: str,
    encode: Callable[[str], _Offsets],
    forbidden: frozenset[int],
    unknown: tuple[str, int] | None,
    name: str,
) -> _Offsets:
    """
    Return ids and offsets of *text*, encoded so that none of the *forbidden* ids is among them.

    A character that the vocabulary joins to nothing is put inside the stretch that gave the id, and its own tokens are
    taken out again. Looking at ids and not at spellings catches what only normalisation makes a control token.

    Args:
        text: The text.
        encode: Gives ids and offsets of a text.
        forbidden: Ids that must not come out.
        unknown: Spelling and id of the token for unknown characters: parted too where the text spells it, and right
            where a part is unknown all the same.
        name: The tokenizer's, for the message.

    Raises:
        TemplateError: No character parts them.
    """
    for wedge in _WEDGES:
        places: list[int] = []
        for _ in range(_PASSES):
            made, clean = _without(text, places, wedge, encode, None if unknown is None else unknown[1])
            if not clean:
                break
            ids, starts, ends = made
            spans = [(starts[k], ends[k]) for k, token in enumerate(ids) if token in forbidden]
            if unknown is not None:
                spelling, unk = unknown
                spans += [(a, b) for token, a, b in zip(*made, strict=True) if token == unk and spelling in text[a:b]]
            fresh = {_inside(text, start, end) for start, end in spans} - {*places}
            if not fresh:
                if forbidden.isdisjoint(ids):
                    return made
                break
            places = sorted({*places, *fresh})
    raise TemplateError(
        f"{name}: the text {quote(text)} gives a control token however it is cut: expected plain text; "
        "set on_control_token to escape or drop"
    )


def _inside(text: str, start: int, end: int) -> int:
    """Return a place inside a stretch: behind its first character that is no blank."""
    while start < end - 1 and text[start].isspace():
        start += 1
    return start + 1


def _without(
    text: str, places: list[int], wedge: str, encode: Callable[[str], _Offsets], unk: int | None
) -> tuple[_Offsets, bool]:
    """Encode *text* with wedges at *places*; return the tokens that are not theirs, and whether none swallowed one."""
    cuts = [0, *places, len(text)]
    tokens = encode(wedge.join(text[a:b] for a, b in pairwise(cuts)))
    if not places:
        return tokens, True
    where = [place + k for k, place in enumerate(places)]
    kept: _Offsets = ([], [], [])
    passed, clean = 0, True
    for token, start, end in zip(*tokens, strict=True):
        while passed < len(where) and where[passed] < start:
            passed += 1
        if passed < len(where) and start == where[passed] and end == start + 1:
            continue
        inside = passed
        while inside < len(where) and where[inside] < end:
            inside += 1
        clean = clean and (inside == passed or token == unk)
        kept[0].append(token)
        kept[1].append(start - passed)
        kept[2].append(end - inside)
    return kept, clean
