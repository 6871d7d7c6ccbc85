"""YAML whose every value knows its line and column, so that a mistake found later can be shown where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from instrkit.errors import RecipeError

__all__ = ["Document", "Location"]

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """
    A parsed YAML text.

    Attributes:
        value: The plain values.
        where: What the text is called in messages.
        marks: Where each value starts: location → (line, column), both from 1. A mapping's value is marked at its key.
        problems: What is wrong with the YAML itself but does not stop reading: keys given twice.
    """

    value: Any
    where: str
    marks: dict[Location, tuple[int, int]]
    problems: tuple[tuple[Location, str], ...]

    @classmethod
    def load(cls, text: str, where: str) -> Document:
        """
        Parse *text*; tags, anchors to objects and everything else beyond plain YAML are refused.

        Raises:
            RecipeError: It is not YAML; with line and column.
        """
        import yaml

        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            marks: dict[Location, tuple[int, int]] = {}
            problems: list[tuple[Location, str]] = []
            if root is not None:
                _mark(root, (), marks, problems)
            value = yaml.load(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"{mark.line + 1}:{mark.column + 1}" if mark else "1:1"
            problem = getattr(error, "problem", None) or str(error).split("\n")[0]
            raise RecipeError([f"{where}:{place}: not YAML: {problem}"]) from None
        except RecursionError:
            raise RecipeError([f"{where}:1:1: nested too deeply: a recipe has four levels"]) from None
        return cls(value, where, marks, tuple(problems))

    def position(self, at: Location) -> tuple[int, int]:
        """Return (line, column) of the value at *at*, or of the nearest one that contains it."""
        while at and at not in self.marks:
            at = at[:-1]
        return self.marks.get(at, (1, 1))


def _mark(
    node: Any, at: Location, marks: dict[Location, tuple[int, int]], problems: list[tuple[Location, str]]
) -> None:
    import yaml

    marks.setdefault(at, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.SequenceNode):
        for k, child in enumerate(node.value):
            _mark(child, (*at, k), marks, problems)
    elif isinstance(node, yaml.MappingNode):
        for key, child in node.value:
            place = (*at, key.value)
            if place in marks:
                problems.append((place, f"{key.value}: given twice (again in line {key.start_mark.line + 1})"))
                continue
            marks[place] = (key.start_mark.line + 1, key.start_mark.column + 1)
            _mark(child, place, marks, problems)
