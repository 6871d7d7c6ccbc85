"""Checks of JSON types whose errors say where, what was expected and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from instrkit.errors import Misfit

__all__ = ["expected", "json_type", "missing"]

_WORDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def json_type(value: Any) -> str:
    """Return the JSON type of *value* in words."""
    return _WORDS.get(type(value), type(value).__name__)


def expected(format: str, path: str, what: str, value: Any) -> Misfit:
    """Return the error for a value of the wrong type; the value itself is never quoted, for it may be private."""
    return Misfit(format, path, f"expected {what}, found {json_type(value)}")


def missing(format: str, path: str, keys: Iterable[str]) -> Misfit:
    """Return the error for a field that is not there, with the keys that are."""
    shown = ", ".join(str(key)[:40] for key in list(keys)[:12])
    return Misfit(format, path, f"field required; keys: {shown or 'none'}")
