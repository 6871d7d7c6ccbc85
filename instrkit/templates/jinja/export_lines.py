"""The Jinja of an exported template, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from instrkit.templates.base import Piece
from instrkit.templates.jinja.export_layout import SAID, SYSTEMS, Layout, Refusal
from instrkit.templates.shared.turn import Turn

__all__ = ["CALLS", "HEAD", "UNWEIGHTED", "Part", "checked", "fixed_parts", "lines", "literal", "write"]

Part = tuple[str, bool]
"""A Jinja expression, and whether what it writes carries loss."""

UNWEIGHTED: Final = "message['weight'] == 0"
"""When a message carries no loss, whatever its turn says."""

ROUND: Final = "⟨n⟩"

HEAD: Final = (
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
)
"""What every exported template begins with: how a text is read, and that there are no tools."""

CALLS: Final[Refusal] = (
    "message['tool_calls'] or message['reasoning_content'] or message['thinking']",
    "There is no place for tool calls and thinking",
)

_ALTERNATE: Final = (
    "{%- for message in messages if message['role'] in ['user', 'assistant'] -%}",
    "{%- if message['role'] == state.before -%}",
    "{{- raise_exception('Messages of user and assistant must take turns, beginning with the user') -}}",
    "{%- endif -%}",
    "{%- set state.before = message['role'] -%}",
    "{%- endfor -%}",
)

_IN_TURN: Final = (
    "{%- for message in messages -%}",
    f"{{%- if not (loop.first and message['role'] in {SYSTEMS}) -%}}",
    "{%- if message['role'] != ('user' if state.before == 'assistant' else 'assistant') -%}",
    "{{- raise_exception('Messages of user and assistant must take turns, beginning with the user') -}}",
    "{%- endif -%}",
    "{%- set state.before = message['role'] -%}",
    "{%- endif -%}",
    "{%- endfor -%}",
)

_ORDERS: Final[dict[str, tuple[str, ...]]] = {"": (), "alternate": _ALTERNATE, "in turn": _IN_TURN}


def lines(layout: Layout) -> Iterator[str]:
    """Yield the lines of the chat template that writes *layout*."""
    yield from HEAD
    yield f"{{%- set state = namespace(folded=false, before='assistant', round={layout.first_round}) -%}}"
    yield f"{{%- set systems = messages | selectattr('role', 'in', {SYSTEMS}) | list -%}}"
    yield from _ORDERS[layout.order]
    yield from checked((CALLS, *layout.refused))
    yield from _start(layout)
    yield "{%- for message in messages -%}"
    yield from _turns(layout)
    yield "{%- endfor -%}"
    if layout.folded is not None and "system" not in layout.roles:
        yield "{%- if systems and not state.folded -%}"
        yield "{{- raise_exception('There is no user message to hold the system message') -}}"
        yield "{%- endif -%}"
    yield from _finish(layout)


def checked(refused: Iterable[Refusal]) -> Iterator[str]:
    """Yield the lines that refuse messages."""
    yield "{%- for message in messages -%}"
    for when, why in refused:
        yield f"{{%- if {when} -%}}"
        yield f"{{{{- raise_exception({literal(why)}) -}}}}"
        yield "{%- endif -%}"
    yield "{%- endfor -%}"


def _start(layout: Layout) -> Iterator[str]:
    """What stands before the first message, the default system text included."""
    start = write(fixed_parts(layout.start), layout.unmarked)
    yield from _if(layout.start_when, start)
    system = layout.roles.get("system")
    if layout.default is not None and layout.folded is None and system is not None:
        said = (literal(layout.default), layout.default_trained)
        yield from _if("not systems", write(_around(system, said), layout.unmarked))


def _finish(layout: Layout) -> Iterator[str]:
    """What follows the last message: the end of a whole text, or what opens an answer."""
    opening = write((part, False) for part, _ in fixed_parts(layout.opening))
    if layout.always_open:
        yield from opening
        return
    yield "{%- if not add_generation_prompt -%}"
    yield from write(fixed_parts(layout.finish), layout.unmarked)
    yield from _end(layout)
    yield f"{{%- elif not ({_ANSWERED}) -%}}"
    yield from opening
    yield "{%- endif -%}"


def _end(layout: Layout) -> Iterator[str]:
    """What ends a whole text as part of its last message."""
    if not layout.end:
        return
    unweighted = "messages and messages[-1]['weight'] == 0"
    unless = f"not ({_ANSWERED}) or messages[-1]['weight'] == 0" if layout.ends == "answer" else unweighted
    yield from _if(_ANSWERED if layout.ends == "answer only" else "", write([(literal(layout.end), True)], unless))


_ANSWERED: Final = "messages and messages[-1]['role'] == 'assistant'"


def _turns(layout: Layout) -> Iterator[str]:
    """What is written for one message, by its role."""
    keyword = "if"
    for roles in (("system", "developer"), ("user",), ("assistant",), ("tool",)):
        form = layout.roles.get(roles[0])
        if form is None and (roles[0] != "system" or layout.folded is None):
            continue
        yield f"{{%- {keyword} message['role'] in {list(roles)!r} -%}}"
        keyword = "elif"
        if form is not None:
            made = _answers(layout) if roles == ("assistant",) else _turn(layout, form, roles[0])
            yield from _if(SAID if roles[0] in layout.unwritten else "", made)
    yield "{%- else -%}"
    yield "{{- raise_exception('There is no place for a message of the role ' ~ message['role']) -}}"
    yield "{%- endif -%}"


def _turn(layout: Layout, form: Turn, role: str) -> Iterator[str]:
    """The turn of a message of *role*, a system text inside the first question."""
    said = (_text(layout, role), form.train)
    unless = _unless(layout)
    if layout.folded is None or role != "user":
        yield from write(_around(form, said), unless)
    else:
        yield from write(fixed_parts(form.opening(None)), unless)
        yield from _folding(layout, layout.folded)
        yield from write([said, *fixed_parts(form.closing(None))], unless)
    if role == "user" and any(ROUND in part[0] for part in form.before):
        yield "{%- set state.round = state.round + 1 -%}"


def _answers(layout: Layout) -> Iterator[str]:
    """The turn of an answer, in the first way that is for it."""
    keyword = "if"
    for way in layout.answers:
        if way.when:
            yield f"{{%- {keyword} {way.when} -%}}"
        elif keyword == "elif":
            yield "{%- else -%}"
        text = f"{way.text} | trim" if "assistant" in layout.trimmed else way.text
        yield from write(_around(way.turn, (text, way.turn.train)), _unless(layout))
        keyword = "elif"
    if len(layout.answers) > 1:
        yield "{%- endif -%}"


def _folding(layout: Layout, folded: Turn) -> Iterator[str]:
    """What the first user's turn says of the system messages, or of the default one."""
    yield "{%- if not state.folded -%}"
    yield "{%- for system in systems -%}"
    said = (_text(layout, "system", "system"), folded.train)
    yield from write(_around(folded, said), _unless(layout, "system"))
    yield "{%- endfor -%}"
    if layout.default is not None:
        yield from _if("not systems", write(_around(folded, (literal(layout.default), False)), layout.unmarked))
    yield "{%- set state.folded = true -%}"
    yield "{%- endif -%}"


