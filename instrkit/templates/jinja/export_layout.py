"""What a template writes, as far as it is regular: what its export to Jinja is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from instrkit.errors import TemplateError
from instrkit.sample import Message, Role, Sample
from instrkit.templates.base import Piece, Template
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.turn import Turn

__all__ = ["LATE_SYSTEM", "NO_TEXT", "SAID", "SYSTEMS", "Answer", "Layout", "Refusal", "irregular", "plain", "regular"]

SAID: Final = "said(message)"
"""The text of a message, in Jinja."""

SYSTEMS: Final = "['system', 'developer']"
"""The roles of system messages, in Jinja."""

Refusal = tuple[str, str]
"""A condition on `message`, in Jinja, and what is then said of it."""

LATE_SYSTEM: Final[Refusal] = (
    f"not loop.first and message['role'] in {SYSTEMS}",
    "There is no place for a system message but at the beginning",
)
_UNLED_SYSTEM: Final[Refusal] = (f"{LATE_SYSTEM[0]} and messages[0]['role'] not in {SYSTEMS}", LATE_SYSTEM[1])
NO_TEXT: Final[Refusal] = (f"not {SAID}", "There is no place for a message without text")
_PARTS: Final[Refusal] = (
    "message['content'] and message['content'] is not string",
    "There is no place for content in parts",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    One way to write an answer.

    Attributes:
        turn: What stands around its text.
        when: When it is written so, in Jinja; empty for all answers that no way before it is for.
        text: Its text, in Jinja.
    """

    turn: Turn
    when: str = ""
    text: str = SAID


@dataclass(frozen=True, kw_only=True)
class Layout:
    """
    What an exported template writes and refuses.

    Attributes:
        roles: The turns by role; a message of another role is refused.
        answers: How answers are written: the first way whose condition holds.
        start: What stands before the first message.
        start_when: When that is written, in Jinja; empty for always.
        folded: How a system text is written inside the first question.
        default: What stands in place of a missing system message.
        default_trained: Whether it carries loss as another system text does.
        opening: What opens an answer.
        always_open: Whether that ends every text.
        finish: What follows a whole text.
        end: What follows that, as part of the last message.
        ends: Behind whose message *end* is written and carries loss: an `answer`'s, and without loss behind others; no
            other's than an answer's (`answer only`); or `any`one's.
        trimmed: Roles whose texts lose the white space around them.
        unwritten: Roles of which a message without text is not written.
        order: Which order is insisted on: user and assistant `in turn` behind a leading system message, or they
            `alternate`, whatever else stands between them.
        refused: What is refused of each message.
        unmarked: When nothing carries loss, in Jinja; empty for never.
        first_round: The number of the first round, which stands where turns have `⟨n⟩`.
    """

    roles: Mapping[str, Turn]
    answers: tuple[Answer, ...]
    start: Iterable[Piece] = ()
    start_when: str = ""
    folded: Turn | None = None
    default: str | None = None
    default_trained: bool = False
    opening: Iterable[Piece] = ()
    always_open: bool = False
    finish: Iterable[Piece] = ()
    end: str = ""
    ends: Literal["answer", "answer only", "any"] = "answer"
    trimmed: frozenset[str] = field(default_factory=frozenset)
    unwritten: frozenset[str] = field(default_factory=frozenset)
    order: Literal["", "in turn", "alternate"] = ""
    refused: tuple[Refusal, ...] = ()
    unmarked: str = ""
    first_round: int = 0


def irregular(template: Template, why: str) -> TemplateError:
    """Return the error that says that *template* cannot be exported."""
    return TemplateError(
        f"template {template.name}: cannot be exported: its layout is irregular: {why}; take the chat template of the "
        "model's own tokenizer, or write text or tokens"
    )


def regular(chat: Chat) -> Layout:
    """Return the layout of *chat*, whose class does no more than its notation and its options say."""
    forms = chat.forms()
    return Layout(
        roles=forms.roles,
        answers=(Answer(forms.roles["assistant"]),),
        start=forms.start,
        folded=forms.folded,
        default=chat.default_system,
        opening=forms.opening,
        finish=forms.finish,
        trimmed=frozenset({*forms.roles, "system"}) if chat.strip else frozenset(),
        order="alternate" if chat.alternate else "",
    )


def plain(chat: Chat, conditions: tuple[Condition, ...] = ()) -> Layout:
    """
    Return the layout of *chat* for messages that are nothing but a text, of user, assistant and system.

    Args:
        chat: A template whose class writes such messages as its notation says.
        conditions: What they must be for that. White space around a text is trimmed where the class does so.
    """
    forms = chat.forms()
    roles = {role: form for role, form in forms.roles.items() if role != "tool"}
    refused: list[Refusal] = []
    if forms.folded is not None:
        refused.append(LATE_SYSTEM)
    elif chat.default_system is not None:
        refused.append(_UNLED_SYSTEM)
    if "with text" in conditions:
        refused.append(NO_TEXT)
    trimmed = frozenset[str]()
    if "stripped" in conditions:
        trimmed = _trimmed(chat, roles, folded=forms.folded is not None)
        if type(chat).said is not Chat.said:
            refused.append(_PARTS)  # which may be trimmed one by one
    return Layout(
        roles=roles,
        answers=(Answer(roles["assistant"]),),
        start=forms.start,
        folded=forms.folded,
        default=chat.default_system,
        opening=chat.opened(Sample(())),
        finish=forms.finish,
        trimmed=trimmed,
        order="in turn" if "in turn" in conditions else "",
        refused=tuple(refused),
    )


def _trimmed(chat: Chat, roles: Mapping[str, Turn], *, folded: bool) -> frozenset[str]:
    """Roles whose texts *chat* trims, as it turns out when it writes some."""
    said: list[Role] = ["system"] if folded or "system" in roles else []
    said += ["user", "assistant"]
    sample = Sample(tuple(Message(role, " x ") for role in said))
    texts = {
        said[message]: text
        for text, kind, message, *_ in chat.pieces(sample, generate=False)
        if kind == "content" and message is not None
    }
    found = {role for role, text in texts.items() if text == "x"}
    return frozenset(found | {"developer"} if "system" in found else found)
