"""The base of chat layouts that are regular: each role has its turn, written down in the notation of `turn`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Quick, Template, header
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
        systems = [k for k, message in enumerate(sample.messages) if message.role in _SYSTEM]
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
                raise TemplateError(
                    f"messages[{index}]: {message.role} message out of turn: expected user and assistant in turn, "
                    "beginning with the user; merge or remove one"
                )
            before = message.role

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of plain turns at once; see `Template.quick`."""
        forms = self.forms()
        table = forms.quick
        messages = sample.messages
        if table is None or not messages or sample.tools or sample.candidates:
            return None
        texts = [forms.start_text]
        if self.default_system is not None and messages[0].role not in _SYSTEM:
            if (entry := table.get("system")) is None or any(message.role in _SYSTEM for message in messages):
                return None
            texts += (entry[0], self.default_system, entry[1])
        at = sum(map(len, texts))
        spans: list[tuple[int, int]] = []
        for message in messages:
            content = message.content
            entry = table.get(message.role)
            if (
                type(content) is not str
                or entry is None
                or message.thinking is not None
                or message.tool_calls
                or message.weight is not None
                or message.train_spans
            ):
                return None
            before, after, low, high, size = entry
            texts += (before, content, after)
            length = len(content)
            if low is not None:
                start, end = at + low, at + length + high
                if start < end:
                    spans.append((start, end))
            at += length + size
        if generate:
            if messages[-1].role != "assistant":
                texts.append(forms.opening_text)
        else:
            texts.append(forms.finish_text)
        return "".join(texts), tuple(spans)


_SYSTEM = frozenset({"system", "developer"})

_Entry = tuple[str, str, int | None, int, int]
"""Before, after, where the loss begins from the turn's start, where it ends less the text's length, length around."""


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
        quick: The turns as text and offsets; None where the class does more than its notation says.
        start_text: *start* as text.
        opening_text: *opening* as text.
        finish_text: *finish* as text.
    """

    start: list[Piece]
    roles: dict[str, Turn]
    folded: Turn | None
    opening: list[Piece]
    finish: list[Piece]
    quick: dict[str, _Entry] | None
    start_text: str
    opening_text: str
    finish_text: str


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
    return Forms(
        start=start,
        roles=roles,
        folded=None if cls.folded is None else Turn.read(cls.folded, control),
        opening=opened,
        finish=finish,
        quick=_quick_table(cls, roles, [*start, *finish]),
        start_text=_text(start),
        opening_text=_text(opened),
        finish_text=_text(finish),
    )


def _text(pieces: list[Piece]) -> str:
    return "".join(piece[0] for piece in pieces)


def _quick_table(cls: type[Chat], roles: dict[str, Turn], around: list[Piece]) -> dict[str, _Entry] | None:
    """The plain turns as text and offsets; None where a class does more, or trains more than one stretch of a turn."""
    own = any(getattr(cls, name) is not getattr(Chat, name) for name in ("pieces", "turn", "said", "opened"))
    if own or cls.strip or cls.alternate or cls.folded is not None or any(piece[3] for piece in around):
        return None
    table: dict[str, _Entry] = {}
    for role, form in roles.items():
        before = "".join(text for text, _, _ in form.before)
        after = "".join(text for text, _, _ in form.after)
        flags = [train for text, _, train in form.before for _ in text] + [form.train]
        behind = [train for text, _, train in form.after for _ in text]
        if role == "tool":
            continue
        if not any(flags + behind):
            table[role] = (before, after, None, 0, len(before) + len(after))
            continue
        flags += behind
        low = flags.index(True)
        high = len(flags) - flags[::-1].index(True)
        if not all(flags[low:high]) or not form.train or low == 0:
            return None  # several stretches, or one that may touch the turn before
        table[role] = (before, after, low, high - 1, len(before) + len(after))
    return table
