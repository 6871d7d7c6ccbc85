"""
Which segments carry loss: named policies, and on top of them what the sample itself says.

The policy `reference` is what the model's own trainer does, and that is rarely "the assistant's turns only": MOSS
trains the human's turns too, ChatGLM the last answer only.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece

__all__ = ["LOSS_POLICIES", "LossPolicy", "mark"]

LossPolicy = Literal["reference", "assistant", "last", "all"]
"""
Which segments carry loss.

`reference`  what the model's own trainer trains
`assistant`  what the assistant says, thinks and calls, each with the control token that ends it; no headers
`last`       as `assistant`, of the last turn only: the assistant's messages after the last question it answers
`all`        everything
"""

LOSS_POLICIES: tuple[LossPolicy, ...] = ("reference", "assistant", "last", "all")

_SPOKEN = frozenset({"content", "thinking", "tool", "end"})

Spans = tuple[tuple[int, int, bool], ...]


def mark(sample: Sample, pieces: list[Piece], policy: LossPolicy) -> list[Piece]:
    """
    Return *pieces* with their `train` set by *policy*, less what the sample's weights and spans take away.

    Weight 0 takes the loss from all segments of a message. Spans restrict its content: where any span says train, only
    what such spans cover; elsewhere all but what the others cover. The sample never adds loss.

    Raises:
        TemplateError: A message's spans lie outside its content, or its content is not written as it is.
    """
    if policy == "all":
        pieces = [(text, kind, message, True, None) for text, kind, message, _, _ in pieces]
    elif policy != "reference":
        speaks = _assistants(sample.messages, last=policy == "last")
        pieces = [
            (text, kind, message, message in speaks and kind in _SPOKEN, label if _ends(message, speaks) else None)
            for text, kind, message, _, label in pieces
        ]
    for index, message in enumerate(sample.messages):
        if message.weight == 0:
            pieces = [
                (t, kind, m, train and m != index, None if m == index + 1 else label)  # a label there ends this message
                for t, kind, m, train, label in pieces
            ]
        elif spans := _spans(message, index):
            pieces = [*_restricted(pieces, index, message, spans)]
    return pieces


def _ends(message: int | None, speaks: frozenset[int]) -> bool:
    """Whether a piece of *message* stands behind an answer: its label, if it has one, is the token that ends that."""
    return message is not None and message - 1 in speaks


def _assistants(messages: tuple[Message, ...], *, last: bool) -> frozenset[int]:
    spoken = [index for index, message in enumerate(messages) if message.role == "assistant"]
    if not last or not spoken:
        return frozenset(spoken)
    asked = [index for index in range(spoken[-1]) if messages[index].role == "user"]
    return frozenset(index for index in spoken if not asked or index > asked[-1])


def _spans(message: Message, index: int) -> Spans:
    """What a message says about the training of its content, in characters of `message.text`."""
    spans = message.train_spans
    length = len(message.text) if spans else 0
    for start, end, _ in spans:
        if not 0 <= start <= end <= length:
            raise TemplateError(
                f"messages[{index}].train_spans: [{start}, {end}) lies outside the content: "
                f"expected 0 <= start <= end <= {length}"
            )
    if type(message.content) is not tuple or all(part.train is None for part in message.content):
        return spans
    found, at = list(spans), 0
    for k, part in enumerate(message.content):
        at += bool(part.name and k)  # `Message.text` starts a new line before a named part
        end = at + len(part.text or part.placeholder or "")
        if part.train is not None:
            found.append((at, end, part.train))
        at = end
    return tuple(found)


def _restricted(pieces: list[Piece], index: int, said: Message, spans: Spans) -> Iterator[Piece]:
    """The pieces of all messages, those that write the content of message *index* cut where its spans begin and end."""
    content = said.text
    writes = _writing(pieces, index, content)
    positive = [(start, end) for start, end, train in spans if train]
    negative = [(start, end) for start, end, train in spans if not train]
    cursor = 0
    for k, piece in enumerate(pieces):
        text, kind, message, train, label = piece
        if k not in writes:
            yield piece
            continue
        at = content.find(text, cursor)
        if at >= 0:
            cursor = at + len(text)
        if not train:
            yield piece
            continue
        if at < 0:
            raise TemplateError(
                f"messages[{index}].train_spans: the template or the control token policy writes other text than the "
                "content the offsets count: remove the spans or keep the content"
            )
        cuts = sorted({at, cursor, *(min(max(cut, at), cursor) for span in spans for cut in span[:2])})
        for start, end in pairwise(cuts):
            covered = not positive or any(low <= start and end <= high for low, high in positive)
            masked = any(low <= start and end <= high for low, high in negative)
            yield (content[start:end], kind, message, covered and not masked, label)


def _writing(pieces: list[Piece], index: int, content: str) -> frozenset[int]:
    """Which pieces write *content*: one mostly, or several that are it end to end, such as thinking inside it."""
    own = [k for k, piece in enumerate(pieces) if piece[2] == index]
    said = [k for k in own if pieces[k][1] == "content"]
    if [pieces[k][0] for k in said] == [content]:
        return frozenset(said)
    for first in range(len(own)):
        text = ""
        for last in range(first, len(own)):
            text += pieces[own[last]][0]
            if text == content:
                return frozenset(own[first : last + 1])
            if not content.startswith(text):
                break
    return frozenset(said)
