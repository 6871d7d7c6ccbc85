"""The layouts of FastChat's conversation templates, where they are not the models' own: `NAME@fastchat`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Quick
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.separators import Style
from instrkit.templates.shared.turn import Turn

__all__ = ["FastChat"]

_BLANK = Message("tool", "")
"""Stands in place of a message that is left out, so that the others keep their numbers."""


@dataclass(frozen=True, kw_only=True)
class FastChat(Chat):
    """
    Write a sample as a conversation template of FastChat does, whose layout deviates from the model's own.

    Only a leading system message has a place, in that of the default text. A message without text is written as the
    opening of its turn, without a separator. Answers before the first question are left out, and messages that do not
    take turns otherwise are refused, as FastChat's trainer does. Tools and thinking have no place.

    FastChat trains none of these layouts; the loss is on answers and what ends them.

    Attributes:
        style: What stands around the texts; `user`, `assistant` and `open` are taken from it.
        quiet: Whether an empty system text is written as if there were none.
        first_round: The number of the first round, for layouts that number them.
    """

    style: ClassVar[Style]
    quiet: ClassVar[bool] = False
    first_round: ClassVar[int] = 0

    alternate: ClassVar[bool] = True
    plain: ClassVar[tuple[Condition, ...]] = ("with text",)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; a default system text that is a control token (DeepSeek's BOS) is written as one."""
        made = super().pieces(sample, generate=generate)
        default = self.default_system
        if not default or default not in self.control:
            return made
        bos: Piece = (default, "special", None, False, None)
        return [bos if piece[0] == default and piece[2] is None else piece for piece in made]

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of plain turns at once; see `Template.quick`."""
        return None if "⟨n⟩" in self.style.user else super().quick(sample, generate=generate)

    def turn(self, message: Message, index: int, sample: Sample) -> Turn | None:
        """Return the turn of message *index*; None for a system message further on, and for an early answer."""
        role = message.role
        if role in SYSTEM_ROLES:
            lost = index > 0 or (self.quiet and not message.text)
            return None if lost else super().turn(message, index, sample)
        if role not in {"user", "assistant"} or index < _begin(sample.messages):
            return None
        if role == "assistant":
            return super().turn(message, index, sample) if message.text else _read(self.style.open, self.control, 0)
        notation = self.style.user if message.text else self.style.empty
        before = sum(other.role == "user" for other in sample.messages[:index])
        return _read(notation, self.control, self.first_round + before)

    def said(self, message: Message, index: int, sample: Sample, form: Turn) -> list[Piece]:
        """Return what stands inside the turn of message *index*; a system text keeps its white space."""
        if message.role in SYSTEM_ROLES:
            return [(message.text, "content", index, form.train, None)]
        return super().said(message, index, sample, form)

    def _opening(self, sample: Sample, pieces: list[Piece]) -> list[Piece]:
        """Write the default system text where no system message leads, and fold one that does."""
        messages = sample.messages
        if any(message.role in SYSTEM_ROLES for message in messages[1:]):
            kept = (_BLANK if k and one.role in SYSTEM_ROLES else one for k, one in enumerate(messages))
            sample = replace(sample, messages=tuple(kept))
        return super()._opening(sample, pieces)

    def refuse_out_of_turn(self, messages: tuple[Message, ...]) -> None:
        """
        Refuse messages where user and assistant do not take turns, after answers before the first question.

        Raises:
            TemplateError: They do not.
        """
        begin = _begin(messages)
        early = [index for index in range(begin) if messages[index].role == "assistant"]
        if not early:
            super().refuse_out_of_turn(messages)
            return
        super().refuse_out_of_turn(tuple(_BLANK if k in early else one for k, one in enumerate(messages)))


def _begin(messages: tuple[Message, ...]) -> int:
    """Where the first question stands; an answer before it has no place."""
    return next((k for k, message in enumerate(messages) if message.role == "user"), 0)


@cache
def _read(notation: str, control: tuple[str, ...], number: int) -> Turn:
    numbered = notation.replace("⟨n⟩", str(number))
    return Turn.read(numbered if "{}" in numbered else numbered + "{}", control)
