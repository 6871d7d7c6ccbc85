"""How large something a chat template made is, or would become: told before it is made, so that nothing huge is."""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from itertools import chain
from typing import Any

from jinja2 import TemplateError as JinjaError
from jinja2.utils import Namespace

__all__ = ["MOST_CHARACTERS", "MOST_ITEMS", "bounded", "fits", "formatted", "replaced", "too_large", "weight"]

MOST_CHARACTERS = 1 << 24
"""Longest text a template may make: four million tokens, four times what the largest models read at once."""

MOST_ITEMS = 1 << 19
"""Most items of a list that a template may make of a text: some 50 bytes each."""

MOST_DEPTH = 100
"""How deep lists may stand in lists; tools stand some ten deep."""

_ITEM = 8
"""What an item of a list counts beside its text, in characters, and once more for each level it stands in."""

_NUMBER = re.compile(r"[0-9]+")


def too_large() -> JinjaError:
    """Return the error for a text or list that is too large."""
    return JinjaError(f"more than {MOST_CHARACTERS} characters or items: the template does not seem to end")


def fits(size: int) -> int:
    """Return *size* if a text of that many characters is not too large."""
    if size > MOST_CHARACTERS:
        raise too_large()
    return size


def bounded(numbers: Iterable[Any]) -> None:
    """Refuse *numbers* of characters or items that are too large; what is no number is let pass."""
    for number in numbers:
        if isinstance(number, int):
            fits(number)


def weight(value: Any) -> int:
    """
    Return about how many characters *value* has as text, all that stands in it counted as often as it stands there.

    Raises:
        jinja2.TemplateError: More than a template may make; lists of lists of the same list grow without growing.
    """
    if isinstance(value, str | bytes):
        return fits(len(value))
    total = 0
    levels: list[Iterator[Any]] = [iter((value,))]
    while levels:
        for item in levels[-1]:
            total += _ITEM * len(levels) + (len(item) if isinstance(item, str | bytes) else 0)
            inner = _inside(item)
            if inner is not None:
                levels.append(inner)
                break
        else:
            levels.pop()
        if total > MOST_CHARACTERS or len(levels) > MOST_DEPTH:
            raise too_large()
    return total


def _inside(value: Any) -> Iterator[Any] | None:
    if isinstance(value, str | bytes | int | float) or value is None:
        return None
    if isinstance(value, Mapping):
        return chain.from_iterable(value.items())
    if isinstance(value, Namespace):  # its own attributes can only be reached past its way of reading them
        attributes: dict[str, Any] = object.__getattribute__(value, "_Namespace__attrs")
        return chain.from_iterable(attributes.items())
    return iter(value) if isinstance(value, _CONTAINERS) else None


_CONTAINERS = (list, tuple, set, frozenset, KeysView, ValuesView, ItemsView)


def replaced(text: str, old: str, new: str) -> int:
    """Return how long *text* becomes when *new* stands for each *old*."""
    return fits(len(text) + text.count(old) * max(0, len(new) - len(old)))


def formatted(text: str, given: Iterable[Any], sign: str) -> int:
    """
    Return how long *text* becomes at most when it is formatted.

    Args:
        text: The format.
        given: What is put into it; numbers among it may be widths.
        sign: What begins a place where something is put: `%` or `{`.
    """
    widths = 0
    for number in _NUMBER.finditer(text):
        if number.end() - number.start() > len(str(MOST_CHARACTERS)):
            raise too_large()
        widths += int(number[0])
    largest = 0
    for value in given:
        largest = max(largest, weight(value), value if isinstance(value, int) else 0)
    return fits(len(text) + widths + text.count(sign) * largest)
