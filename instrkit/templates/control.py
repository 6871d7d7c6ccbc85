"""
Control tokens inside user text: found, and made harmless as the caller wishes.

In the segments user text is always content, so that a tokenizer that encodes segment by segment can never take it for
a control token. The policies here are for those who hand the text as one string to a tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from instrkit.errors import TemplateError
from instrkit.templates.base import Piece

__all__ = ["CONTROL_POLICIES", "USER_KINDS", "ControlPolicy", "ControlTokens", "control_tokens", "where"]

ControlPolicy = Literal["keep", "error", "escape", "drop"]
"""
What happens to a control token inside user text.

`keep`    it stays as it is: the text is what the model's own code writes; `Rendered.lookalikes` says where
`error`   the sample is refused
`escape`  a zero-width space (U+200B) after its first character: reads the same, is no token, can be undone
`drop`    it is removed
"""

CONTROL_POLICIES: tuple[ControlPolicy, ...] = ("keep", "error", "escape", "drop")

ZERO_WIDTH_SPACE = "\u200b"

USER_KINDS = frozenset({"content", "thinking", "tool"})
"""Segments whose text comes from the sample."""

_PASSES = 8
"""How often `drop` looks again: removing a token can join the halves of another (`<s<s>>`)."""


class ControlTokens:
    """
    The control tokens of one template as one search.

    Args:
        tokens: The tokens, each two characters or longer; none at all is fine.
    """

    __slots__ = ("_firsts", "_pattern", "tokens")

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = tuple(sorted(set(tokens), key=lambda token: (-len(token), token)))
        if any(len(token) < 2 for token in self.tokens):
            raise ValueError(f"control tokens {self.tokens}: each needs two characters, or it cannot be escaped")
        self._firsts = tuple(sorted({token[0] for token in self.tokens}))
        self._pattern = re.compile("|".join(map(re.escape, self.tokens)) or r"(?!)")

    def find(self, text: str) -> str | None:
        """Return the first control token in *text*, None where there is none."""
        for first in self._firsts:  # a character search costs 0.05 µs, and most texts have no "<" and no "["
            if first in text:
                found = self._pattern.search(text)
                return found[0] if found else None
        return None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where control tokens stand in *text*, as `[start, end)`, ascending, not overlapping."""
        return [found.span() for found in self._pattern.finditer(text)] if self.find(text) else []

    def escape(self, text: str) -> str:
        """Return *text* with a zero-width space after the first character of each control token."""
        for _ in range(_PASSES):  # a second pass where two tokens overlap; an escaped token is never found again
            if self.find(text) is None:
                break
            text = self._pattern.sub(lambda found: f"{found[0][0]}{ZERO_WIDTH_SPACE}{found[0][1:]}", text)
        return text

    def drop(self, text: str) -> str:
        """Return *text* without control tokens; what removals form anew is removed too, what nests deeper escaped."""
        for _ in range(_PASSES):
            if self.find(text) is None:
                return text
            text = self._pattern.sub("", text)
        return self.escape(text)

    def apply(self, pieces: Iterable[Piece], policy: ControlPolicy) -> tuple[list[Piece], list[tuple[int | None, str]]]:
        """
        Return *pieces* under *policy*, and for each changed piece its message and kind.

        Raises:
            TemplateError: There is a control token in user text, under the policy `error`.
        """
        out: list[Piece] = []
        changed: list[tuple[int | None, str]] = []
        for piece in pieces:
            text, kind, message, train, label = piece
            if kind not in USER_KINDS or (token := self.find(text)) is None:
                out.append(piece)
                continue
            if policy == "error":
                raise TemplateError(
                    f"{where(message, kind)}: the control token {token!r} stands in the text: "
                    "expected none; set on_control_token to escape, drop or keep"
                )
            changed.append((message, kind))
            out.append((self.escape(text) if policy == "escape" else self.drop(text), kind, message, train, label))
        return out, changed


def where(message: int | None, kind: str) -> str:
    """Return the path in the sample of a piece's text, such as `messages[3].thinking`."""
    if message is None:
        return "tools" if kind == "tool" else "template"
    return f"messages[{message}].{'tool_calls' if kind == 'tool' else kind}"


@lru_cache(maxsize=256)
def control_tokens(tokens: tuple[str, ...]) -> ControlTokens:
    """Return the search for *tokens*, made once."""
    return ControlTokens(tokens)
