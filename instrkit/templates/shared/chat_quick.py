"""The quick path of regular layouts: turns as text and offsets, for messages that are nothing but a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Quick
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.text_only import text_only
from instrkit.templates.shared.turn import Part, Turn

__all__ = ["Condition", "Table", "meets", "read_table"]

Condition = Literal["stripped", "in turn", "with text"]
"""
What plain messages must be for the quick path, where a class does more than its notation says.

`stripped`   there is no white space around a text
`in turn`    behind a leading system message, if any, user and assistant take turns, beginning with the user
`with text`  no text is empty
"""

Stretch = tuple[int, bool, int, bool]
"""Where a stretch with loss begins and ends, in characters of the turn without its text; whether the text is before."""

_Entry = tuple[str, str, int, int | None, int, tuple[Stretch, ...]]
"""
Before, after, the length of both; where the loss begins and, without the text's length, where it ends.

That is for turns with one stretch that holds the text; others have None, and their stretches at the end.
"""


@dataclass(frozen=True, slots=True)
class Table:
    """
    A layout as text and offsets.

    Attributes:
        start: What stands before the first message.
        turns: The turns by role.
        others: The same without system messages, for samples that begin with the default text or fold one in.
        system: What stands around a default system text, and where it carries loss; None where none is written.
        folded: What stands around a system text inside the first question; None where it has a turn of its own.
        opening: What opens an answer.
        finish: What follows a whole text.
        conditions: What messages must be.
    """

    start: str
    turns: dict[str, _Entry]
    others: dict[str, _Entry]
    system: _Entry | None
    folded: tuple[str, str] | None
    opening: str
    finish: str
    conditions: tuple[Condition, ...]

    def write(self, sample: Sample, default: str | None, *, generate: bool) -> Quick | None:
        """
        Return the text and what of it carries loss; None where that takes pieces.

        Args:
            sample: The sample.
            default: What stands in place of a missing system message, if anything.
            generate: Whether to open an answer.
        """
        messages = sample.messages
        if not messages or sample.tools or sample.candidates or not meets(messages, self.conditions):
            return None
        texts = [self.start]
        spans: list[tuple[int, int]] = []
        turns, at, folded = self.turns, len(self.start), ""
        if messages[0].role in SYSTEM_ROLES:
            if self.folded is not None:
                if not text_only(messages[0]):
                    return None
                folded = f"{self.folded[0]}{messages[0].text}{self.folded[1]}"
                messages = messages[1:]
        elif default is not None:
            turns = self.others
            if self.folded is not None:
                folded = f"{self.folded[0]}{default}{self.folded[1]}"
            elif (entry := self.system) is not None:
                texts += (entry[0], default, entry[1])
                _stretches(entry[5], at, len(default), spans)
                at += entry[2] + len(default)
        if folded and not (messages and messages[0].role == "user"):
            return None
        # a question that a system text is folded into carries no loss, so the text can be put there at the end
        if not messages or not _turns(messages, turns, at + len(folded), texts, spans):
            return None
        if folded:
            texts.insert(2, folded)
        answered = messages[-1].role == "assistant"
        texts.append(self.finish if not generate else "" if answered else self.opening)
        return "".join(texts), tuple(spans)


def _turns(
    messages: Iterable[Message], turns: dict[str, _Entry], at: int, texts: list[str], spans: list[tuple[int, int]]
) -> bool:
    """Write *messages* from position *at* on into *texts* and *spans*; False where one is more than its text."""
    last = spans[-1][1] if spans else -1
    try:
        for message in messages:
            content = message.content
            before, after, size, low, high, stretches = turns[message.role]
            if (  # `text_only` spelled out: a call for each message is felt here
                type(content) is not str
                or message.thinking is not None
                or message.tool_calls
                or message.weight is not None
                or message.train_spans
            ):
                return False
            texts += (before, content, after)
            length = len(content)
            if low is not None:
                start, end = at + low, at + length + high
                if start == last:
                    spans[-1] = (spans[-1][0], end)
                    last = end
                elif start < end:
                    spans.append((start, end))
                    last = end
            elif stretches:
                last = _stretches(stretches, at, length, spans)
            at += length + size
    except KeyError:  # a role without a turn
        return False
    return True


def _stretches(stretches: tuple[Stretch, ...], at: int, length: int, spans: list[tuple[int, int]]) -> int:
    """Add the *stretches* of a turn that begins *at*, its text *length* long; return where the last span ends."""
    last = spans[-1][1] if spans else -1
    for low, begins, high, ends in stretches:
        start = at + low + length if begins else at + low
        end = at + high + length if ends else at + high
        if start == last:
            spans[-1] = (spans[-1][0], end)
            last = end
        elif start < end:
            spans.append((start, end))
            last = end
    return last


def meets(messages: Sequence[Message], conditions: tuple[Condition, ...]) -> bool:
    """Whether *messages*, whose contents may be anything, are what *conditions* say; those without a text are not."""
    if not conditions:
        return True
    if "in turn" in conditions:
        roles = [message.role for message in messages]
        first = 1 if roles[0] in SYSTEM_ROLES else 0
        count = len(roles) - first
        if roles[first::2].count("user") != (count + 1) // 2 or roles[first + 1 :: 2].count("assistant") != count // 2:
            return False
    if "stripped" in conditions:
        for message in messages:
            content = message.content
            if type(content) is not str or content.strip() != content:  # the very same string where nothing is cut
                return False
    return "with text" not in conditions or all(message.content for message in messages)


def read_table(
    roles: dict[str, Turn],
    around: tuple[list[Piece], list[Piece], list[Piece]],
    folded: Turn | None,
    conditions: tuple[Condition, ...],
) -> Table | None:
    """
    Return a layout as text and offsets; None for one whose loss the quick path cannot follow.

    Args:
        roles: The turns by role.
        around: What stands before the first message, what opens an answer, what follows a whole text.
        folded: How a system text is written inside the first question.
        conditions: What messages must be.
    """
    start, opening, finish = ("".join([piece[0] for piece in pieces]) for pieces in around)
    if any(piece[3] for pieces in around for piece in pieces):
        return None
    turns = {role: _entry(form) for role, form in roles.items() if role != "tool"}
    others = {role: entry for role, entry in turns.items() if role not in SYSTEM_ROLES}
    if folded is not None:
        if "system" in roles:
            return None  # such a layout writes system messages twice
        user = turns["user"]
        if user[3] is not None or user[5] or any(part[2] for part in (*folded.before, *folded.after)) or folded.train:
            return None
    system = roles.get("system")
    return Table(
        start=start,
        turns=turns,
        others=others,
        system=None if system is None else _entry(system, default=True),
        folded=None if folded is None else (_text(folded.before), _text(folded.after)),
        opening=opening,
        finish=finish,
        conditions=conditions,
    )


def _text(parts: tuple[Part, ...]) -> str:
    return "".join([text for text, _, _ in parts])


def _entry(form: Turn, *, default: bool = False) -> _Entry:
    """One turn; *default* for a text that carries no loss, whatever the turn says of it."""
    before, after = _text(form.before), _text(form.after)
    # each part's length, whether it begins and ends behind the text, whether it carries loss; the text has no length
    parts = [(len(text), False, False, loss) for text, _, loss in form.before]
    parts.append((0, False, True, form.train and not default))
    parts += [(len(text), True, True, loss) for text, _, loss in form.after]
    found: list[Stretch] = []
    at, joined = 0, False
    for length, begins, ends, loss in parts:
        if loss and joined:
            found[-1] = (found[-1][0], found[-1][1], at + length, ends)
        elif loss:
            found.append((at, begins, at + length, ends))
        at += length
        joined = loss
    if len(found) == 1 and not found[0][1] and found[0][3]:
        return before, after, at, found[0][0], found[0][2], ()
    return before, after, at, None, 0, tuple(found)