def _text(layout: Layout, role: str, message: str = "message") -> str:
    return f"said({message}) | trim" if role in layout.trimmed else f"said({message})"


def _unless(layout: Layout, message: str = "message") -> str:
    """When a message carries no loss."""
    weight = f"{message}['weight'] == 0"
    return f"{weight} or {layout.unmarked}" if layout.unmarked else weight


def _if(when: str, made: Iterable[str]) -> Iterator[str]:
    """The lines *made*, under a condition if there is one."""
    if not when:
        yield from made
    elif held := [*made]:
        yield from [f"{{%- if {when} -%}}", *held, "{%- endif -%}"]


def _around(form: Turn, said: Part) -> list[Part]:
    return [*fixed_parts(form.opening(None)), said, *fixed_parts(form.closing(None))]


def fixed_parts(pieces: Iterable[Piece]) -> list[Part]:
    """Return text of the template itself as expressions, the number of the round where it has a place for it."""
    return [(literal(text).replace(ROUND, "' ~ state.round ~ '"), train) for text, _, _, train, _ in pieces]


def write(parts: Iterable[Part], unless: str = "") -> Iterator[str]:
    """Write expressions one after the other, marks around those that carry loss, but not where *unless* holds."""
    for train, run in groupby(parts, key=lambda part: part[1]):
        written = [f"{{{{- {expression} -}}}}" for expression, _ in run]
        if not train:
            yield from written
            continue
        marked = ["{%- generation -%}", *written, "{%- endgeneration -%}"]
        if unless:
            marked = [f"{{%- if {unless} -%}}", *written, "{%- else -%}", *marked, "{%- endif -%}"]
        yield from marked


def literal(text: str) -> str:
    """Return *text* as a string of Jinja."""
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return f"'{text}'"


_ESCAPES: Final = (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
