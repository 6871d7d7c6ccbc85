"""Templates from tables: one row, one registered class, for layouts that differ in their strings only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from instrkit.templates.base import Template, template

__all__ = ["register_row"]

T = TypeVar("T", bound=Template)


def register_row(
    base: type[T], names: tuple[str, ...], attributes: Mapping[str, Any], variables: Mapping[str, tuple[Any, Any]]
) -> type[T]:
    """
    Register a subclass of *base* under *names*, the first of which lists show, and return it.

    Args:
        base: The class that writes such layouts.
        names: The template's name and its aliases.
        attributes: Its class attributes, `source` and `summary` among them.
        variables: Those of its variables whose default is not that of *base*: name → (type, default).
    """
    made = type(
        "".join(word.capitalize() for word in names[0].replace("@", "-").replace("_", "-").split("-")),
        (base,),
        {
            **attributes,
            **{name: default for name, (_, default) in variables.items()},
            "__annotations__": {name: kind for name, (kind, _) in variables.items()},
            "__doc__": base.__doc__,
            "__module__": base.__module__,
        },
    )
    return template(*names)(made)
