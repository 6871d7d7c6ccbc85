"""The base of instruction layouts: one instruction, an optional input, one response, no earlier turns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates.base import Piece, Quick, Template, header, special
from instrkit.templates.shared.text_only import content_only

__all__ = ["Instruction", "last_exchange", "parts_of"]

_EXCHANGE = frozenset({"user", "assistant"})


def last_exchange(messages: tuple[Message, ...]) -> tuple[int, int | None]:
    """
    Return the indices of the last question and of its answer, None where the question is open.

    Raises:
        TemplateError: There is no question.
    """
    answer = len(messages) - 1
    while answer >= 0 and messages[answer].role not in _EXCHANGE:
        answer -= 1
    said = answer >= 0 and messages[answer].role == "assistant"
    asked = answer - 1 if said else answer
    while asked >= 0 and messages[asked].role != "user":
        asked -= 1
    if asked < 0:
        raise TemplateError("messages: no user message: expected an instruction")
    return asked, answer if said else None


def parts_of(message: Message, index: int) -> tuple[list[Piece], list[Piece]]:
    """
    Return what a question says as pieces: its instruction, and its input, empty where it has none.

    The input begins with the part of that name behind another part, and goes on to the end; an input without text is
    none. Other parts with a name start a new line, as in `Message.text`.
    """
    content = message.content
    if content is None or isinstance(content, str):
        return [(content or "", "content", index, False, None)], []
    border = next((k for k, part in enumerate(content) if k and part.name == "input"), len(content))
    return _pieces(content[:border], index), _pieces(content[border:], index)


def _pieces(parts: tuple[Part, ...], index: int) -> list[Piece]:
    pieces: list[Piece] = []
    for k, part in enumerate(parts):
        if text := part.text or part.placeholder:
            if k and part.name:
                pieces.append(("\n", "separator", index, False, None))
            pieces.append((text, "content", index, False, None))
    return pieces


class Instruction(Template):
    r"""
    Write the last question and its answer; the answer and *eos* are trained.

    The layout knows neither a system message nor earlier turns: they are reported as dropped. An input is one that has
    text: null and "" are none, blanks are one.

    Attributes:
        with_input: What stands before the response where there is an input, `{instruction}` and `{input}` in it; one
            without `{input}` leaves the input out, and None refuses questions that have one.
        without_input: The same where there is no input.
        response: What opens the response.
    """

    with_input: ClassVar[str | None]
    without_input: ClassVar[str]
    response: ClassVar[str]

    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    @classmethod
    def form(cls) -> Form:
        """Return the layout, read once per class."""
        return _form(cls)  # type: ignore[arg-type]  # a class can be hashed, whatever its instances do

    def opening(self, sample: Sample) -> list[Piece]:
        """Return what stands before everything else."""
        del sample
        return [self.form().bos]

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the response and *eos* are trained."""
        messages = sample.messages
        asked, answered = last_exchange(messages)
        form = self.form()
        content = messages[asked].content
        given: list[Piece] = []
        if type(content) is str:
            said: list[Piece] = [(content, "content", asked, False, None)]
        else:
            said, given = parts_of(messages[asked], asked)
        pieces = self.opening(sample)
        if not given:
            before, _, after = form.without_input
        elif form.with_input is None:
            raise TemplateError(
                f"messages[{asked}].content: an input beside the instruction: template {self.name} has no place for "
                "one; join them or use another template"
            )
        else:
            before, between, after = form.with_input
            if between is not None:
                said += [between, *given]
        pieces += [before, *said]
        if after[0]:
            pieces.append(after)
        if answered is not None or generate:
            pieces.append(form.response)
        if answered is not None:
            pieces.append((messages[answered].text, "content", answered, True, None))
            pieces.append((self.eos, "end", answered, True, None))
        return pieces

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of a question and its answer at once; see `Template.quick`."""
        del generate  # nothing is added behind an answer
        messages = sample.messages
        if len(messages) != 2 or sample.tools or sample.candidates:
            return None
        asked, said = messages
        answer = said.content
        if (
            asked.role != "user"
            or said.role != "assistant"
            or type(answer) is not str
            or not content_only(asked)
            or not content_only(said)
        ):
            return None
        form = self.form()
        content = asked.content
        if type(content) is str:
            before, _, after = form.without_input
            question: str | None = content
        else:
            if form.with_input is None or (between := form.with_input[1]) is None:
                return None
            before, _, after = form.with_input
            question = _joined(content, between[0])
        if question is None:
            return None
        start, eos = form.start, self.eos
        if start is None:
            start = "".join([piece[0] for piece in self.opening(sample)])
        text = f"{start}{before[0]}{question}{after[0]}{self.response}{answer}{eos}"
        return text, ((len(text) - len(answer) - len(eos), len(text)),)


def _joined(content: str | tuple[Part, ...] | None, between: str) -> str | None:
    """An instruction and an input that are texts both, with *between* between them; None for anything else."""
    if not isinstance(content, tuple) or len(content) != 2:
        return None
    first, second = content
    if second.name != "input" or first.name or first.type != "text" or second.type != "text":
        return None
    if first.text is None or not second.text or first.train is not None or second.train is not None:
        return None
    return f"{first.text}{between}{second.text}"


Layout = tuple[Piece, Piece | None, Piece]
"""What stands before the instruction, between it and the input (None where that is left out), and behind."""


@dataclass(frozen=True, slots=True)
class Form:
    """
    A layout, read once per class.

    Attributes:
        bos: The token a text begins with.
        start: The same as text; None where a class has an opening of its own.
        with_input: The layout of a question with an input; None where there is none.
        without_input: The layout of a question without.
        response: What opens the response.
    """

    bos: Piece
    start: str | None
    with_input: Layout | None
    without_input: Layout
    response: Piece


@cache
def _form(cls: type[Instruction]) -> Form:
    return Form(
        bos=special(cls.bos),
        start=cls.bos if cls.opening is Instruction.opening else None,
        with_input=None if cls.with_input is None else _layout(cls.with_input),
        without_input=_layout(cls.without_input),
        response=header(cls.response),
    )


def _layout(notation: str) -> Layout:
    before, _, rest = notation.partition("{instruction}")
    between, given, after = rest.partition("{input}")
    return (header(before), header(between), header(after)) if given else (header(before), None, header(between))
