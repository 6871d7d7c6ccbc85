"""A talk: the plain conversation that every example record is written from, and the reader of the hand-written bank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

__all__ = ["Call", "Language", "Talk", "Turn", "read_bank", "single"]

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call and what the tool said."""

    tool: str
    arguments: dict[str, Any]
    result: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; *thought* and *call* come between the two."""

    ask: str
    answer: str
    input: str = ""
    thought: str = ""
    call: Call | None = None

    @property
    def question(self) -> str:
        """The question with its input, as one text."""
        return f"{self.ask}\n{self.input}" if self.input else self.ask


@dataclass(frozen=True, slots=True)
class Talk:
    """
    One conversation.

    Attributes:
        topic: What it is about.
        language: The language of the question.
        turns: Questions and answers in order.
        system: What the assistant is told to be, empty for nothing.
        foreign: The language the question asks the answer to be in, where that is neither English nor Chinese.
    """

    topic: str
    language: Language
    turns: tuple[Turn, ...]
    system: str = ""
    foreign: str = ""

    @property
    def text(self) -> str:
        """Everything that is said, tools included, without the system message."""
        said = ([turn.question, turn.call.result if turn.call else "", turn.answer] for turn in self.turns)
        return "\n".join(text for texts in said for text in texts if text)


def single(topic: str, language: Language, ask: str, answer: str, input: str = "", foreign: str = "") -> Talk:
    """Return a talk of one turn."""
    return Talk(topic, language, (Turn(ask, answer, input),), foreign=foreign)


def read_bank(path: Path, language: Language) -> Iterator[Talk]:
    """
    Yield the talks of a bank file.

    `%% topic` starts a talk (`%% topic > fr`: the answer is asked for in French); `S> `, `Q> `, `I> ` and `A> ` start
    its system message, a question, that question's input and its answer. Other lines belong to what was started last.
    """
    for block in path.read_text(encoding="utf-8").split("%% ")[1:]:
        heading, _, body = block.partition("\n")
        topic, _, foreign = heading.partition(" > ")
        parts: list[list[str]] = []
        for line in body.splitlines():
            if line[:3] in {"S> ", "Q> ", "I> ", "A> "}:
                parts.append([line[0], line[3:]])
            elif parts:
                parts[-1][1] += "\n" + line
        yield _talk(topic.strip(), language, [(mark, text.strip()) for mark, text in parts], foreign.strip())


def _talk(topic: str, language: Language, parts: list[tuple[str, str]], foreign: str) -> Talk:
    system, ask, given = "", "", ""
    turns: list[Turn] = []
    for mark, text in parts:
        if mark == "S":
            system = text
        elif mark == "Q":
            ask, given = text, ""
        elif mark == "I":
            given = text
        else:
            turns.append(Turn(ask, text, given))
    return Talk(topic, language, tuple(turns), system, foreign)
