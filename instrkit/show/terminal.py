"""
Samples drawn for a terminal: what carries loss is bright, the rest dim, control tokens stand in boxes of colour.

Every line has a margin: whose turn it is, and a bar that is thick where the line carries loss, hatched where it is what
a tool answered, thin elsewhere. Line ends of the text are shown, as a template's line ends count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from instrkit.show.runs import Run, Shown
from instrkit.visible import named_controls

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, Group, RenderableType
    from rich.text import Text

__all__ = ["draw"]

MARGIN = 10
"""Columns of the margin that names the role; `assistant` has nine letters."""

THICK, THIN, HATCHED = "┃", "│", "╱"
LINE_END = "⏎"
TAB = "␉   "

STYLES = {
    ("control", True): "black on green",
    ("control", False): "black on bright_black",
    ("lookalike", True): "bold white on red",
    ("lookalike", False): "white on red",
    ("header", True): "green",
    ("header", False): "blue",
    ("thinking", True): "italic bright_green",
    ("thinking", False): "italic dim",
    ("tool", True): "bright_yellow",
    ("tool", False): "yellow dim",
    ("text", True): "bold bright_white",
    ("text", False): "dim",
}
"""Colour by look and whether it carries loss."""


def draw(samples: Iterable[Shown]) -> Group:
    """Return *samples* as something for a `rich` console to print, below a legend."""
    from rich.console import Group

    pieces: list[RenderableType] = [_legend()]
    for number, shown in enumerate(samples, 1):
        pieces += _sample(number, shown)
    return Group(*pieces)


def _legend() -> Text:
    from rich.text import Text

    legend = Text()
    for name, key in (
        ("loss", ("text", True)),
        ("no loss", ("text", False)),
        ("template", ("header", False)),
        ("thinking", ("thinking", True)),
        ("tool", ("tool", True)),
        ("control token", ("control", False)),
        ("with loss", ("control", True)),
        ("look-alike", ("lookalike", False)),
    ):
        legend.append(name, STYLES[key])
        legend.append("  ")
    return legend


def _sample(number: int, shown: Shown) -> list[RenderableType]:
    from rich.rule import Rule
    from rich.text import Text

    title = Text(named_controls(f"{number} · {shown.title} · {shown.template}"), "bold")
    pieces: list[RenderableType] = [Text(), Rule(title, align="left", style="bright_black")]
    pieces.append(Text(shown.summary, "bright_black"))
    pieces += [Text(named_controls(f"! {note}"), "bold red") for note in shown.notes]
    before: int | None = -1
    for line in _lines(shown.runs):
        first = next((run for run in line if run.role), line[0])
        named = first.message != before and first.role
        before = first.message if first.role else before
        pieces.append(_Line(line, first.role if named else ""))
    return pieces


def _lines(runs: Iterable[Run]) -> list[list[Run]]:
    """The stretches by lines; a line holds its line end, and ends where another message begins."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        if lines[-1] and lines[-1][-1].message != run.message:
            lines.append([])
        for part in run.text.splitlines(keepends=True):
            lines[-1].append(Run(part, run.look, run.train, run.role, run.message, run.label))
            if part.endswith("\n"):
                lines.append([])
    return [line for line in lines if line]


class _Line:
    """
    One line of the text with its margin, which every row has that it takes on the screen.

    Args:
        line: Its stretches.
        role: Whose turn begins here; empty where none does.
    """

    def __init__(self, line: list[Run], role: str) -> None:
        self.role = role
        self.line = line
        if any(run.train for run in line):
            self.bar, self.style = THICK, "bold green"
        elif any(run.role == "tool" for run in line):
            self.bar, self.style = HATCHED, "yellow"
        else:
            self.bar, self.style = THIN, "bright_black"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the rows, as wide as the screen is."""
        from rich.text import Text

        rows = _said(self.line).wrap(console, max(options.max_width - MARGIN - 3, 20), tab_size=4)
        for number, row in enumerate(rows):
            margin = Text.assemble(
                (f"{'' if number else self.role:>{MARGIN}} ", "cyan"), (f"{self.bar} ", self.style), no_wrap=True
            )
            yield margin.append_text(row)


def _said(line: list[Run]) -> Text:
    """What a line says, in its colours."""
    from rich.text import Text

    text = Text()
    for run in line:
        said = run.text.rstrip("\n")
        text.append(named_controls(said).replace("\t", TAB), STYLES[run.look, run.train])
        if run.label is not None:
            text.append(named_controls(f"→{run.label}"), "bold magenta")
        if len(said) < len(run.text):
            text.append(LINE_END, "green" if run.train else "bright_black")
    return text
