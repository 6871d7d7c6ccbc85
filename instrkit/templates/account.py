"""What of a sample a rendering does not hold: found by looking for the sample's text in what the template wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece
from instrkit.templates.control import USER_KINDS, ControlPolicy, where

__all__ = ["Change", "account"]

Written = dict[tuple[int | None, str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """
    One thing of the sample that a rendering lacks or writes differently.

    Attributes:
        kind: What it is, in a few words that are the same for every sample (`system message`, `thinking`).
        path: Where in the sample, such as `messages[0]`.
    """

    kind: str
    path: str


_DONE = {"escape": "control token escaped", "drop": "control token dropped"}


def account(
    sample: Sample, pieces: Iterable[Piece], policy: ControlPolicy, changed: Sequence[tuple[int | None, str]]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """
    Return what of *sample* the *pieces* dropped and what they altered.

    Only text counts: ids, labels and meta data are no part of a prompt. *pieces* are those before *policy* changed
    some; *changed* are those it changed.
    """
    pieces = list(pieces)
    if not (changed or sample.tools or sample.candidates) and _word_for_word(sample, pieces):
        return (), ()
    parts: dict[tuple[int | None, str], list[str]] = {}
    for text, kind, message, _, _ in pieces:
        if kind in USER_KINDS:
            parts.setdefault((message, kind), []).append(text)
    written: Written = {key: texts[0] if len(texts) == 1 else "".join(texts) for key, texts in parts.items()}
    dropped: list[Change] = []
    altered = [Change(_DONE[policy], path) for path in dict.fromkeys(where(*piece) for piece in changed)]
    for index, said in enumerate(sample.messages):
        _content(said, index, written, dropped, altered)
        if said.thinking or said.tool_calls:
            _calls_and_thinking(said, index, written, dropped, altered)
        if said.weight is not None and said.weight not in (0, 1):
            altered.append(Change("fractional weight", f"messages[{index}].weight"))
    if sample.tools and (None, "tool") not in written:
        dropped.extend(Change("tool definition", f"tools[{k}]") for k in range(len(sample.tools)))
    dropped.extend(Change("candidate", f"candidates[{k}]") for k in range(len(sample.candidates)))
    return tuple(dropped), tuple(altered)


def _word_for_word(sample: Sample, pieces: list[Piece]) -> bool:
    """Whether all that the messages say stands in the pieces in order, as the very same strings: nearly always so."""
    at, end = 0, len(pieces)
    for message in sample.messages:
        if message.thinking or message.tool_calls or message.weight is not None:
            return False
        content = message.content
        for text in [part.text for part in content] if isinstance(content, tuple) else (content,):
            if not text and content:
                return False
            if text:
                while at < end and pieces[at][0] is not text:
                    at += 1
                if at == end:
                    return False
                at += 1
    return True


def _content(message: Message, index: int, written: Written, dropped: list[Change], altered: list[Change]) -> None:
    content = message.content
    if content is None or not content:
        return
    got = written.get((index, "tool" if message.role == "tool" else "content"))
    if got is content:
        return
    if isinstance(content, str):
        if got is None:
            dropped.append(Change(f"{message.role} message", f"messages[{index}]"))
        elif content not in got:
            altered.append(Change("content", f"messages[{index}].content"))
        return
    for k, part in enumerate(content):
        path = f"messages[{index}].content[{k}]"
        if part.type != "text" and (not part.placeholder or got is None or part.placeholder not in got):
            dropped.append(Change(part.type, path))
        elif part.text and got is None:
            dropped.append(Change(f"{message.role} message", path))
        elif part.text and got is not None and part.text not in got:
            altered.append(Change("content", path))


def _calls_and_thinking(
    message: Message, index: int, written: Written, dropped: list[Change], altered: list[Change]
) -> None:
    if thinking := message.thinking:
        got = written.get((index, "thinking"))
        if got is None:
            dropped.append(Change("thinking", f"messages[{index}].thinking"))
        elif thinking not in got:
            altered.append(Change("thinking", f"messages[{index}].thinking"))
    calls = written.get((index, "tool"))
    for k, call in enumerate(message.tool_calls):
        path = f"messages[{index}].tool_calls[{k}]"
        if calls is None:
            dropped.append(Change("tool call", path))
        elif call.name not in calls or (not call.name and (call.arguments_raw or "") not in calls):
            altered.append(Change("tool call", path))
