"""
Where the sample's own text stands in what a chat template wrote.

A template is a program: nothing it writes says where it comes from. So it runs a second time on texts that bear marks,
numbers that occur nowhere else, and where the marked rendering without its marks is the rendering itself, they show
exactly which characters are the sample's. Templates trim texts: white space may be missing at the edges of a text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from instrkit.templates.control import ControlTokens
from instrkit.templates.jinja.messages import Owner

__all__ = ["Marker", "Placed", "Spot"]

_PLAIN = "0000000"
_OPEN, _CLOSE, _JSON, _JSON_END, _GENERATION, _GENERATION_END = "123456"

_DESCRIBING = frozenset({"name", "title", "description", "text"})
"""Keys of a tool definition or document whose strings are marked: no template compares them to anything."""


@dataclass(frozen=True, slots=True)
class Spot:
    """
    A stretch of the rendered text that comes from the sample.

    Attributes:
        start: Where it begins, in characters.
        end: Where it ends.
        owner: Whose text it is.
    """

    start: int
    end: int
    owner: Owner


@dataclass(frozen=True, slots=True)
class Placed:
    """
    What the marks showed.

    Attributes:
        spots: The sample's texts in the rendering, ascending, none over another.
        generation: What stands in `{% generation %}` blocks, as `[start, end)`.
    """

    spots: list[Spot]
    generation: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A marked piece of a string: which string, and where in it."""

    string: int
    text: str
    at: int


