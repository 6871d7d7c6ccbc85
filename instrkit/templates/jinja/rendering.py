"""A sample rendered by a chat template: its text, and where in it the sample's texts and the loss are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date  # noqa: N812 - `date` is the variable's name
from datetime import datetime
from typing import TYPE_CHECKING, Any

from instrkit.errors import TemplateError, UsageError, quote
from instrkit.sample import Sample
from instrkit.templates.base import Piece
from instrkit.templates.control import ControlTokens, control_tokens
from instrkit.templates.jinja.marks import Marker, Placed, Spot
from instrkit.templates.jinja.messages import (
    Messages,
    MistypedError,
    Owner,
    Say,
    documents_of,
    messages_of,
    plainly,
    tools_of,
)
from instrkit.templates.jinja.pieces import pieces_of
from instrkit.templates.jinja.search import search
from instrkit.templates.jinja.source import ChatSource
from instrkit.templates.jinja.spans import Answers, frame_of

if TYPE_CHECKING:
    from instrkit.templates.jinja.environment import Program

__all__ = ["Rendering", "date_of"]

_WAYS = ((True, True, True), (False, True, True), (False, True, False), (False, False, False))
"""
What is marked: (deep, whole) as `Marker` has it, and control tokens, as no template but the odd one looks for these.

