"""
What a PII rule is, and the two views of a text that all rules share: its shape for gates, its fold for patterns.

A rule is data: a gate that says quickly and surely where there is nothing, a pattern that finds candidates, and a judge
that accepts a candidate or says why it is none. A new rule is one new file that ends in `RULES.add(name, Rule(…))`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from instrkit.registry import Registry

__all__ = ["RULES", "Rule", "fold", "shape"]

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
# The full-width colon stays: it is Chinese punctuation, and as ASCII it would join what it separates.
_SIGNS = {"＠": "@", "＋": "+", "－": "-", "．": ".", "＿": "_", "（": "(", "）": ")"}
_SPACES = {"\u00a0": " ", "\u3000": " ", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-"}
_FOLD = str.maketrans({**{chr(wide): chr(narrow) for wide, narrow in _FULL_WIDTH.items()}, **_SIGNS, **_SPACES})

_SHAPE = bytes(
    ord("0") if chr(byte) in "0123456789" or 0x90 <= byte <= 0x99  # the last byte of full-width ０ to ９ in UTF-8
    else ord(".") if byte in b".\x8e"  # the last byte of the full-width full stop ．
    else ord(" ")
    for byte in range(256)
)  # fmt: skip
_DROPPED = b" -()" + bytes(sorted({*"\u00a0\u3000－（）".encode(), 0xE2, 0x80, 0x88}))


def shape(text: str) -> bytes:
    """
    Return the digits and full stops of *text* for gates: `0` a digit, `.` a full stop, a blank for anything else.

    Blanks, hyphens and parentheses are left out, so that a digit run is one run whatever its separators; full-width
    digits count. Bytes of other scripts may look like digits, so a gate over the shape may pass too much, never too
    little. Costs 3 ns per byte once for all rules, where one digit-run regular expression costs 5 ns per character.

    Examples:
        >>> shape("tel 138-1234 ５６７８, 1.5")
        b'   00000000000 0.0'
    """
    return text.encode("utf-8", "surrogatepass").translate(_SHAPE, _DROPPED)


def fold(text: str) -> str:
    """
    Return *text* with full-width letters, digits and signs as ASCII, one character for one, so that offsets stay true.

    Examples:
        >>> fold("邮箱：ｂｏｂ＠corp．com")
        '邮箱：bob@corp.com'
    """
    return text if text.isascii() else text.translate(_FOLD)


def _keep_last_four(canonical: str) -> str:
    return "*" * (len(canonical) - 4) + canonical[-4:]


def _itself(canonical: str) -> tuple[str, ...]:
    return (canonical,)


def _nothing(_: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    r"""
    How one kind of personal data is found, told from look-alikes, and named.

    Patterns see the folded text. They use ASCII classes and look-arounds only: `\b`, `\w` and `\d` take Han characters
    for word characters, and would miss a number glued to Chinese text. Repetitions are bounded, and no pattern matches
    across a line break: texts are joined by one for the gates.

    Attributes:
        summary: One line for `instrkit list rules`.
        tag: The word that stands for a value in English text (`EMAIL`).
        tag_zh: The same in Chinese text.
        gate: From a text and its `shape`, False only where the pattern finds nothing, in this text or any part of it.
        pattern: Finds candidates; the group `value`, where there is one, is the value without its context.
        judge: Says why a candidate is left alone (in a few words that are counted), or None where it is personal data.
        canonical: From a folded value to the one spelling that all spellings of the value share.
        subject: What a request calls this kind of value; used to see that a value is the task itself.
        derived: From a canonical value to texts that can only be computed from it (its parts, another base).
        mask: From a canonical value to its masked form, which no rule may find again.
        names: From a canonical value to the entries of an allow-list that let it pass (an address, its domain).
        priority: Who wins where two hits of equal length overlap; the higher one.
    """

    summary: str
    tag: str
    tag_zh: str
    gate: Callable[[str, bytes], bool]
    pattern: re.Pattern[str]
    judge: Callable[[re.Match[str]], str | None]
    canonical: Callable[[str], str]
    subject: re.Pattern[str]
    derived: Callable[[str], tuple[str, ...]] = _nothing
    mask: Callable[[str], str] = _keep_last_four
    names: Callable[[str], tuple[str, ...]] = _itself
    priority: int = 0


RULES: Registry[Rule] = Registry("rules", "instrkit.pii")
