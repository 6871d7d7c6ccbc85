"""What stands in the place of a value: a tag, which is a word in angle brackets, or a mask, which is its outline."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from instrkit.pii.base import Rule

__all__ = ["OPERATORS", "Language", "Operator", "language_of", "mask", "tag"]

Language = Literal["en", "zh"]
Operator = Callable[[Rule, str, int, Language], str]
"""From a rule, a canonical value, its number among the sample's values of one tag, a language: the text."""

_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[A-Za-z]")


def tag(rule: Rule, canonical: str, number: int, language: Language) -> str:  # noqa: ARG001 - an Operator
    """
    Return a word in angle brackets: `<EMAIL>` for the first value of a sample, `<EMAIL_2>` for the second.

    In Chinese `<邮箱>` and `<邮箱_2>`.
    """
    word = rule.tag_zh if language == "zh" else rule.tag
    return f"<{word}>" if number == 1 else f"<{word}_{number}>"


def mask(rule: Rule, canonical: str, number: int, language: Language) -> str:  # noqa: ARG001 - an Operator
    """Return the canonical value with most of it starred (`*******5678`); two values can share a mask."""
    return rule.mask(canonical)


OPERATORS: dict[str, Operator] = {"tag": tag, "mask": mask}


def language_of(text: str) -> Language:
    """Return the language of tags: Chinese where at least one letter in four of *text* is a Han character."""
    han = len(_HAN.findall(text))
    return "zh" if han and 3 * han >= len(_LATIN.findall(text)) else "en"