class Marker:
    """
    Marks strings before a rendering, and finds them in it.

    Args:
        text: The rendering without marks.
        said: All of the sample's text as one string, so that no mark occurs in it.
        literals: Strings the template may look for in a text (`</think>`): these stay unmarked, so that it finds them.
        deep: Whether calls, tools and names are marked too.
        whole: Whether the JSON a template writes is marked as a whole.
    """

    def __init__(self, text: str, said: str, literals: Iterable[str], *, deep: bool, whole: bool) -> None:
        self._text = text
        self._deep, self._whole = deep, whole
        self._prefix = next(prefix for prefix in _prefixes() if prefix not in text and prefix not in said)
        self._literals = ControlTokens(literal for literal in literals if literal in said)
        self._parts: list[_Part] = []
        self._strings: list[tuple[str, Owner]] = []
        self._values: dict[int, Owner] = {}

    def say(self, value: Any, owner: Owner, deep: bool) -> Any:
        """Return *value* with its strings marked as *owner*'s."""
        if not isinstance(value, str):
            made = self._inside(value, owner, tell=owner[0] is not None) if self._deep or not deep else value
            self._remember(made, owner)
            return made
        return self._around(value, owner) if self._deep or not deep else value

    def _inside(self, value: Any, owner: Owner, *, tell: bool) -> Any:
        if isinstance(value, dict):
            return {
                self._around(key, owner) if owner[0] is not None else key: self._inside(
                    item, owner, tell=owner[0] is not None or key in _DESCRIBING
                )
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._inside(item, owner, tell=tell) for item in value]
        return self._around(value, owner) if isinstance(value, str) and tell else value

    def _remember(self, value: Any, owner: Owner) -> None:
        """Know the lists and objects of *value* again, for JSON in which nothing is marked."""
        if isinstance(value, dict | list):
            self._values[id(value)] = owner
            for item in value.values() if isinstance(value, dict) else value:
                self._remember(item, owner)

    def _around(self, text: str, owner: Owner) -> str:
        if not text:
            return text
        string = len(self._strings)
        self._strings.append((text, owner))
        made: list[str] = []
        at = 0
        parts = len(self._parts)
        for start, end in [*self._literals.spans(text), (len(text), len(text))]:
            if at < start:
                made.append(self._part(_Part(string, text[at:start], at)))
            made.append(text[start:end])
            at = end
        if len(self._parts) == parts and self._deep:  # nothing but what the template looks for
            return self._part(_Part(string, text, 0))
        return "".join(made)

    def _part(self, part: _Part) -> str:
        number = len(self._parts)
        self._parts.append(part)
        return f"{self._mark(_OPEN, number)}{part.text}{self._mark(_CLOSE, number)}"

    def generated(self, text: str) -> str:
        """Mark the text of a `{% generation %}` block."""
        return f"{self._mark(_GENERATION, 0)}{text}{self._mark(_GENERATION_END, 0)}"

    def json(self, text: str, value: Any) -> str:
        """Mark what `tojson` made of *value*."""
        if not self._whole or isinstance(value, str):
            return text
        number = len(self._strings)
        owner = self._values.get(id(value))
        self._strings.append(("", owner or (None, "header")))
        return f"{self._mark(_JSON, number)}{text}{self._mark(_JSON_END, number)}"

    def _mark(self, what: str, number: int) -> str:
        return f"{self._prefix}{what}{number:06}"

    def find(self, marked: str) -> Placed | None:
        """Return what the marks in *marked* show; None where it is not the rendering with marks in it."""
        steps = self._aligned(marked)
        return None if steps is None else self._read(steps)

    def _aligned(self, marked: str) -> list[_Step] | None:
        """Walk rendering and marked rendering side by side, with every way a text may have been trimmed."""
        original = self._text
        ways: dict[int, _Trail] = {0: None}
        inside: int | None = None
        head, *pieces = marked.split(self._prefix)
        for piece in (_PLAIN + head, *pieces):
            what, number, text = piece[:1], piece[1:7], piece[7:]
            if len(number) < 6 or not number.isdecimal():
                return None  # a template that cuts texts off
            if what in {_OPEN, _CLOSE}:
                if (what == _OPEN) != (inside is None) or (what == _CLOSE and inside != int(number)):
                    return None
                inside = int(number) if what == _OPEN else None
            elif what != _PLAIN[0]:
                ways = {at: ((what, int(number), at, at), trail) for at, trail in ways.items()}
            ways = self._reached(ways, text, inside)
        if inside is not None or len(original) not in ways:
            return None
        steps: list[_Step] = []
        trail = ways[len(original)]
        while trail is not None:
            steps.append(trail[0])
            trail = trail[1]
        return steps[::-1]

    def _reached(self, ways: dict[int, _Trail], text: str, inside: int | None) -> dict[int, _Trail]:
        """Where *text* leads from each place; *inside* is the marked piece it is, which may have been trimmed."""
        reached: dict[int, _Trail] = {}
        for at, trail in ways.items():
            for way in (text,) if inside is None else _trimmings(text):
                if self._text.startswith(way, at):
                    end = at + len(way)
                    reached.setdefault(end, trail if inside is None else ((_OPEN, inside, at, end), trail))
        return reached

    def _read(self, steps: list[_Step]) -> Placed | None:
        found: list[tuple[int, int, int]] = []
        generation: list[tuple[int, int]] = []
        begun: list[tuple[str, int, int]] = []
        spots: list[Spot] = []
        for what, number, start, end in steps:
            if what == _OPEN:
                found.append((number, start, end))
            elif what in {_GENERATION, _JSON}:
                begun.append((what, start, len(found)))
            elif not begun or begun[-1][0] != chr(ord(what) - 1):
                return None
            else:
                _, begin, count = begun.pop()
                if what == _GENERATION_END:
                    generation.append((begin, end))
                elif (owner := self._owner(number, found[count:])) is not None:
                    del found[count:]
                    spots.append(Spot(begin, end, owner))
        spots += self._joined(found)
        spots = sorted((spot for spot in spots if spot.start < spot.end), key=lambda spot: spot.start)
        return Placed(_apart(spots), sorted(span for span in generation if span[0] < span[1]))

    def _owner(self, number: int, inside: list[tuple[int, int, int]]) -> Owner | None:
        """Whose text some JSON is: of whom all marked strings in it are, or of whom its value is."""
        owners = {self._strings[self._parts[part].string][1] for part, _, _ in inside}
        if len(owners) > 1:
            return None
        owner = owners.pop() if owners else self._strings[number][1]
        return None if owner[1] == "header" else owner

    def _joined(self, found: list[tuple[int, int, int]]) -> Iterator[Spot]:
        """Strings that were marked in parts, as one where they stand as they are."""
        k = 0
        while k < len(found):
            part = self._parts[found[k][0]]
            text, owner = self._strings[part.string]
            after = k + 1
            while after < len(found) and self._follows(found[after - 1][0], found[after][0]):
                after += 1
            end = found[after - 1][2]
            whole = self._whole_string(text, part, found[k], end)
            if whole is not None:
                yield Spot(*whole, owner)
            else:
                yield from (Spot(start, end, owner) for _, start, end in found[k:after])
            k = after

    def _follows(self, before: int, after: int) -> bool:
        one, other = self._parts[before], self._parts[after]
        return after == before + 1 and one.string == other.string

    def _whole_string(self, text: str, part: _Part, found: tuple[int, int, int], end: int) -> tuple[int, int] | None:
        """Where the whole of *text* stands around its part *found*, trimmed or not; None where it does not."""
        _, start, stop = found
        if len(part.text) == len(text):
            return (start, end)
        inner = part.text.find(self._text[start:stop])
        for way in _trimmings(text):
            begin = start - part.at - inner + text.find(way)
            if begin >= 0 and begin + len(way) >= end and self._text.startswith(way, begin):
                return (begin, begin + len(way))
        return None


_Step = tuple[str, int, int, int]
_Trail = tuple[_Step, "_Trail"] | None


def _prefixes() -> Iterator[str]:
    """Numbers of which no end is also a beginning, so that marks cannot be misread beside other numbers."""
    return (f"7{k:07}8" for k in range(3190241, 9999999) if "7" not in f"{k}")


def _trimmings(text: str) -> tuple[str, ...]:
    """Return *text* and what trimming can make of it, without repetition."""
    if text and not text[0].isspace() and not text[-1].isspace():
        return (text,)
    ways = (text, text.lstrip(), text.rstrip(), text.strip(), text.lstrip("\n"), text.rstrip("\n"), text.strip("\n"))
    return tuple(dict.fromkeys(ways))


def _apart(spots: list[Spot]) -> list[Spot]:
    """Of spots that overlap, which no sound template writes, keep the first."""
    kept: list[Spot] = []
    for spot in spots:
        if not kept or kept[-1].end <= spot.start:
            kept.append(spot)
    return kept
