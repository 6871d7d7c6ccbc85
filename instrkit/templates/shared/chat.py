"""The base of chat layouts that are regular: each role has its turn, written down in the notation of `turn`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Quick, Template, header
from instrkit.templates.shared.by_turns import SYSTEM_ROLES, out_of_turn
from instrkit.templates.shared.chat_quick import Condition, Table, read_table
from instrkit.templates.shared.turn import CONTENT, Turn, fixed

__all__ = ["Chat"]


@dataclass(frozen=True, kw_only=True)
class Chat(Template):
    r"""
    Write each message as the turn of its role, in the order they come; a role without a turn is left out.

    A subclass gives the turns; one that does more overrides `said` (what stands in a turn, such as tool calls) or
    `turn` (which turn a message gets).

    Attributes:
        start: What stands before the first message, such as `<s>`.
        system: The turn of system and developer messages; None where they have none.
        folded: How a system text is written inside the first user's turn, before its text, for models whose system
            message has no turn of its own (`<<SYS>>\n{}\n<</SYS>>\n\n`).
        user: The turn of user messages.
        assistant: The turn of answers.
        tool: The turn of tool results; None where they have none.
        open: What opens an answer, for generation; None is all of the answer's turn that stands before its text.
        finish: What follows a whole text, for training; nothing follows an opened answer.
        strip: Whether texts lose the white space around them, as the reference does.
        alternate: Whether the reference refuses messages where user and assistant do not take turns.
        plain: Set by a class with methods of its own, for those below it too: what messages that are nothing but a text
            must be to be written as the notation says and no more, so that the quick path holds for them.
        default_system: What stands in place of a missing system message, None where nothing does.
    """

    default_system: str | None = None

    start: ClassVar[str] = ""
    system: ClassVar[str | None] = None
    folded: ClassVar[str | None] = None
    user: ClassVar[str]
    assistant: ClassVar[str]
    tool: ClassVar[str | None] = None
    open: ClassVar[str | None] = None
    finish: ClassVar[str] = ""
    strip: ClassVar[bool] = False
    alternate: ClassVar[bool] = False
    plain: ClassVar[tuple[Condition, ...]] = ()

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments of *sample*, trained where the brackets of its turns say so."""
        forms = self.forms()
        messages = sample.messages
        if self.alternate:
            self.refuse_out_of_turn(messages)
        pieces = [*forms.start]
        folded = self._opening(sample, pieces)
        for index, message in enumerate(messages):
            form = self.turn(message, index, sample)
            if form is None:
                continue
            said = self.said(message, index, sample, form)
            if folded and message.role == "user":
                said = [*folded, *said]
                folded = []
            pieces += form.around(said, index)
        if generate:
            if not messages or messages[-1].role != "assistant":
                pieces += self.opened(sample)
        else:
            pieces += forms.finish
        return pieces

    @classmethod
    def forms(cls) -> Forms:
        """Return the layout, read once per class."""
        return _forms(cls)  # type: ignore[arg-type]  # a class can be hashed, whatever its instances do

    def turn(self, message: Message, index: int, sample: Sample) -> Turn | None:
        """Return the turn of message *index*, None for one that has no place in the layout."""
        del index, sample
        return self.forms().roles.get(message.role)

    def said(self, message: Message, index: int, sample: Sample, form: Turn) -> list[Piece]:
        """Return what stands inside the turn of message *index*: its text, whatever else the family writes there."""
        del sample
        text = message.text
        kind: Kind = "tool" if message.role == "tool" else "content"
        return [(text.strip() if self.strip else text, kind, index, form.train, None)]

    def opened(self, sample: Sample) -> list[Piece]:
        """Return what opens an answer, for generation; it carries no loss."""
        del sample
        return [*self.forms().opening]

    def _opening(self, sample: Sample, pieces: list[Piece]) -> list[Piece]:
        """Write the default system message where there is none; return what is folded into the first user's turn."""
        forms = self.forms()
        systems = [k for k, message in enumerate(sample.messages) if message.role in SYSTEM_ROLES]
        if not systems and self.default_system is not None:
            said = [header(self.default_system)]
            if forms.folded is not None:
                return forms.folded.around(said, None)
            if (form := forms.roles.get("system")) is not None:
                pieces += form.around(said, None)
        if forms.folded is None:
            return []
        folded: list[Piece] = []
        for k in systems:
            text = sample.messages[k].text
            folded += forms.folded.write(text.strip() if self.strip else text, k)
        return folded

    def refuse_out_of_turn(self, messages: tuple[Message, ...]) -> None:
        """
        Refuse messages where user and assistant do not take turns, system and tool messages aside.

        Raises:
            TemplateError: They do not.
        """
        before = "assistant"
        for index, message in enumerate(messages):
            if message.role not in {"user", "assistant"}:
                continue
            if message.role == before:
                raise out_of_turn(index, message.role)
            before = message.role

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of plain turns at once; see `Template.quick`."""
        table = self.forms().quick
        return None if table is None else table.write(sample, self.default_system, generate=generate)


_HOOKS = frozenset({"pieces", "turn", "said", "opened", "_opening", "refuse_out_of_turn"})
"""The methods that say how a text is written; a class with one of its own has a quick path only if it says so."""


@dataclass(frozen=True, slots=True)
class Forms:
    """
    A layout, read once per class.

    Attributes:
        start: What stands before the first message.
        roles: The turns by role.
        folded: How a system text is written inside the first user's turn.
        opening: What opens an answer.
        finish: What follows a whole text.
        quick: The layout as text and offsets; None where the class does more than its notation says.
    """

    start: list[Piece]
    roles: dict[str, Turn]
    folded: Turn | None
    opening: list[Piece]
    finish: list[Piece]
    quick: Table | None


@cache
def _forms(cls: type[Chat]) -> Forms:
    control = cls.control
    roles = {
        role: Turn.read(notation, control)
        for role, notation in {
            "system": cls.system,
            "developer": cls.system,
            "user": cls.user,
            "assistant": cls.assistant,
            "tool": cls.tool,
        }.items()
        if notation is not None
    }
    opening = cls.assistant.split(CONTENT)[0] if cls.open is None else cls.open
    start = fixed(cls.start, control)
    opened = fixed(opening.replace("⟦", "").replace("⟧", ""), control)
    finish = fixed(cls.finish, control)
    folded = None if cls.folded is None else Turn.read(cls.folded, control)
    conditions = _conditions(cls)
    return Forms(
        start=start,
        roles=roles,
        folded=folded,
        opening=opened,
        finish=finish,
        quick=None if conditions is None else read_table(roles, (start, opened, finish), folded, conditions),
    )


def _conditions(cls: type[Chat]) -> tuple[Condition, ...] | None:
    """What plain messages must be for the quick path; None where *cls* does more and does not say when it does not."""
    for made in cls.__mro__:
        if "plain" in vars(made):
            break
        if not _HOOKS.isdisjoint(vars(made)):
            return None
    said = set(cls.plain)
    if cls.strip:
        said.add("stripped")
    if cls.alternate:
        said.add("in turn")
    return tuple(sorted(said))
