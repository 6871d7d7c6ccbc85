"""Our regular templates as Jinja chat templates, with `{% generation %}` around what carries loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from instrkit.errors import TemplateError
from instrkit.templates.base import Piece, Template
from instrkit.templates.jinja.template import ChatTemplate
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.turn import Turn

__all__ = ["export_chat_template"]

_KNOWN: Final = frozenset(
    {"start", "system", "folded", "user", "assistant", "tool", "open", "finish", "strip", "alternate", "plain"}
)
"""The options of a layout that are written here; a template that sets another one is not exported."""

_FREE: Final = frozenset({"quick"})
"""Methods that say nothing but what `pieces` says."""

Part = tuple[str, bool]
"""A Jinja expression, and whether what it writes carries loss."""


def export_chat_template(template: Template) -> str:
    """
    Return *template* as a Jinja chat template that writes the same text under transformers, with the same mask.

    What instrkit leaves out of a text and reports (a message without a place in the layout, thinking, tool calls and
    lists, media) the exported template refuses by `raise_exception`, as it has nobody to report to. An answer is opened
    only where the last message is none.

    A template that was opened from a file is given back as it was.

    Raises:
        TemplateError: The layout is irregular; the message names what of it is.
    """
    if isinstance(template, ChatTemplate):
        return _own_text(template)
    if not isinstance(template, Chat):
        raise _irregular(template, "it writes its segments by itself")
    cls = type(template)
    if own := sorted(_overridden(cls)):
        raise _irregular(template, f"it has its own {', '.join(own)}")
    for name in sorted(_options() - _KNOWN):
        if getattr(cls, name) != getattr(Chat, name, None):
            raise _irregular(template, f"there is no Jinja for its option {name}")
    return "\n".join(_lines(template)) + "\n"


def _irregular(template: Template, why: str) -> TemplateError:
    return TemplateError(
        f"template {template.name}: cannot be exported: its layout is irregular: {why}; take the chat template of the "
        "model's own tokenizer, or write text or tokens"
    )


def _own_text(template: ChatTemplate) -> str:
    text, marked = template.single()
    if not marked:
        raise TemplateError(
            f"template {template.name}: cannot be exported: it has no {{% generation %}} marks; add them, or write "
            "text or tokens"
        )
    return text


def _overridden(cls: type[Chat]) -> Iterator[str]:
    """The methods that *cls* does otherwise than its base."""
    for name in {**vars(Template), **vars(Chat)}:
        if name.startswith("__") or name in _FREE:
            continue
        ours, theirs = (
            getattr(getattr(made, name, None), "__func__", getattr(made, name, None)) for made in (Chat, cls)
        )
        if callable(ours) and ours is not theirs:
            yield name


def _options() -> frozenset[str]:
    """The options a layout has, whatever they are by now: the class variables of `Chat` that `Template` has not."""
    return frozenset(vars(Chat)["__annotations__"]) - Chat.variables().keys()


def _lines(chat: Chat) -> Iterator[str]:
    forms = chat.forms()
    yield from _HEAD
    if chat.alternate:
        yield from _ALTERNATE
    yield from _write(_fixed(forms.start))
    default = chat.default_system
    folded = forms.folded
    if default is not None and folded is None and (system := forms.roles.get("system")) is not None:
        yield "{%- if not systems -%}"
        yield from _write(_around(system, (_literal(default), False)))
        yield "{%- endif -%}"
    yield "{%- for message in messages -%}"
    yield from _turns(chat)
    yield "{%- endfor -%}"
    if folded is not None and "system" not in forms.roles:
        yield "{%- if systems and not state.folded -%}"
        yield "{{- raise_exception('There is no user message to hold the system message') -}}"
        yield "{%- endif -%}"
    yield "{%- if not add_generation_prompt -%}"
    yield from _write(_fixed(forms.finish))
    yield "{%- elif not messages or messages[-1]['role'] != 'assistant' -%}"
    yield from _write([(part, False) for part, _ in _fixed(forms.opening)])
    yield "{%- endif -%}"


_HEAD: Final = (
    "{%- macro said(message) -%}",
    "{%- if message['content'] is string -%}",
    "{{- message['content'] -}}",
    "{%- elif message['content'] -%}",
    "{%- for part in message['content'] -%}",
    "{%- if part['type'] != 'text' -%}",
    "{{- raise_exception('There is no place for content of the type ' ~ part['type']) -}}",
    "{%- endif -%}",
    "{{- part['text'] -}}",
    "{%- endfor -%}",
    "{%- endif -%}",
    "{%- endmacro -%}",
    "{%- if tools -%}",
    "{{- raise_exception('There is no place for tools') -}}",
    "{%- endif -%}",
    "{%- set state = namespace(folded=false, before='assistant') -%}",
    "{%- set systems = messages | selectattr('role', 'in', ['system', 'developer']) | list -%}",
    "{%- for message in messages -%}",
    "{%- if message['tool_calls'] or message['reasoning_content'] or message['thinking'] -%}",
    "{{- raise_exception('There is no place for tool calls and thinking') -}}",
    "{%- endif -%}",
    "{%- endfor -%}",
)
"""What every exported template begins with: how a text is read, and what is refused."""

_ALTERNATE: Final = (
    "{%- for message in messages if message['role'] in ['user', 'assistant'] -%}",
    "{%- if message['role'] == state.before -%}",
    "{{- raise_exception('Messages of user and assistant must take turns, beginning with the user') -}}",
    "{%- endif -%}",
    "{%- set state.before = message['role'] -%}",
    "{%- endfor -%}",
)


def _turns(chat: Chat) -> Iterator[str]:
    """What is written for one message, by its role."""
    forms = chat.forms()
    keyword = "if"
    for roles in (("system", "developer"), ("user",), ("assistant",), ("tool",)):
        form = forms.roles.get(roles[0])
        if form is None and (roles[0] != "system" or forms.folded is None):
            continue
        yield f"{{%- {keyword} message['role'] in {list(roles)!r} -%}}"
        keyword = "elif"
        if form is None:
            continue
        if forms.folded is not None and roles == ("user",):
            yield from _write(_fixed(form.opening(None)))
            yield from _folding(chat, forms.folded)
            yield from _write([(_text(chat), form.train), *_fixed(form.closing(None))])
        else:
            yield from _write(_around(form, (_text(chat), form.train)))
    yield "{%- else -%}"
    yield "{{- raise_exception('There is no place for a message of the role ' ~ message['role']) -}}"
    yield "{%- endif -%}"


def _folding(chat: Chat, folded: Turn) -> Iterator[str]:
    """What the first user's turn says of the system messages, or of the default one."""
    yield "{%- if not state.folded -%}"
    yield "{%- for system in systems -%}"
    yield from _write(_around(folded, (_text(chat, "system"), folded.train)))
    yield "{%- endfor -%}"
    if chat.default_system is not None:
        yield "{%- if not systems -%}"
        yield from _write(_around(folded, (_literal(chat.default_system), False)))
        yield "{%- endif -%}"
    yield "{%- set state.folded = true -%}"
    yield "{%- endif -%}"


def _text(chat: Chat, message: str = "message") -> str:
    return f"said({message}) | trim" if chat.strip else f"said({message})"


def _around(form: Turn, said: Part) -> list[Part]:
    return [*_fixed(form.opening(None)), said, *_fixed(form.closing(None))]


def _fixed(pieces: Iterable[Piece]) -> list[Part]:
    return [(_literal(text), train) for text, _, _, train, _ in pieces]


def _write(parts: Iterable[Part]) -> Iterator[str]:
    """Write expressions one after the other, marks around those that carry loss."""
    for train, run in groupby(parts, key=lambda part: part[1]):
        written = [f"{{{{- {expression} -}}}}" for expression, _ in run]
        yield from ["{%- generation -%}", *written, "{%- endgeneration -%}"] if train else written


def _literal(text: str) -> str:
    """Return *text* as a string of Jinja."""
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return f"'{text}'"


_ESCAPES: Final = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
