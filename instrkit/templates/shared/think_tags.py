"""Reasoning between `<think>` tags, as the assistant's message has it beside its content or inside it."""

from __future__ import annotations

from dataclasses import dataclass

from instrkit.templates.base import Piece
from instrkit.templates.shared.tool_tags import spoken

__all__ = ["CLOSE", "OPEN", "Thought", "read_thought", "thinking", "thought_first", "word_for_word"]

OPEN = "<think>"
CLOSE = "</think>"


@dataclass(frozen=True, slots=True)
class Thought:
    """
    A content taken apart the way Qwen's chat templates do it.

    Attributes:
        reasoning: What stands between the tags, without the line breaks around it; empty where there are none.
        content: What stands behind them, without the line breaks before it; everything where there are no tags.
        whole: Whether nothing but white space was left out.
    """

    reasoning: str
    content: str
    whole: bool = True


def read_thought(content: str) -> Thought:
    """Take *content*, in which `</think>` stands, apart: the reasoning up to the first, the answer behind the last."""
    head, *between, tail = content.split(CLOSE)
    *before, reasoning = head.rstrip("\n").split(OPEN)
    return Thought(reasoning.lstrip("\n"), tail.lstrip("\n"), not between and not "".join(before).strip())


def thinking(text: str, index: int) -> list[Piece]:
    """Return *text* between the tags, on lines of its own, with loss; the tags are tokens that the assistant says."""
    return [spoken(OPEN, index, "end"), spoken(f"\n{text}\n", index, "thinking"), spoken(CLOSE, index, "end")]


def thought_first(reasoning: str, text: str, index: int) -> list[Piece]:
    """Return a thought and, behind a blank line, the answer, with loss; both without the line breaks around them."""
    gap: Piece = ("\n\n", "separator", index, True, None)
    return [*thinking(reasoning.strip("\n"), index), gap, spoken(text.lstrip("\n"), index)]


def word_for_word(content: str, index: int) -> list[Piece]:
    """Return *content* to the letter, with loss: the tags of a thought in it as tokens, what is between as thinking."""
    head, mark, answer = content.partition(CLOSE)
    if not mark:
        return [spoken(content, index)]
    before, opened, thought = head.rpartition(OPEN)
    pieces = [spoken(before, index)] if before else []
    if opened:
        pieces.append(spoken(OPEN, index, "end"))
    return [*pieces, spoken(thought, index, "thinking"), spoken(CLOSE, index, "end"), spoken(answer, index)]
