"""A chat template of a file as a template like any other: text, segments and what carries loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, ClassVar

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Sample
from instrkit.templates.base import Piece, Template
from instrkit.templates.jinja.rendering import Rendering, date_of
from instrkit.templates.jinja.source import ChatSource, read_source

if TYPE_CHECKING:
    from instrkit.templates.jinja.environment import Program

__all__ = ["ChatTemplate", "open_chat_template"]

_WORDS = {"true": True, "false": False, "null": None, "none": None}
_PROVIDED = frozenset({"messages", "tools", "documents", "add_generation_prompt"})


@dataclass(frozen=True, kw_only=True)
class ChatTemplate(Template):
    """
    Write a sample as a chat template says, in the sandbox and with the environment of transformers.

    The text is what `apply_chat_template` writes for the same messages, tools and variables; so a template that opens
    an answer after an answer does so here too. Loss is on what stands in `{% generation %}` blocks; where there are
    none, on each answer and the token that ends it.

    Attributes:
        given: Variables of the template, passed on as they are, though `true` and `false` as words are the values.
            `date` (`2026-07-01`, or with a time) is what the template takes for today.
    """

    given: Mapping[str, Any] = field(default_factory=dict)

    chat: ClassVar[ChatSource]
    own: ClassVar[tuple[str, ...]]

    @classmethod
    def variables(cls) -> dict[str, Any]:
        """Return the variables the template asks for; all of them may be left out, and are undefined then."""
        return dict.fromkeys(cls.own)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*.

        Raises:
            TemplateError: The template refuses the sample, or it cannot be said what of the text carries loss.
            UsageError: It asks for a date, and none is given.
        """
        try:
            return Rendering(sample, self.program(tools=bool(sample.tools)), self.chat, self.given).pieces(
                generate=generate
            )
        except UsageError as error:
            raise UsageError(f"template {self.name}: {error}") from None
        except TemplateError as error:
            raise TemplateError(f"template {self.name}: {error}") from None

    def single(self) -> tuple[str, bool]:
        """Return the template's text for samples without tools, and whether it marks what carries loss."""
        return _chosen(self.chat, tools=False), self.program(tools=False).marked

    def program(self, *, tools: bool) -> Program:
        """Return the template, compiled: of several, the one for tools where there are *tools*."""
        return _program(_chosen(self.chat, tools=tools))


def open_chat_template(path: str | PathLike[str], variables: Mapping[str, Any] | None = None) -> ChatTemplate:
    """
    Open the chat template of a tokenizer.

    Args:
        path: A tokenizer directory, its `tokenizer_config.json`, or a `.jinja` file, whose tokens are then looked for
            beside it. `PATH#tool_use` is the chat template of that name; without a name, a sample with tools is
            written by `tool_use` where there is one, as transformers does.
        variables: What the template may ask for: open-ended. Under `given` there may be a mapping of more.

    Raises:
        UsageError: There is no chat template, or it is none.
    """
    given = dict(variables or {})
    given = {**given.pop("given", {}), **given}
    given = {key: _WORDS.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
    date_of(given.get("date"))
    tokens = {key: value for key, value in given.items() if key.endswith("_token") and isinstance(value, str)}
    return _template(read_source(fspath(path)).with_tokens(tokens))(given=given)


def _template(chat: ChatSource) -> type[ChatTemplate]:
    """A class of its own for each file, as what is known of a template stands in its class."""
    name = chat.path if any(sign in chat.path for sign in "/\\.") else f"./{chat.path}"
    programs = {}
    for key, text in chat.templates.items():
        try:
            programs[key] = _program(text)
        except UsageError as error:
            raise UsageError(f"template {name}: chat template {key!r}: {error}") from None
    asked = {variable for program in programs.values() for variable in program.names}
    if any(program.dated for program in programs.values()):
        asked.add("date")
    content = repr((sorted(chat.templates.items()), chat.tokens, chat.special, chat.added))
    body = {
        "__doc__": ChatTemplate.__doc__,
        "name": name,
        "source": chat.path,
        "summary": "a tokenizer's chat template",
        "version": int.from_bytes(blake2b(content.encode(), digest_size=6).digest(), "big"),
        "bos": chat.tokens.get("bos_token", ""),
        "eos": chat.tokens.get("eos_token", ""),
        "control": (*chat.special, *chat.added),
        "chat": chat,
        "own": tuple(sorted(asked - _PROVIDED - chat.tokens.keys())),
    }
    return type("ChatTemplate", (ChatTemplate,), body)


def _program(text: str) -> Program:
    from instrkit.templates.jinja.environment import program  # brings jinja2

    return program(text)


def _chosen(chat: ChatSource, *, tools: bool) -> str:
    templates = chat.templates
    if chat.chosen is not None:
        return templates[chat.chosen]
    if tools and "tool_use" in templates:
        return templates["tool_use"]
    return templates["default"] if "default" in templates else next(iter(templates.values()))
