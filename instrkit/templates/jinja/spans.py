"""
What of a rendering carries loss where the chat template does not say it: each answer and the token that ends it.

An answer begins behind the opening that the template writes for generation, which is found by rendering the dialogue up
to the answer, and where the template writes its history differently, by looking for the opening before the answer's own
text. It ends with the token that ends a turn, which a dialogue of two words shows. Nothing is guessed: where neither
way leads to a stretch that holds all the answer's text and nobody else's, the sample is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from instrkit.errors import TemplateError
from instrkit.templates.control import ControlTokens
from instrkit.templates.jinja.marks import Spot
from instrkit.templates.jinja.messages import Messages, Write

__all__ = ["Answers", "Frame", "frame_of"]

_QUESTION, _ANSWER = "Question", "Answer"

_WHOLE = re.compile(r"<[^<>\s]*>|\[[^\[\]\s]*\]|\w+")
"""What an opening is never cut inside, besides control tokens: tags, which are tokens of many tokenizers, and words."""


@dataclass(frozen=True, slots=True)
class Frame:
    """
    How a template opens and ends an answer.

    Attributes:
        opening: What stands before an answer.
        enders: The tokens that end a turn.
    """

    opening: str
    enders: frozenset[str]


def frame_of(write: Write, special: ControlTokens, eos: str) -> Frame:
    """Return how answers are opened and ended, shown by a dialogue of two words."""
    asked: Messages = [{"role": "user", "content": _QUESTION}]
    enders = {eos} if eos else set()
    try:
        before, opened = write(asked, False), write(asked, True)
        answered = write([*asked, {"role": "assistant", "content": _ANSWER}], False)
    except TemplateError:  # one that wants more than this: the ends are those of its tokens
        return Frame("", frozenset(enders))
    head, found, tail = answered.rpartition(_ANSWER)
    if found and (ends := special.spans(tail)):
        start, end = ends[0]
        enders.add(tail[start:end])
    opening = opened[len(before) :] if opened.startswith(before) else ""
    if not opening and head.startswith(before):
        opening = head[len(before) :]
    return Frame(opening, frozenset(enders))


class Answers:
    """
    The answers of one rendering.

    Args:
        text: The rendering.
        messages: What was rendered.
        spots: Where the messages' texts stand in it.
        write: Renders other messages of the same sample.
        frame: How answers are opened and ended.
        special: The control tokens.
        generate: Whether the rendering ends with the opening of an answer.
    """

    def __init__(
        self,
        text: str,
        messages: Messages,
        spots: list[Spot],
        write: Write,
        frame: Frame,
        special: ControlTokens,
        *,
        generate: bool,
    ) -> None:
        self._text, self._messages, self._spots = text, messages, spots
        self._write, self._frame, self._special = write, frame, special
        self._prefixes: dict[int, str | None] = {} if generate else {len(messages): text}

    def spans(self) -> list[tuple[int, int]]:
        """
        Return where each answer stands, as `[start, end)`, ascending.

        Raises:
            TemplateError: It cannot be said for one of them.
        """
        found: list[tuple[int, int]] = []
        for index, message in enumerate(self._messages):
            if message["role"] != "assistant":
                continue
            own = self._own(index)
            span = self._answer(index, own) if own else self._silent(index)
            if span is not None:
                if span[0] >= span[1] or (found and span[0] < found[-1][1]):
                    raise _underivable(index, "its place overlaps another answer's")
                found.append(span)
        return found

    def _own(self, index: int) -> list[int]:
        """Which spots are those of message *index*; its text may come again later, as a tool's name with its result."""
        after = self._prefix(index + 1)
        end = len(self._text) if after is None else len(after)
        own = [k for k, spot in enumerate(self._spots) if spot.owner[0] == index and spot.end <= end]
        alone = self._prefixes[index + 1]
        if after is not None or alone is None:
            return own
        self._prefix(index)
        before = self._prefixes[index] or ""
        at = len(before) if alone.startswith(before) else 0
        kept: list[int] = []
        for k in own:
            text = self._text[self._spots[k].start : self._spots[k].end]
            at = alone.find(text, at)
            if at < 0:
                break
            at += len(text)
            kept.append(k)
        return kept or own

    def _prefix(self, count: int) -> str | None:
        """The rendering of the first *count* messages, None where it fails or is no beginning of the text."""
        if count not in self._prefixes:
            try:
                self._prefixes[count] = self._write(self._messages[:count], False)
            except TemplateError:
                self._prefixes[count] = None
        made = self._prefixes[count]
        return made if made is not None and self._text.startswith(made) else None

    def _answer(self, index: int, own: list[int]) -> tuple[int, int]:
        first, last = own[0], own[-1]
        if last - first + 1 != len(own):
            raise _underivable(index, "another message's text stands inside it")
        begin, end = self._spots[first].start, self._spots[last].end
        floor = self._spots[first - 1].end if first else 0
        ceiling = self._spots[last + 1].start if last + 1 < len(self._spots) else len(self._text)
        return self._start(index, floor, begin), self._end(index, self._spots[last].start, end, ceiling)

    def _start(self, index: int, floor: int, begin: int) -> int:
        """Where the answer whose text begins at *begin* begins: behind its opening."""
        before = self._prefix(index)
        opening = self._frame.opening or self._opened(index, before)
        known = before is not None and floor <= len(before) <= begin
        base = len(before) if known and before is not None else floor
        if not opening.strip():
            return base + self._shared(opening, self._text[base:begin]) if known else begin
        start = self._behind(opening, base, begin)
        if start is None and not known:
            raise _underivable(index, "what opens an answer does not stand before it")
        return base + self._shared(opening, self._text[base:begin]) if start is None else start

    def _behind(self, opening: str, low: int, high: int) -> int | None:
        """Where *opening* ends between *low* and *high*, None where nothing of it stands there."""
        mark = self._special.spans(opening)
        head = opening[slice(*mark[0])] if mark else opening.strip().split("\n", 1)[0]
        at = self._text.rfind(head, low, high) if head else -1
        return None if at < 0 else at + self._shared(opening[opening.index(head) :], self._text[at:high])

    def _shared(self, opening: str, other: str) -> int:
        """
        Return how much of *opening* stands at the beginning of *other*, in characters.

        Generation may be opened by more (`<think>`) than an answer of the history: what both share then ends before a
        token, though the next tokens may begin with the same characters.
        """
        whole = [match.span() for match in _WHOLE.finditer(opening)]
        whole += [*self._special.spans(opening), *self._special.spans(other)]
        at = _common(opening, other)
        while inside := [low for low, high in whole if low < at < high]:
            at = min(inside)
        return at

    def _opened(self, index: int, before: str | None) -> str:
        """What the template writes to have message *index* answered, given the text before it."""
        if before is None:
            return ""
        try:
            opened = self._write(self._messages[:index], True)
        except TemplateError:
            return ""
        return opened[len(before) :] if opened.startswith(before) else ""

    def _end(self, index: int, begin: int, end: int, ceiling: int) -> int:
        """Where the answer whose last text is from *begin* to *end* ends: with the token that ends its turn."""
        gap = self._text[end:ceiling]
        tail = self._tail(index, self._text[begin:end], end, gap)
        tokens = self._special.spans(gap if tail is None else tail)
        for start, stop in tokens:
            if gap[start:stop] in self._frame.enders:
                return end + stop
        if tail is None:
            raise _underivable(index, "what ends it depends on the messages behind it")
        return end + (tokens[0][1] if tokens else len(tail.rstrip()))

    def _tail(self, index: int, said: str, end: int, gap: str) -> str | None:
        """What of *gap*, behind the answer's last text *said*, is the answer's; None where nothing shows it."""
        after = self._prefix(index + 1)
        if after is not None and end <= len(after) <= end + len(gap):
            return gap[: len(after) - end]
        _, found, alone = (self._prefixes[index + 1] or "").rpartition(said)
        if not found:
            return None
        shared = _common(alone, gap)
        ours, theirs = self._special.spans(gap), self._special.spans(alone)
        if shared < len(alone) and ours and theirs and ours[0][0] == theirs[0][0] <= shared:
            return gap[: ours[0][1]]  # another token ends it where messages follow
        return gap[:shared]

    def _silent(self, index: int) -> tuple[int, int] | None:
        """Where an answer that says nothing stands; None where it was left out, which is reported."""
        message = self._messages[index]
        if any(message.get(key) for key in ("content", "reasoning_content", "tool_calls")):
            return None
        before, after = self._prefix(index), self._prefix(index + 1)
        if after is None:
            return None
        opening = self._frame.opening or self._opened(index, before)
        low = max((spot.end for spot in self._spots if spot.end <= len(after)), default=0)
        base = low if before is None else len(before)
        start = self._behind(opening, base, len(after))
        if start is None:
            if before is None or len(after) <= base:
                return None
            start = base + self._shared(opening, after[base:])
        end = self._end(index, start, start, len(after))
        return (start, end) if start < end else None


def _common(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _underivable(index: int, why: str) -> TemplateError:
    return TemplateError(
        f"messages[{index}]: loss spans could not be derived: {why}; mark the answers of the chat template with "
        "{% generation %}, or take instrkit's own template of this model (see instrkit list templates)"
    )