Less is marked where a template looks into what it is given.
"""


def date_of(value: Any) -> datetime | None:
    """
    Return the date a user gave, None for none.

    Raises:
        UsageError: It is none.
    """
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, Date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a template's date has no zone
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise UsageError(f"date {quote(value)}: expected a date such as 2026-07-01") from None


class Rendering:
    """
    One sample by one chat template.

    Args:
        sample: The sample.
        program: The template.
        chat: The tokenizer it belongs to.
        given: Its variables.
    """

    def __init__(self, sample: Sample, program: Program, chat: ChatSource, given: Mapping[str, Any]) -> None:
        self.sample, self.program, self.chat, self.given = sample, program, chat, given
        self.date = date_of(given.get("date"))
        self.strings = False
        self.messages = messages_of(sample)
        self.special = control_tokens(chat.special)
        self.control = control_tokens((*chat.special, *chat.added))

    def write(self, messages: Messages, generate: bool, say: Say = plainly, marker: Marker | None = None) -> str:
        """Render *messages* with the sample's tools."""
        given = {
            **self.chat.tokens,
            "messages": messages,
            "tools": tools_of(self.sample, say),
            "documents": documents_of(self.sample, say),
            "add_generation_prompt": generate,
            **self.given,
        }
        return self.program.write(given, date=self.date, marker=marker)

    def told(self, say: Say) -> Messages:
        """Return the messages as this template takes them, their texts passed on by *say*."""
        return messages_of(self.sample, say, strings=self.strings)

    def text(self, *, generate: bool) -> str:
        """Return the rendering; a template that takes arguments for strings is given strings from then on."""
        try:
            return self.write(self.messages, generate)
        except MistypedError:
            if not any(message.tool_calls for message in self.sample.messages):
                raise
        self.strings = True
        self.messages = self.told(plainly)
        return self.write(self.messages, generate)

    def pieces(self, *, generate: bool) -> list[Piece]:
        """Return the segments, see `ChatTemplate.pieces` for the errors."""
        text = self.text(generate=generate)
        placed = self.placed(text, generate=generate)
        frame = frame_of(self.write, self.special, self.chat.tokens.get("eos_token", ""))
        if self.program.marked:
            loss = placed.generation
        else:
            answers = Answers(text, self.messages, placed.spots, self.write, frame, self.special, generate=generate)
            try:
                loss = answers.spans()
            except TemplateError:
                if not generate:  # a prompt needs no loss
                    raise
                loss = []
        return pieces_of(text, placed.spots, loss, self.control, frame.enders)

    def placed(self, text: str, *, generate: bool) -> Placed:
        """Return where the sample's texts stand in *text*, by marks, or else by looking for them."""
        said = _Said()
        self.told(said.hear)
        tools_of(self.sample, said.hear)
        documents_of(self.sample, said.hear)
        everything = "\0".join(said.texts)
        generation: list[tuple[int, int]] | None = None
        all_literals = self.program.literals
        plain_literals = tuple(literal for literal in all_literals if self.special.find(literal) is None)
        for deep, whole, tokens in _WAYS:
            marker = Marker(text, everything, plain_literals if tokens else all_literals, deep=deep, whole=whole)
            placed = self.marked(marker, marker.say, generate=generate)
            if placed is not None:
                return self.checked(text, placed, said, generate=generate)
        if self.program.marked:
            marker = Marker(text, everything, (), deep=False, whole=False)
            placed = self.marked(marker, plainly, generate=generate)
            if placed is None:
                raise TemplateError("the template alters what stands in its {% generation %} blocks")
            generation = placed.generation
        spots = search(text, self.messages, self.write, generate=generate)
        if spots is None:
            raise TemplateError(
                "messages: loss spans could not be derived: the template alters its messages, so that their texts are "
                "not found in what it writes; take instrkit's own template of this model (see instrkit list templates)"
            )
        return self.checked(text, Placed(spots, generation or []), said, generate=generate)

    def marked(self, marker: Marker, say: Say, *, generate: bool) -> Placed | None:
        """Render with marks; None where they change what the template writes."""
        try:
            written = self.write(self.told(say), generate, say, marker)
        except TemplateError:
            return None
        return marker.find(written)

    def checked(self, text: str, placed: Placed, said: _Said, *, generate: bool) -> Placed:
        """
        Return *placed*, with every control token that the sample spells among its texts.

        Raises:
            TemplateError: It cannot be told which of the control tokens in the text are the sample's.
        """
        if not any(map(self.special.find, said.texts)):
            return placed
        tame = _Tamer(self.special).say
        try:
            own = len(self.special.spans(self.write(self.told(tame), generate, tame)))
        except TemplateError:
            own = -1
        for spots in (placed.spots, self.claimed(text, placed.spots, said)):
            taken = [(spot.start, spot.end) for spot in spots]
            tokens = self.special.spans(text)
            if own == sum(all(end <= start or stop <= at for at, end in taken) for start, stop in tokens):
                return Placed(spots, placed.generation)
        raise TemplateError(
            "messages: a control token stands in the text, and the chat template alters that text, so that its own "
            "control tokens cannot be told from it: remove it from the sample"
        )

    def claimed(self, text: str, spots: list[Spot], said: _Said) -> list[Spot]:
        """Return *spots* and all places where a string with a control token stands that no mark was on."""
        claimed = [*spots]
        for string, owner in sorted(zip(said.texts, said.owners, strict=True), key=lambda pair: -len(pair[0])):
            if self.special.find(string) is None:
                continue
            at = text.find(string)
            while at >= 0:
                end = at + len(string)
                if all(spot.end <= at or end <= spot.start for spot in claimed):
                    claimed.append(Spot(at, end, owner))
                at = text.find(string, end)
        return sorted(claimed, key=lambda spot: spot.start)


class _Tamer:
    """Takes the control tokens out of a sample's strings."""

    def __init__(self, tokens: ControlTokens) -> None:
        self.tokens = tokens

    def say(self, value: Any, owner: Owner, deep: bool) -> Any:
        """Return *value* with its control tokens escaped."""
        if isinstance(value, str):
            return self.tokens.escape(value)
        if isinstance(value, dict):
            return {self.say(key, owner, deep): self.say(item, owner, deep) for key, item in value.items()}
        if isinstance(value, list):
            return [self.say(item, owner, deep) for item in value]
        return value


class _Said:
    """All strings of a sample, and whose they are."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.owners: list[Owner] = []

    def hear(self, value: Any, owner: Owner, deep: bool) -> Any:
        """Note the strings in *value*."""
        if isinstance(value, str):
            self.texts.append(value)
            self.owners.append(owner)
        elif isinstance(value, dict):
            for key, item in value.items():
                self.hear(key, owner, deep)
                self.hear(item, owner, deep)
        elif isinstance(value, list):
            for item in value:
                self.hear(item, owner, deep)
        return value
