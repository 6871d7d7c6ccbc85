"""
What a template is: how one model family wants a sample written, as a sequence of segments.

A regular template is a handful of class attributes over a family's base class; an irregular one writes its own
generator. Either way it is one file, and nothing else is edited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform

from instrkit.registry import Registry
from instrkit.sample import Sample

__all__ = [
    "TEMPLATES",
    "Kind",
    "Piece",
    "Segment",
    "Template",
    "TemplateInfo",
    "header",
    "separator",
    "special",
    "template",
    "template_info",
]

Kind = Literal["special", "end", "header", "prefix", "content", "thinking", "tool", "separator"]
"""
What a segment is.

`special`    a control token of the tokenizer
`end`        a control token that ends what a message says; belongs to that message
`header`     plain text of the template: role names, round numbers, a default system text
`prefix`     a space that SentencePiece writes by itself before a text encoded on its own; texts are cut here;
             empty where the reference's text does not show it
`content`    what a message says
`thinking`   the reasoning before an answer
`tool`       tool lists, calls and results, without their markers
`separator`  what stands between messages
"""

Quick = tuple[str, tuple[tuple[int, int], ...]]
"""A text and the characters of it that carry loss, as `[start, end)`: ascending, merged, none empty."""

Piece = tuple[str, Kind, int | None, bool, str | None]
"""
A segment as templates write it: `(text, kind, message, train, label)`, the fields of `Segment` in their order.

A plain tuple, because a template writes six to ninety of them per sample: 0.05 µs each where the frozen dataclass
costs 0.6; those that never change are made once.
"""


def header(text: str) -> Piece:
    """Return text of the template itself as a piece without loss: for those that never change."""
    return (text, "header", None, False, None)


def special(token: str) -> Piece:
    """Return a control token as a piece without loss: for those that never change."""
    return (token, "special", None, False, None)


def separator(text: str) -> Piece:
    """Return what stands between messages as a piece without loss: for those that never change."""
    return (text, "separator", None, False, None)


@dataclass(frozen=True, slots=True)
class Segment:
    """
    A piece of rendered text.

    Attributes:
        text: The text; the texts of all segments end to end are the rendered text.
        kind: What it is; a control token spelled inside user text is `content`, never `special`.
        message: Index in `sample.messages` of the message it belongs to, None for the template's own.
        train: Whether it carries loss.
        label: The token the reference trainer puts as the label here instead of the segment's own, if it does.
    """

    text: str
    kind: Kind
    message: int | None = None
    train: bool = False
    label: str | None = None


class Template:
    """
    How one model family wants a sample written.

    Variables (a date, the first round's number) are the fields of the class; a template without variables has none.

    Attributes:
        name: The name people use, set by `@template`.
        source: Where the layout and the loss mask come from: `repository@commit:path`.
        summary: One line for `instrkit list templates`.
        version: Raised by hand whenever the same sample can give another text or mask.
        bos: The token the text starts with, empty where there is none.
        eos: The token that ends a text.
        control: All control tokens that a string-level tokenizer would take out of user text, *bos* and *eos* included.
        aliases: Other names people use for it.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    summary: ClassVar[str]
    version: ClassVar[int] = 1
    aliases: ClassVar[tuple[str, ...]] = ()
    bos: ClassVar[str] = ""
    eos: ClassVar[str] = ""
    control: ClassVar[tuple[str, ...]] = ()

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """
        Return the text and what of it carries loss, without pieces, of a sample written word for word.

        Must agree with `pieces` in every respect. None for samples with tools, candidates, weights or spans, and
        wherever a message is no plain string with a place in the layout: nothing is dropped here and nothing altered.
        """
        del sample, generate
        return None

    def pieces(self, sample: Sample, *, generate: bool) -> Iterable[Piece]:
        """
        Yield the segments of *sample* in order; a piece is trained where the model's own trainer trains it.

        A message that has no place in the layout is left out: the rendering reports it by looking for its text.

        Args:
            sample: The sample.
            generate: Whether to end with the opening of an answer. A template whose opening stands between question
                and answer has nothing to add to a sample that ends with an answer.

        Raises:
            TemplateError: The order of the messages cannot be written at all.
        """
        raise NotImplementedError

    def segments(self, sample: Sample, *, add_generation_prompt: bool = False) -> Iterator[Segment]:
        """Yield the segments of *sample* as the model's own trainer sees them, before any loss policy."""
        for piece in self.pieces(sample, generate=add_generation_prompt):
            yield Segment(*piece)

    @classmethod
    def variables(cls) -> dict[str, Any]:
        """Return the template's variables and their defaults."""
        return {field.name: field.default for field in fields(cls)}  # type: ignore[arg-type]  # @template makes it one


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """
    What there is to know about a template without rendering anything.

    Attributes:
        name: The template's name.
        summary: What it is, in one line.
        source: Where it comes from: `repository@commit:path`.
        default_system: What stands in place of a missing system message.
        bos: The token the text starts with.
        eos: The token that ends a text.
        control_tokens: The tokens that user text cannot forge.
        variables: The variables `render` takes, with their defaults.
    """

    name: str
    summary: str
    source: str
    default_system: str | None
    bos: str
    eos: str
    control_tokens: tuple[str, ...]
    variables: dict[str, Any]


TEMPLATES: Registry[type[Template]] = Registry("templates", "instrkit.templates")

C = TypeVar("C", bound=type[Template])


@dataclass_transform(frozen_default=True, kw_only_default=True)
def template(name: str, *aliases: str) -> Callable[[C], C]:
    """
    Register a class as the template *name*; its fields become keyword-only variables that cannot change later.

    Args:
        name: The name lists show.
        *aliases: Further names that find it.
    """

    def register(cls: C) -> C:
        made: C = dataclass(frozen=True, kw_only=True)(cls)  # type: ignore[assignment]  # dataclass() keeps the class
        made.name = name
        made.aliases = aliases
        TEMPLATES.add(name, made, *aliases)
        return made

    return register


def template_info(name: str) -> TemplateInfo:
    """
    Return what there is to know about the template *name*.

    Raises:
        UsageError: There is no such template.
    """
    cls = TEMPLATES.get(name)
    return TemplateInfo(
        name=cls.name,
        summary=cls.summary,
        source=cls.source,
        default_system=getattr(cls, "default_system", None),
        bos=cls.bos,
        eos=cls.eos,
        control_tokens=cls.control,
        variables=cls.variables(),
    )
