"""What of a rendered text is a control token, and what are the runs of plain text between them."""

from __future__ import annotations

from itertools import pairwise

from instrkit.errors import TemplateError
from instrkit.templates import Rendered
from instrkit.tokens.base import Cut, Tokenizer

__all__ = ["IGNORED", "Outline", "Run", "outline"]

IGNORED = -100
"""The label that trainers leave out of the loss (torch's `ignore_index`)."""


class Run:
    """
    Plain text that is encoded in one go.

    Attributes:
        text: The text.
        train: Whether its first character carries loss.
        cuts: Where that changes, in characters: ascending, inside the text.
        label: The label of its first token, where it has one of its own.
        bare: Whether to leave out the space the tokenizer writes by itself.
        ids: Its tokens, once they are known.
        places: Where *cuts* lie among them.
        differs: Whether they decode to another text.
    """

    __slots__ = ("bare", "cuts", "differs", "ids", "label", "places", "text", "train")

    def __init__(self, texts: list[str], flags: list[bool], label: int | None, *, bare: bool) -> None:
        self.train = train = flags[0]
        self.cuts: list[int] = []
        self.label = label
        self.bare = bare
        if len(texts) == 1:
            self.text = texts[0]
        else:
            self.text = "".join(texts)
            if (not train) in flags:
                at = 0
                for text, (before, after) in zip(texts, pairwise(flags), strict=False):
                    at += len(text)
                    if before is not after:
                        self.cuts.append(at)
        self.ids: list[int] = []
        self.places: list[Cut] = []
        self.differs = False


class Outline:
    """
    A text as control tokens and runs.

    Attributes:
        parts: Control tokens as (id, label), and runs, in order.
        missing: Control tokens that became part of a run.
    """

    __slots__ = ("missing", "parts")

    def __init__(self) -> None:
        self.parts: list[tuple[int, int] | Run] = []
        self.missing = 0


def outline(rendered: Rendered, tokenizer: Tokenizer, *, strict: bool) -> Outline:
    """
    Return *rendered* as control tokens and the runs between them.

    Args:
        rendered: The text.
        tokenizer: The tokenizer that knows the ids of control tokens.
        strict: Whether to refuse a control token it does not have; otherwise that becomes text.

    Raises:
        TemplateError: It lacks one, and *strict* is set; or it lacks the token of a label.
    """
    made = Outline()
    parts = made.parts
    controls = tokenizer.controls
    once, adds = tokenizer.prefix_once, tokenizer.adds_prefix
    starts = (rendered.template.bos, tokenizer.bos)
    texts: list[str] = []
    flags: list[bool] = []
    first: int | None = None
    bare = False
    for text, kind, _, train, label in rendered.pieces:
        given = None
        if kind == "special" or kind == "end":  # noqa: PLR1714 - twice as fast as a set, and this runs for every piece
            given = controls.get(text)
            if given is None:
                if strict:
                    raise TemplateError(_lacks(text, rendered, tokenizer))
                made.missing += 1
        if texts and (given is not None or kind == "prefix" or label is not None):
            parts.append(Run(texts, flags, first, bare=bare))
            texts, flags, first = [], [], None
            bare = once
        if given is not None:
            parts.append((given, _label(label, given, train, rendered, tokenizer)))
            # behind anything but the token that texts start with, a text goes on
            bare = once and (len(parts) > 1 or text not in starts)
            continue
        if kind == "prefix":
            bare = False
            if adds:
                continue
        if label is not None:  # a label of its own needs a token of its own: the text was cut before it
            first = _label(label, 0, train, rendered, tokenizer)
            bare = adds
        if text:
            texts.append(text)
            flags.append(train)
    if texts:
        parts.append(Run(texts, flags, first, bare=bare))
    return made


def _label(label: str | None, own: int, train: bool, rendered: Rendered, tokenizer: Tokenizer) -> int:
    if label is None:
        return own if train else IGNORED
    given = tokenizer.token_id(label)
    if given is None:
        raise TemplateError(_lacks(label, rendered, tokenizer))
    return given


def _lacks(token: str, rendered: Rendered, tokenizer: Tokenizer) -> str:
    return (
        f"template {rendered.template.name}: its control token {token!r} is not one of the tokenizer "
        f"{tokenizer.name}: expected the tokenizer of that model; choose the template that fits the tokenizer, add the "
        "token to added_tokens.json beside it, or pass missing='text' to encode it as plain text"
    )
