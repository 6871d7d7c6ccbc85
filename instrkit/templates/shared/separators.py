"""FastChat's separator styles: what stands around a text is made of the speakers' names and one or two separators."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Style", "chatml", "colon", "glued", "llama2", "new_line", "phoenix", "rounds", "spelled"]

Roles = tuple[str, str]
"""The names of user and assistant, as FastChat's table has them."""


class Style(NamedTuple):
    """
    How the turns are written, in the notation of `turn`.

    The loss is instrkit's: answers and what ends them, as FastChat trains none of these layouts.

    Attributes:
        user: A question.
        assistant: An answer.
        empty: A question without text: FastChat takes it for a place to fill, and writes no separator.
        open: The same for an answer; it opens one for generation.
    """

    user: str
    assistant: str
    empty: str
    open: str


def spelled(before: Roles, after: Roles, *, opening: Roles | None = None) -> Style:
    """Return the style of texts between *before* and *after*; *opening* is *before* where a text is still to come."""
    empty, opened = opening or before
    return Style(f"{before[0]}{{}}{after[0]}", f"{before[1]}⟦{{}}{after[1]}⟧", empty, opened)


def colon(roles: Roles, sep: str, sep2: str | None = None, *, open_space: bool = False) -> Style:
    """Return `ADD_COLON_SINGLE` or `_TWO`, with *open_space* `ADD_COLON_SPACE_SINGLE`: a name, a colon, a space."""
    user, assistant = roles
    end = ": " if open_space else ":"
    after = (sep, sep if sep2 is None else sep2)
    return spelled((f"{user}: ", f"{assistant}: "), after, opening=(user + end, assistant + end))


def glued(roles: Roles, sep: str, sep2: str | None = None) -> Style:
    """Return `NO_COLON_SINGLE` or `_TWO`: names and texts with nothing between."""
    return spelled(roles, (sep, sep if sep2 is None else sep2))


def new_line(roles: Roles, sep: str) -> Style:
    """Return `ADD_NEW_LINE_SINGLE`: each text on a line of its own."""
    user, assistant = roles
    return spelled((f"{user}\n", f"{assistant}\n"), (sep, sep))


def chatml(roles: Roles, sep: str) -> Style:
    """Return `CHATML`: name, line break, text, a token and a line break, which is not trained."""
    user, assistant = roles
    return Style(f"{user}\n{{}}{sep}\n", f"{assistant}\n⟦{{}}{sep}⟧\n", f"{user}\n", f"{assistant}\n")


def rounds(sep: str) -> Style:
    """Return `CHATGLM`: numbered rounds; `⟨n⟩` is the number."""
    user, assistant = f"[Round ⟨n⟩]{sep}问：", "答："
    return spelled((user, assistant), (sep, sep))


def llama2(roles: Roles, sep: str, end: str, start: str = "") -> Style:
    """Return `LLAMA2`: *end* ends an answer, and *start* begins the next question, before it is known to come."""
    user, assistant = roles
    return Style(f"{user} {{}}{sep}", f"{assistant} ⟦{{}}{end}⟧{start}", user, assistant)


def phoenix(roles: Roles) -> Style:
    """Return `PHOENIX`: every text between `<s>` and `</s>`."""
    user, assistant = roles
    return spelled((f"{user}: <s>", f"{assistant}: <s>"), ("</s>", "</s>"))
