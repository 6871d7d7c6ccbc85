"""
Names → things, one registry per kind: formats, ops, templates, PII rules.

A thing registers itself in its own file, most by a decorator. The registry finds the file by walking the package on the
first look-up, and an outside package adds things through entry points of the group `instrkit.<kind>`, so that a new
thing is one new file and nothing else is edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Generic, TypeVar

from instrkit.errors import UsageError, did_you_mean

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """
    The things of one kind by name.

    Args:
        kind: What the things are, in the plural, for error messages and the entry point group (`formats`).
        package: The package whose modules are imported on the first look-up.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self._things: dict[str, T] = {}
        self._aliases: dict[str, str] = {}
        self._complete = False

    def add(self, name: str, thing: T, *aliases: str) -> T:
        """Register *thing* under *name*; a second, different thing of that name or of one of *aliases* is an error."""
        if self._things.setdefault(name, thing) is not thing or name in self._aliases:
            raise UsageError(f"{self.kind}: two things are named {name!r}: give one of them another name")
        for alias in aliases:
            if self._aliases.setdefault(alias, name) != name or alias in self._things:
                raise UsageError(f"{self.kind}: two things are named {alias!r}: give one of them another name")
        return thing

    def get(self, name: str) -> T:
        """
        Return the thing called *name*, which may be an alias.

        Raises:
            UsageError: There is none; the message lists the known names and the nearest one.
        """
        if not self._complete:
            self._find_at_home(name)
        if name in self._things:
            return self._things[name]
        if name in self:
            spelled = self._spelled(name)
            return self._things[self._aliases.get(spelled, spelled)]
        raise UsageError(f"unknown {self.kind.removesuffix('s')} {name!r}: {did_you_mean(name, self._things)}")

    def __contains__(self, name: object) -> bool:
        """Whether there is a thing called *name*, with `_` and `-` alike; an alias counts."""
        if isinstance(name, str) and name in self._aliases:
            return True
        self._find_all()
        spelled = self._spelled(name) if isinstance(name, str) else ""
        return spelled in self._things or spelled in self._aliases

    def names(self) -> list[str]:
        """Return all names, sorted, without aliases."""
        self._find_all()
        return sorted(self._things)

    def __iter__(self) -> Iterator[tuple[str, T]]:
        """Yield (name, thing) in the order of the names."""
        return ((name, self._things[name]) for name in self.names())

    def _find_at_home(self, name: str) -> None:
        """Import the module that bears the thing's name or the start of it: it saves importing all of them."""
        words = re.split(r"[^0-9A-Za-z]", name)
        for count in range(len(words), 0, -1):
            stem = "_".join(words[:count])
            for part in (stem, stem.rstrip("0123456789")):
                if part.isidentifier() and find_spec(f"{self.package}.{part}") is not None:
                    import_module(f"{self.package}.{part}")
                    return

    def _find_all(self) -> None:
        if self._complete:
            return
        self._complete = True
        for module in iter_modules(import_module(self.package).__path__, f"{self.package}."):
            import_module(module.name)
        from importlib.metadata import entry_points  # 20 ms, and only when a name is looked up

        for entry in entry_points(group=f"instrkit.{self.kind}"):
            entry.load()

    def _spelled(self, name: str) -> str:
        """*name* as it was registered: `hh_rlhf` is `hh-rlhf`."""
        for other in (name, name.replace("_", "-"), name.replace("-", "_")):
            if other in self._things or other in self._aliases:
                return other
        return name
