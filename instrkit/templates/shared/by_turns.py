"""The order that most references insist on: a question, its answer, the next question."""

from __future__ import annotations

from instrkit.errors import TemplateError
from instrkit.sample import Message

__all__ = ["SYSTEM_ROLES", "leads", "out_of_turn", "refuse_unless_by_turns"]

SYSTEM_ROLES = frozenset({"system", "developer"})
"""Roles whose text is a system message; `developer` is what newer APIs call it."""


def leads(messages: tuple[Message, ...]) -> int:
    """Return how many system messages a reference takes from the front: 1 where the first message is one, else 0."""
    return int(bool(messages) and messages[0].role in SYSTEM_ROLES)


def out_of_turn(index: int, role: str) -> TemplateError:
    """Return the refusal of message *index*, of *role*, where user and assistant do not take turns."""
    return TemplateError(
        f"messages[{index}]: {role} message out of turn: expected user and assistant in turn, beginning with the user; "
        "merge or remove one"
    )


def refuse_unless_by_turns(messages: tuple[Message, ...], start: int = 0) -> None:
    """
    Refuse messages that from *start* on are not user and assistant in turn, whatever else stands between them.

    Stricter than `Chat.alternate`, which looks past system and tool messages: the references this is for refuse those
    too.

    Args:
        messages: The messages of a sample.
        start: Index of the message that must be the first question.

    Raises:
        TemplateError: A message is out of turn, or of another role.
    """
    for index in range(start, len(messages)):
        role = messages[index].role
        wanted = "assistant" if (index - start) % 2 else "user"
        if role != wanted:
            raise TemplateError(
                f"messages[{index}]: {role} message out of turn: expected {wanted}, as user and assistant must take "
                "turns, beginning with the user; merge, move or remove it"
            )
