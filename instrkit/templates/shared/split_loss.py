"""The loss of trainers that find answers by splitting the text at its separators, and so lose what holds those."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from instrkit.templates.base import Piece

__all__ = ["Split", "split_loss", "split_trained", "trained"]

Split = Literal["only", "last"]
"""
Which mark of an answer counts within a turn.

`only`  the one there is; a turn with none or with several ends the search (lm-sys/FastChat)
`last`  the last one; a turn without a mark is trained whole (OpenBMB/ToolBench)
"""

Spans = tuple[tuple[int, int], ...]


def split_loss(text: str, mark: str, stop: str, which: Split) -> Spans:
    r"""
    Return what of *text* such a trainer trains, as `[start, end)`: ascending, merged, none empty.

    The text is split at *stop* into turns, and each turn at *mark* into a question and an answer, which is trained with
    the *stop* behind it. So is the last character of the mark: the trainers take it for part of the answer's first
    token. Where the turns do not come to the whole text, nothing at all is trained: an open question at the end, an
    empty answer, or a text that itself holds *stop* or *mark*.

    Sources: lm-sys/FastChat@0e6d3e4beaab:fastchat/train/train.py (`preprocess`),
    OpenBMB/ToolBench@d56fdd89faf8:toolbench/train/train.py (`preprocess`), both counted in characters.

    Args:
        text: The text without its BOS.
        mark: What stands before an answer, such as ` ASSISTANT: `.
        stop: The token that ends an answer.
        which: The trainer's rule.

    Examples:
        >>> text = "USER: 1? ASSISTANT: one</s>USER: 2? ASSISTANT: two</s>"
        >>> [text[start:end] for start, end in split_loss(text, " ASSISTANT: ", "</s>", "only")]
        [' one</s>', ' two</s>']
        >>> split_loss("USER: a</s>b ASSISTANT: c</s>", " ASSISTANT: ", "</s>", "only")
        ()
    """
    spans: list[tuple[int, int]] = []
    at = 0
    for turn in text.split(stop):
        if not turn:
            if which == "last":
                continue
            break
        *questions, answer = turn.split(mark)
        if which == "only" and len(questions) != 1:
            break
        start = at + len(turn) - len(answer) - 1 if questions else at
        at += len(turn) + len(stop)
        if spans and spans[-1][1] == start:
            start = spans.pop()[0]
        spans.append((start, at))
    return tuple(spans) if at == len(text) else ()


def split_trained(pieces: Sequence[Piece], mark: str, stop: str, which: Split) -> list[Piece]:
    """Return *pieces*, a text without its BOS, with the loss of a trainer that splits it, see `split_loss`."""
    return trained(pieces, split_loss("".join([piece[0] for piece in pieces]), mark, stop, which))


def trained(pieces: Iterable[Piece], spans: Spans) -> list[Piece]:
    """Return *pieces* that carry loss within *spans* of their text only, cut where a span begins or ends."""
    out: list[Piece] = []
    at = 0
    edges = [edge for span in spans for edge in span]
    k = 0  # edges behind: an odd number within a span
    for text, kind, message, _, label in pieces:
        end = at + len(text)
        start = at
        while k < len(edges) and edges[k] < end:
            if edges[k] > start:
                out.append((text[start - at : edges[k] - at], kind, message, k % 2 == 1, label))
                start = edges[k]
            k += 1
        out.append((text if start == at else text[start - at :], kind, message, k % 2 == 1, label))
        at = end
    return out
