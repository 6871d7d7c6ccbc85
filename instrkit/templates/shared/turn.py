r"""
The notation in which regular layouts are written down.

`{}` stands for what a message says, `⟦` and `⟧` enclose what carries loss, `▁` is a space that SentencePiece writes by
itself (kind `prefix`), and everything else is written as it stands: control tokens are told from text by the template's
own list. `<|im_start|>assistant\n⟦{}<|im_end|>⟧\n` is an assistant's turn in ChatML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from instrkit.templates.base import Kind, Piece

__all__ = ["CONTENT", "Turn", "fixed"]

CONTENT = "{}"
PREFIX = "▁"
_BRACKETS = ("⟦", "⟧")
_MARKS = (*_BRACKETS, PREFIX)

Part = tuple[str, Kind, bool]
"""Text, kind, and whether it carries loss."""


@dataclass(frozen=True, slots=True)
class Turn:
    """
    What stands around a text, and what of it carries loss.

    Attributes:
        before: What stands before the text.
        train: Whether the text itself carries loss.
        after: What stands behind it; the first control token ends the message (kind `end`).
    """

    before: tuple[Part, ...]
    train: bool
    after: tuple[Part, ...]

    @classmethod
    def read(cls, notation: str, control: Iterable[str]) -> Turn:
        """
        Read one turn from its notation.

        Raises:
            ValueError: `{}` does not stand in it exactly once, or the brackets do not match.
        """
        if notation.count(CONTENT) != 1:
            raise ValueError(f"turn {notation!r}: expected {{}} once, where the message's text goes")
        head, tail = notation.split(CONTENT)
        control = tuple(control)
        inside = head.count("⟦") > head.count("⟧")
        before = _parts(head, control)
        return cls(before, inside, _parts(tail, control, inside=inside, behind=True))

    def opening(self, index: int | None) -> list[Piece]:
        """Return the pieces before the text of message *index*."""
        return [(text, kind, index, train, None) for text, kind, train in self.before]

    def closing(self, index: int | None) -> list[Piece]:
        """Return the pieces behind the text of message *index*."""
        return [(text, kind, index, train, None) for text, kind, train in self.after]

    def around(self, said: Iterable[Piece], index: int | None) -> list[Piece]:
        """Return *said*, whose pieces carry the loss they say, between opening and closing."""
        return [*self.opening(index), *said, *self.closing(index)]

    def write(self, text: str, index: int | None, kind: Kind = "content") -> list[Piece]:
        """Return the pieces of a whole turn that says *text*."""
        return self.around([(text, kind, index, self.train, None)], index)


def fixed(notation: str, control: Iterable[str], index: int | None = None) -> list[Piece]:
    r"""Return text of the template itself, without `{}`, as pieces: `<s>`, or `<|im_start|>assistant\n`."""
    return [(text, kind, index, train, None) for text, kind, train in _parts(notation, tuple(control))]


@lru_cache(maxsize=4096)
def _parts(notation: str, control: tuple[str, ...], *, inside: bool = False, behind: bool = False) -> tuple[Part, ...]:
    """
    Cut *notation* into parts; *inside* is whether it begins within brackets, *behind* whether it follows a text.

    Kept, because templates read the same few notations for every sample, and reading one takes some 20 µs.
    """
    tokens = sorted(control, key=len, reverse=True)
    pattern = "|".join(map(re.escape, (*tokens, *_MARKS)))
    parts: list[Part] = []
    control_kind: Kind = "end" if behind else "special"
    for text in filter(None, re.split(f"({pattern})", notation)):
        if text in _BRACKETS:
            if inside == (text == _BRACKETS[0]):
                raise ValueError(f"turn {notation!r}: brackets do not match")
            inside = not inside
        elif text == PREFIX:
            parts.append((" ", "prefix", inside))
        elif text in tokens:
            parts.append((text, control_kind, inside))
            control_kind = "special"
        else:
            parts.append((text, "separator" if behind else "header", inside))
    return tuple(parts)
