"""The page about templates: which there are, whose layout each is, and which models want it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from instrkit.templates import render
from instrkit.templates.comparing import CONVERSATIONS, open_shown
from instrkit.templates.diff_text import marked_text
from instrkit.templates.listing import Entry, entries
from instrkit.templates.models_rules import RULES

__all__ = ["templates_page"]


def templates_page(note: str) -> str:
    """Return the page; *note* says above it who wrote it."""
    return "\n".join(_page(note)).rstrip() + "\n"


def _page(note: str) -> Iterator[str]:
    everything = list(entries())
    own = [found for found in everything if not found.owner]
    theirs = [found for found in everything if found.owner]
    yield from (note, "", "# Templates", "")
    yield (
        f"{len(own)} layouts of models, each tested against what its source printed, and {len(theirs)} of other "
        "frameworks where those deviate."
    )
    yield from (
        "`instrkit templates show NAME` shows one, `instrkit templates for MODEL` finds the one a model wants,",
        "`instrkit templates diff A B` shows where two differ, character by character.",
        "",
        "In the layouts below `‹ ›` stand around control tokens and `⟦ ⟧` around what carries loss.",
        "",
        "| template | also | what it is | variables |",
        "|---|---|---|---|",
    )
    for found in own:
        link = f"[`{found.name}`](#{_anchor(found.name)})"
        yield f"| {link} | {_names(found.aliases)} | {_cell(found.summary)} | {_names(found.variables)} |"
    yield from ("", "## Other frameworks", "")
    yield from ("`NAME@fastchat` and `NAME@llamafactory` are what those write for the same models.", "")
    yield from ("| template | also | source |", "|---|---|---|")
    yield from (f"| `{found.name}` | {_names(found.aliases)} | {_cell(found.source)} |" for found in theirs)
    yield from ("", "## Models", "", "The first line whose words all stand in a model's name counts.", "")
    yield from ("| name has | templates, best first | |", "|---|---|---|")
    for rule in RULES:
        yield f"| {_names(rule.words.split())} | {_names(rule.templates)} | {_cell(rule.remark)} |"
    yield from ("", "## Layouts", "")
    for found in own:
        yield from _layout(found)


def _layout(found: Entry) -> Iterator[str]:
    made = render(CONVERSATIONS["two turns"], open_shown(found.name))
    yield from (f"### {found.name}", "", f"Source: `{found.source}`.", "", "```text")
    yield from ("".join(text for text, _ in marked_text(made)), "```", "")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _anchor(name: str) -> str:
    """The anchor GitHub makes of a heading."""
    return "".join(letter for letter in name.lower() if letter.isalnum() or letter in "-_")


def _cell(text: str) -> str:
    """*text* inside a table: bars escaped, and angle brackets kept from vanishing."""
    return text.replace("|", "\\|").replace("<", "&lt;")
