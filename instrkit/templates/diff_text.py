"""Differences and renderings as marked text, for terminals with and without colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from instrkit.templates.account import Change
from instrkit.templates.diff import Diff, Op
from instrkit.templates.rendering import Rendered
from instrkit.visible import CONTROLS, named_controls

__all__ = ["Marked", "diff_lines", "marked_diff", "marked_text", "visible"]

Look = Literal["same", "gone", "new", "control", "trained", "plain"]

_VISIBLE = {**CONTROLS, **str.maketrans({" ": "␠", "\n": "⏎", "\t": "⇥", "\u00a0": "⍽", "\u200b": "∅"})}

_KEPT = 60
"""Characters shown of a stretch that is equal, on both sides of a gap."""


class Marked(NamedTuple):
    """A stretch of text, its own marks included, and how it looks in colour."""

    text: str
    look: Look


def visible(text: str) -> str:
    r"""
    Return *text* with white space made visible, and what a terminal would obey named.

    Examples:
        >>> visible("a b\n")
        'a␠b⏎'
    """
    return text.translate(_VISIBLE)


def marked_diff(found: Diff, *, whole: bool = False) -> Iterator[Marked]:
    """
    Yield the texts of *found* as one: `[-only in the first-]`, `{+only in the second+}`, white space there visible.

    Args:
        found: The difference.
        whole: Show all that is equal; otherwise long stretches of it are cut in the middle.
    """
    for k, op in enumerate(found.ops):
        gone, new = found.a[slice(*op.a)], found.b[slice(*op.b)]
        if op.tag == "equal":
            same = gone if whole else _cut(gone, after=k > 0, before=k < len(found.ops) - 1)
            yield Marked(named_controls(same), "same")
            continue
        if gone:
            yield Marked(f"[-{visible(gone)}-]", "gone")
        if new:
            yield Marked(f"{{+{visible(new)}+}}", "new")


def _cut(text: str, *, after: bool, before: bool) -> str:
    """An equal text without its middle, or without what is far from a difference."""
    head, tail = _KEPT if after else 0, _KEPT if before else 0
    if len(text) <= head + tail + 3:
        return text
    return f"{text[:head]} … {text[len(text) - tail :] if tail else ''}"


def diff_lines(found: Diff, a: str, b: str) -> Iterator[str]:
    """
    Yield what there is to say beside the text, one line each: where differences stand, loss, and what is lost.

    Args:
        found: The difference.
        a: What the first template is called.
        b: What the second is called.
    """
    for op in found.ops:
        if op.tag != "equal":
            yield _place(op, found, a, b)
    for change in found.loss:
        name, (start, end) = (a, change.a) if change.trained_in == "a" else (b, change.b)
        yield f"only {name} trains {start}-{end} {visible(change.text)!r}"
    if not found.same_text and found.trained_a != found.trained_b:
        yield f"{a} trains {_listed(found.trained_a)}"
        yield f"{b} trains {_listed(found.trained_b)}"
    for name, lost in ((a, found.only_a), (b, found.only_b)):
        for how, change_lost in lost:
            yield f"{name} {_lost(how, change_lost)}"


def _place(op: Op, found: Diff, a: str, b: str) -> str:
    gone, new = visible(found.a[slice(*op.a)]), visible(found.b[slice(*op.b)])
    if op.tag == "delete":
        return f"only {a} has {op.a[0]}-{op.a[1]} {gone!r}"
    if op.tag == "insert":
        return f"only {b} has {op.b[0]}-{op.b[1]} {new!r}"
    return f"{a} {op.a[0]}-{op.a[1]} {gone!r}, {b} {op.b[0]}-{op.b[1]} {new!r}"


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(repr(visible(text)) for text in texts) or "nothing"


def _lost(how: str, change: Change) -> str:
    return f"{'drops' if how == 'dropped' else 'alters'} {change.kind} ({change.path})"


def marked_text(rendered: Rendered) -> Iterator[Marked]:
    """Yield a rendering with its control tokens in `‹ ›` and what carries loss in `⟦ ⟧`."""
    inside = False
    for text, kind, _, train, _ in rendered.pieces:
        if not text:
            continue
        if train != inside:
            yield Marked("⟦" if train else "⟧", "trained")
            inside = train
        said = named_controls(text)
        if kind in {"special", "end"}:
            yield Marked(f"‹{said}›", "control")
        else:
            yield Marked(said, "trained" if train else "plain")
    if inside:
        yield Marked("⟧", "trained")
