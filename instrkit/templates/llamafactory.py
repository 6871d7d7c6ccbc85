"""The layouts of LLaMA-Factory's templates, where they are not the models' own: `NAME@llamafactory`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Sample
from instrkit.templates.base import Piece, Template, header
from instrkit.templates.control import control_tokens
from instrkit.templates.llamafactory_tools import FORMATS, Said
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.turn import Turn, fixed

__all__ = ["LlamaFactory", "Slots"]

_ASKS = frozenset({"user", "tool"})
_BETWEEN_RESULTS = "\n</tool_response>\n<tool_response>\n"
"""What its converter writes between results in a row, whatever the model."""


@dataclass(frozen=True, slots=True)
class Slots:
    """
    What stands around the texts, in the notation of `turn`; answers and calls are trained whole.

    Attributes:
        user: A question; `⟨n⟩` is the number of its round, from 0.
        open: What stands between a question and what answers it.
        answer: An answer, with what ends it.
        system: A system text.
        folded: Whether the system text stands inside the first question.
        prefix: What every text starts with.
        between: What stands before a question that is not the first.
        tool_format: The name in `FORMATS`; None where tools have no place.
        call: Calls, with what ends them.
        result: Tool results; None where they are written as questions are.
        reopen: What stands between a result and what answers it; None is *open*.
    """

    user: str
    open: str
    answer: str
    system: str = "{}"
    folded: bool = False
    prefix: str = ""
    between: str = ""
    tool_format: str | None = "default"
    call: str | None = None
    result: str | None = None
    reopen: str | None = None


@dataclass(frozen=True, kw_only=True)
class LlamaFactory(Template):
    """
    Write a sample as a template of LLaMA-Factory does, whose layout deviates from the model's own.

    Texts keep their white space. Only a leading system message has a place, and an empty one counts as none. Questions
    or tool results and answers take turns: LLaMA-Factory skips other samples, here they are refused. Text beside calls
    has no place. The sentence `detailed thinking off`, which its OpenAI converter adds to system messages, is none of
    its templates' and never written.

    Attributes:
        default_system: What stands in place of a missing system message.
        enable_thinking: For reasoning models, what becomes of answers without thinking: True trains an empty thought
            before them, None writes it without loss, False does so and leaves out all thinking there is.
        date_string: The date in the tool list of Llama 3; LLaMA-Factory writes today's.
        slots: What stands around the texts.
        reasoning: Whether answers without thinking get an empty thought; history loses its thinking in generation.
        think: What stands around thinking; None where it has no place.
        efficient: Whether the token that ends a text stands at its very end only, and elsewhere is the label of what
            follows an answer.
        first_label: Whether it is the label of the first token too, as in v0.9.1.
    """

    default_system: str | None = None

    # variables of those templates that have use for them, where the table makes them fields
    enable_thinking: ClassVar[bool | None] = True
    date_string: ClassVar[str] = "26 Jul 2024"

    slots: ClassVar[Slots]
    reasoning: ClassVar[bool] = False
    think: ClassVar[tuple[str, str] | None] = ("<think>\n", "\n</think>\n\n")
    efficient: ClassVar[bool] = False
    first_label: ClassVar[bool] = False

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers, calls and thinking are trained, with what ends them."""
        made: list[Piece] = []
        start = 0  # where the text since the last answer begins: its first token gets the label
        turns = list(self._turns(sample))
        for number, turn in enumerate(turns):
            role = sample.messages[turn[0]].role
            if role in _ASKS:
                made += self._asked(sample, turn, number)
            else:
                made += self._to_answer(sample.messages[turns[number - 1][0]].role, turn[0])
                self._label(made, start, first=number == 1)
                made += self._answered(sample, turn[0], history=generate and number < len(turns) - 1)
                start = len(made)
        last = sample.messages[turns[-1][0]].role if turns else "user"
        if not turns:
            made += self._start(sample)
        if generate:
            return made if last == "assistant" else made + self._to_answer(last)
        if self.efficient and last == "assistant":
            made.append((self.eos, "special", None, True, None))
        return made

    # --- who speaks ----------------------------------------------------------------------------------------------

    def _turns(self, sample: Sample) -> Iterator[list[int]]:
        """Yield the messages of each turn: one, or tool results in a row."""
        asked = False
        for turn in self._grouped(sample):
            index = turn[0]
            role = sample.messages[index].role
            if (role in _ASKS) == asked:
                raise TemplateError(
                    f"messages[{index}]: {role} message out of turn: expected a question or tool results and an "
                    "answer in turn, beginning with a question; merge or remove one"
                )
            asked = not asked
            yield turn

    def _grouped(self, sample: Sample) -> list[list[int]]:
        turns: list[list[int]] = []
        for index, message in enumerate(sample.messages):
            role = message.role
            if (role in SYSTEM_ROLES and index == 0) or (role == "tool" and self.slots.tool_format is None):
                continue
            if role in SYSTEM_ROLES:
                raise TemplateError(
                    f"messages[{index}]: {role} message: expected it at the beginning only; move or remove it"
                )
            results = role == "tool" and turns and sample.messages[turns[-1][0]].role == "tool"
            turns[-1].append(index) if results else turns.append([index])
        return turns

    # --- what is asked -------------------------------------------------------------------------------------------

    def _start(self, sample: Sample) -> list[Piece]:
        """What stands before the first question; a folded system text is none of it."""
        made = fixed(self.slots.prefix, self.control)
        said = self._system(sample)
        return made + said if said and not self.slots.folded else made

    def _system(self, sample: Sample) -> list[Piece]:
        """The system text with the tool list, in its slot; nothing where there is neither."""
        first = sample.messages[0] if sample.messages else None
        given = first.text if first is not None and first.role in SYSTEM_ROLES else ""
        index = 0 if given else None
        text: Piece = (given, "content", 0, False, None) if given else header(self.default_system or "")
        tools: list[Piece] = []
        if sample.tools and self.slots.tool_format is not None:
            said = FORMATS[self.slots.tool_format].tools(tuple(sample.tools), self.date_string)
            tools = self._marked(said, None, train=False)
        if not text[0] and not tools:
            return []
        return _read(self.slots.system, self.control).around([text, *tools], index)

    def _asked(self, sample: Sample, turn: list[int], number: int) -> list[Piece]:
        messages, slots, index = sample.messages, self.slots, turn[0]
        made = self._start(sample) if number == 0 else fixed(slots.between, self.control)
        if messages[index].role == "tool":
            said: list[Piece] = []
            for k in turn:
                gap: list[Piece] = [(_BETWEEN_RESULTS, "header", k, False, None)] if said else []
                said += [*gap, (messages[k].text, "tool", k, False, None)]
            return made + _read(slots.result or _round(slots.user, number // 2), self.control).around(said, index)
        said = [(messages[index].text, "content", index, False, None)]
        if number == 0 and slots.folded:
            said = self._system(sample) + said
        return made + _read(_round(slots.user, number // 2), self.control).around(said, index)

    # --- what is answered ----------------------------------------------------------------------------------------

    def _to_answer(self, last: str, index: int | None = None) -> list[Piece]:
        """What opens an answer to a message of the role *last*, for generation."""
        slots = self.slots
        opening = slots.open if last != "tool" or slots.reopen is None else slots.reopen
        made = fixed(opening, self.control, index)
        if self.reasoning and not self.enable_thinking and index is None:
            made += self._thought([], None, train=False)
        return made

    def _answered(self, sample: Sample, index: int, *, history: bool) -> list[Piece]:
        message, slots = sample.messages[index], self.slots
        text, thinking = message.text, message.thinking or ""
        if self.reasoning and self.think and (history or self.enable_thinking is False):
            text, thinking = without_thought(text, *self.think), ""
        said: list[Piece] = []
        if thinking and self.think:
            said = self._thought([(thinking, "thinking", index, True, None)], index, train=True)
        calls = bool(message.tool_calls) and slots.tool_format is not None
        if calls and slots.tool_format is not None:
            said += self._marked(FORMATS[slots.tool_format].calls(message, f"messages[{index}]"), index, train=True)
        else:
            said.append((text, "content", index, True, None))
        turn = _read(slots.call if calls and slots.call else slots.answer, self.control)
        empty = (
            []
            if history or not self._lacks_thought(text, thinking)
            else self._thought([], index, train=bool(self.enable_thinking))
        )
        return empty + turn.around(said, index)

    def _lacks_thought(self, text: str, thinking: str) -> bool:
        if not self.reasoning or self.think is None or thinking:
            return False
        return not any(mark.strip() in text for mark in self.think)

    def _thought(self, said: list[Piece], index: int | None, *, train: bool) -> list[Piece]:
        """Thinking in its marks, or an empty thought."""
        opening, closing = self.think or ("", "")
        trained = ("⟦", "⟧") if train else ("", "")
        before = fixed(f"{trained[0]}{opening}{trained[1]}", self.control, index)
        return [*before, *said, *fixed(f"{trained[0]}{closing}{trained[1]}", self.control, index)]

    def _marked(self, said: list[Said], index: int | None, *, train: bool) -> list[Piece]:
        """Text of tools as pieces: what comes from the sample is `tool`, the rest the template's."""
        made: list[Piece] = []
        for text, theirs in said:
            if theirs:
                made.append((text, "tool", index, train, None))
            else:
                made += [(own, kind, index, train, None) for own, kind, *_ in fixed(text, self.control)]
        return made

    def _label(self, made: list[Piece], start: int, *, first: bool) -> None:
        """Make the token that ends a text the label of the first token behind an answer."""
        if not self.efficient or (first and not self.first_label):
            return
        for k in range(start, len(made)):
            text, kind, index, train, _ = made[k]
            if not text:
                continue
            size = len(text)
            if kind not in {"special", "end"}:  # the first token, and no look-alike of a control token cut in two
                token = next(iter(control_tokens(self.control).spans(text)), (1, 1))
                size = token[1] if token[0] == 0 else 1
            rest: list[Piece] = [(text[size:], kind, index, train, None)] if size < len(text) else []
            made[k : k + 1] = [(text[:size], kind, index, train, self.eos), *rest]
            return


def without_thought(text: str, opening: str, closing: str) -> str:
    r"""
    Return *text* without the thoughts in it and without line breaks at its beginning, as LLaMA-Factory cuts them out.

    Examples:
        >>> without_thought("<think>\n1+1\n</think>\n\n2", "<think>\n", "\n</think>\n\n")
        '2'
    """
    kept: list[str] = []
    at = 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        kept.append(text[at:start])
        at = end + len(closing)
    return "".join([*kept, text[at:]]).lstrip("\n")


def _round(notation: str, number: int) -> str:
    return notation.replace("⟨n⟩", str(number))


@cache
def _read(notation: str, control: tuple[str, ...]) -> Turn:
    return Turn.read(notation, control)
