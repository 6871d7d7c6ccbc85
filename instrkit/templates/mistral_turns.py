"""The turns of mistral-common: neighbours of the same role are one, and some orders are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from instrkit.errors import TemplateError
from instrkit.sample import Message

__all__ = ["MistralTurn", "MistralTurns", "refuse_bad_order", "turns_of"]

Role = Literal["system", "user", "assistant", "tool"]

_NEXT: dict[Role, frozenset[Role]] = {
    "system": frozenset({"system", "user", "assistant"}),
    "user": frozenset({"system", "user", "assistant"}),
    "assistant": frozenset({"user", "assistant", "tool"}),
    "tool": frozenset({"user", "assistant", "tool"}),
}
"""Which roles may follow a role (mistral-common 1.13.1, protocol/instruct/validator.py)."""


@dataclass(frozen=True, slots=True)
class MistralTurn:
    """
    One turn.

    Attributes:
        role: Who speaks.
        members: The messages in it, by index; none in the empty user's turn that stands before an early answer.
    """

    role: Role
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MistralTurns:
    """
    The turns of a sample.

    Attributes:
        turns: The turns in order.
        first_user: Position of the first user's turn, -1 where there is none.
        last_user: Position of the last one, -1 where there is none.
    """

    turns: tuple[MistralTurn, ...]
    first_user: int
    last_user: int


def _role_of(message: Message) -> Role:
    role = message.role
    return "system" if role == "developer" else role


def turns_of(messages: Sequence[Message], *, system_turns: bool) -> MistralTurns:
    """
    Return the turns of *messages*.

    Args:
        messages: The messages.
        system_turns: Whether system messages have turns of their own; where they have none they are left out here,
            still part their neighbours, and the text begins with a user, an empty one if need be.
    """
    turns: list[MistralTurn] = []
    before: object = None
    for index, message in enumerate(messages):
        role = _role_of(message)
        key = (role, message.weight if role == "assistant" else None)  # answers of other weights stay apart
        if key == before and role in {"user", "assistant"}:
            turns[-1] = MistralTurn(role, (*turns[-1].members, index))
        elif role != "system" or system_turns:
            turns.append(MistralTurn(role, (index,)))
        before = key
    if not system_turns and (not turns or turns[0].role != "user"):
        turns.insert(0, MistralTurn("user", ()))
    users = [position for position, turn in enumerate(turns) if turn.role == "user"] or [-1]
    return MistralTurns(tuple(turns), users[0], users[-1])


def refuse_bad_order(messages: Sequence[Message], *, training: bool) -> None:
    """
    Refuse what mistral-common refuses of an order of messages.

    Raises:
        TemplateError: A role follows one it cannot follow, or calls and results before an answer differ in number;
            for *training*, also more results than calls at the end.
    """
    waiting = 0
    for index in range(1, len(messages)):
        role, before = _role_of(messages[index]), _role_of(messages[index - 1])
        if role not in _NEXT[before]:
            follow = ", ".join(sorted(_NEXT[before]))
            raise TemplateError(
                f"messages[{index}]: role {role} follows role {before}: expected one of {follow}; move or remove it"
            )
        if role == "tool":
            waiting -= 1
        elif role == "assistant":
            if waiting:
                raise _uneven(index)
            waiting = len(messages[index].tool_calls)
    if waiting < 0 and training:
        raise _uneven(len(messages) - 1)


def _uneven(index: int) -> TemplateError:
    return TemplateError(
        f"messages[{index}]: calls and results before it differ in number: expected one tool message for each call; "
        "add or remove some"
    )
