"""Whether a tokenizer has the control tokens that a template writes: found out before a job reads its first file."""

from __future__ import annotations

from instrkit.errors import ReadError, TemplateError, UsageError
from instrkit.sample import Message, Sample
from instrkit.templates import Template, render
from instrkit.tokens.base import Tokenizer
from instrkit.tokens.encoding import encode
from instrkit.tokens.opened import opened_tokenizer

__all__ = ["open_matching", "refuse_mismatch"]

_ASKED = Sample((Message("user", "?"), Message("assistant", "!")))
_CONTROLS = ("special", "end")


def open_matching(path: str) -> Tokenizer:
    """
    Open the tokenizer at *path* for a job.

    Raises:
        UsageError: It cannot be opened.
    """
    try:
        return opened_tokenizer(path)
    except ReadError as error:
        raise UsageError(f"tokenizer: {error}") from None


def refuse_mismatch(tokenizer: Tokenizer, template: Template) -> None:
    """
    Refuse a tokenizer that lacks a control token of a plain question and its answer.

    Tokens that only some samples need (those of tool calls) are told with the samples.

    Raises:
        UsageError: It lacks one, or the template needs a variable that was not given.
    """
    try:
        asked = render(_ASKED, template)
    except TemplateError:  # a layout that takes no plain question: its own samples tell
        return
    if encode(asked, tokenizer, missing="text", check=False).missing:
        lacking = sorted({s.text for s in asked.segments if s.kind in _CONTROLS} - tokenizer.controls.keys())
        raise UsageError(
            f"template {template.name}: the tokenizer {tokenizer.name} has no control token {lacking[0]!r}: expected "
            "the tokenizer of that model; choose the template that fits the tokenizer, or say that such tokens are "
            "text (missing='text', --missing text)"
        )
