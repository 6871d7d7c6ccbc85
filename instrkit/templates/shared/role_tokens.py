"""The base of GLM's chat layouts: a role's token opens each message, and the token after an answer is what ends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Quick, Template, special
from instrkit.templates.shared.layout import Layout, for_training
from instrkit.templates.shared.text_only import content_only
from instrkit.templates.shared.turn import fixed

__all__ = ["TOKENS", "Block", "RoleTokens"]

TOKENS = {
    "system": "<|system|>",
    "developer": "<|system|>",
    "user": "<|user|>",
    "assistant": "<|assistant|>",
    "tool": "<|observation|>",
}
"""What opens a message, by role."""

Block = tuple[str, int | None, list[Piece]]
"""Role, index of the message, and what stands behind the role's token."""


@dataclass(frozen=True, kw_only=True)
class RoleTokens(Template):
    r"""
    Write blocks of a role's token, the head of a line (a tool's name, if any), and a text.

    No token of its own ends a message: the model stops by writing the next role's token. So the trainers, whose mask is
    shifted by one, train the token that follows an answer and not the `<|assistant|>` before it. Here it ends that
    answer (kind `end`, and of the answer's message).

    A subclass gives `blocks`; what it leaves out of them has no place in its layout.

    Attributes:
        layout: `training` ends with *finish*, `chat` does not; `auto` is the trainer's text, for generation the chat's.
        start: The control tokens before the first message.
        head: What stands between a role's token and the text: a line break, and the space SentencePiece adds.
        empty: Whether messages without text are written.
        open: What opens an answer.
        finish: The control token that follows a whole text in training.
    """

    layout: Layout = "auto"

    start: ClassVar[tuple[str, ...]]
    head: ClassVar[str]
    empty: ClassVar[bool] = True
    open: ClassVar[str]
    finish: ClassVar[str]

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; what follows `<|assistant|>` is trained, to the next role's token and with it."""
        pieces = [special(token) for token in self.start]
        answered: int | None = None
        for role, index, said in self.blocks(sample):
            if answered is None:
                pieces.append((TOKENS[role], "special", index, False, None))
            else:
                pieces.append((TOKENS[role], "end", answered, True, None))
            pieces += said
            answered = index if role == "assistant" else None
        if generate:
            if not _ends_with_answer(sample):
                pieces += fixed(self.open, self.control)
        elif for_training(self.layout, generate=False):
            ends = answered is not None
            pieces.append((self.finish, "end" if ends else "special", answered, ends, None))
        return pieces

    def blocks(self, sample: Sample) -> Iterable[Block]:
        """Yield the blocks of *sample* in their order."""
        raise NotImplementedError

    def said(self, message: Message, index: int) -> list[Piece]:
        """Return what stands behind the role's token of a message that says its text."""
        kind: Literal["tool", "content"] = "tool" if message.role == "tool" else "content"
        trained = message.role == "assistant"
        name = message.metadata or ""
        return [*self.line(name, index, train=trained), (message.text, kind, index, trained, None)]

    def line(self, name: str, index: int | None, *, train: bool) -> list[Piece]:
        """Return the rest of the line that a role's token opens, *name* first, and what stands before the text."""
        pieces: list[Piece] = [(name, "tool", index, train, None)] if name else []
        pieces += ((text, kind, index, train, None) for text, kind, *_ in fixed(self.head, self.control))
        return pieces

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of messages that only have a text; see `Template.quick`."""
        messages = sample.messages
        if not messages or sample.tools or sample.candidates:
            return None
        start, head = "".join(self.start), self.head.replace("▁", " ")
        texts = [start]
        spans: list[tuple[int, int]] = []
        at, begun = len(start), -1
        for message in messages:
            content, role = message.content, message.role
            if type(content) is not str or not (content or self.empty) or not _bare(message):
                return None
            token = TOKENS[role]
            at += len(token)
            if begun >= 0:
                if role == "assistant":
                    return None
                spans.append((begun, at))
            begun = at if role == "assistant" else -1
            texts += (token, head, content)
            at += len(head) + len(content)
        if not generate and for_training(self.layout, generate=False):
            texts.append(self.finish)
            at += len(self.finish)
        if begun >= 0:
            spans.append((begun, at))
        elif generate:
            texts.append(self.open)
        return "".join(texts), tuple(spans)


def _bare(message: Message) -> bool:
    """Whether there is nothing on *message* but a role and a content: no name for its first line, no list of tools."""
    return message.metadata is None and message.extra is None and content_only(message)


def _ends_with_answer(sample: Sample) -> bool:
    return bool(sample.messages) and sample.messages[-1].role == "assistant"
