"""Our regular templates as Jinja chat templates, with `{% generation %}` around what carries loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from instrkit.errors import TemplateError
from instrkit.templates.base import Template
from instrkit.templates.jinja.export_families import FAMILIES
from instrkit.templates.jinja.export_layout import Layout, irregular, plain, regular
from instrkit.templates.jinja.export_lines import lines
from instrkit.templates.jinja.export_role_tokens import ROLE_TOKENS, role_token_lines
from instrkit.templates.jinja.template import ChatTemplate
from instrkit.templates.shared.chat import Chat

__all__ = ["export_chat_template"]

_KNOWN: Final = frozenset(
    {"start", "system", "folded", "user", "assistant", "tool", "open", "finish", "strip", "alternate", "plain"}
)
"""The options of a layout that are written here; a template that sets another one is not exported."""

_FREE: Final = frozenset({"quick"})
"""Methods that say nothing but what `pieces` says."""


def export_chat_template(template: str | Template) -> str:
    """
    Return *template* as a Jinja chat template that writes the same text under transformers, with the same mask.

    The exported template is for plain messages: those of user, assistant and system that are nothing but a text, and
    of tools where a layout gives their results a turn and does no more with them. The rest it refuses by
    `raise_exception`: what instrkit leaves out and reports, as it has nobody to report to (a message without a place,
    media), and thinking, tool calls and lists of tools, for which take the model's own chat template. A message whose
    `weight` is 0 carries no loss. An answer is opened only where the last message is none.

    Variables of *template*, such as a layout or a default system text, are those it was opened with. A template that
    was opened from a file is given back as it was.

    Args:
        template: A template that was opened, or one's name.

    Raises:
        TemplateError: The layout is irregular; the message names what of it is.
        UsageError: There is no template of that name.
    """
    if isinstance(template, str):
        from instrkit.templates.opening import open_template  # which opens chat templates by this package

        template = open_template(template)
    if isinstance(template, ChatTemplate):
        return _own_text(template)
    if isinstance(template, ROLE_TOKENS) and type(template) in ROLE_TOKENS:  # none with methods of its own below them
        return "\n".join(role_token_lines(template)) + "\n"
    return "\n".join(lines(_layout(template))) + "\n"


def _own_text(template: ChatTemplate) -> str:
    text, marked = template.single()
    if not marked:
        raise TemplateError(
            f"template {template.name}: cannot be exported: it has no {{% generation %}} marks; add them, or write "
            "text or tokens"
        )
    return text


def _layout(template: Template) -> Layout:
    """What *template* writes, whose class is regular, has a quick path, or is written down among the families."""
    cls = type(template)
    if isinstance(template, Chat):
        for name in sorted(_options() - _KNOWN):
            if getattr(cls, name) != getattr(Chat, name, None):
                raise irregular(template, f"there is no Jinja for its option {name}")
    for base in cls.__mro__:
        if (family := FAMILIES.get(base)) is not None:
            if own := sorted(_overridden(cls, base)):
                raise irregular(template, f"it has its own {', '.join(own)}")
            return family(template)
    if not isinstance(template, Chat):
        raise irregular(template, "it writes its segments by itself")
    own = sorted(_overridden(cls, Chat))
    if set(own) <= _FREE:
        return regular(template)
    table = template.forms().quick
    if table is None or not _FREE.isdisjoint(own):
        raise irregular(template, f"it has its own {', '.join(own)}")
    return plain(template, table.conditions)


def _overridden(cls: type[Template], base: type[Template]) -> Iterator[str]:
    """The methods that *cls* does otherwise than *base*."""
    for name in {**vars(Template), **vars(Chat)}:
        if name.startswith("__"):
            continue
        ours, theirs = (
            getattr(getattr(made, name, None), "__func__", getattr(made, name, None)) for made in (base, cls)
        )
        if callable(theirs) and ours is not theirs:
            yield name


def _options() -> frozenset[str]:
    """The options a layout has, whatever they are by now: the class variables of `Chat` that `Template` has not."""
    return frozenset(vars(Chat)["__annotations__"]) - Chat.variables().keys()
