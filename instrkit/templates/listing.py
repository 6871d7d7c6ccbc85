"""The templates there are: found by family or by words, and all there is to know about one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from instrkit.errors import UsageError
from instrkit.templates.base import TEMPLATES, Template
from instrkit.templates.opening import names_file, open_template

__all__ = ["Entry", "entries", "entry", "related"]


class Entry(NamedTuple):
    """
    What there is to know about a template.

    Attributes:
        name: Its name; of a tokenizer's own chat template, its path.
        aliases: Other names of it.
        family: The letters its name begins with.
        owner: Whose layout it is, where it is not the model's own: `fastchat`, `llamafactory`.
        summary: What it is, in one line.
        source: Where it comes from.
        default_system: What stands in place of a missing system message.
        variables: What `render` takes, with the defaults.
        control: The control tokens that user text cannot forge.
    """

    name: str
    aliases: tuple[str, ...]
    family: str
    owner: str
    summary: str
    source: str
    default_system: str | None
    variables: dict[str, Any]
    control: tuple[str, ...]


def entry(name: str) -> Entry:
    """
    Return what there is to know about the template *name*, or about the chat template at the path *name*.

    Raises:
        UsageError: There is none; where another framework's has that name, the message says so.
    """
    if names_file(name):
        return _entry(type(open_template(name)))._replace(family="", owner="")  # a path has neither
    if name not in TEMPLATES and (others := related(name)):
        raise UsageError(f"unknown template {name!r}: did you mean {' or '.join(map(repr, others))}?")
    return _entry(TEMPLATES.get(name))


def related(name: str) -> list[str]:
    """Return the templates of other frameworks for the model *name*: `xverse` → `xverse@llamafactory-v0.9.1`."""
    return [known for known in TEMPLATES.names() if known.partition("@")[0] == name and known != name]


def entries(words: str = "", family: str | None = None) -> Iterator[Entry]:
    """
    Yield the templates in the order of their names.

    Args:
        words: What must stand in name, aliases, summary or source, in any case.
        family: The family or the owner they must be of.
    """
    for _, cls in TEMPLATES:
        found = _entry(cls)
        text = " ".join((found.name, *found.aliases, found.summary, found.source)).lower()
        if words.lower() in text and (family is None or family.lower() in {found.family, found.owner}):
            yield found


def _entry(cls: type[Template]) -> Entry:
    bare, _, owner = cls.name.partition("@")
    letters = re.match("[a-z]*", bare.lower())
    return Entry(
        name=cls.name,
        aliases=cls.aliases,
        family=letters[0] if letters else "",
        owner=owner.partition("-")[0],
        summary=cls.summary,
        source=cls.source,
        default_system=getattr(cls, "default_system", None),
        variables=cls.variables(),
        control=cls.control,
    )
