"""
What chat templates are given: the names, filters, tags and settings that transformers gives them.

As in huggingface/transformers@5.23.0:src/transformers/utils/chat_template_utils.py; the date alone is the caller's.

Importing this module imports jinja2; the package does so only where a template is opened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import TemplateError as JinjaError
from jinja2 import nodes, pass_context
from jinja2.environment import Template as Compiled
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.meta import find_undeclared_variables
from jinja2.parser import Parser
from jinja2.runtime import Context, Macro
from jinja2.utils import Namespace

from instrkit.errors import InstrkitError, TemplateError, UsageError
from instrkit.templates.jinja.checks import checked_filter
from instrkit.templates.jinja.marks import Marker
from instrkit.templates.jinja.messages import MistypedError
from instrkit.templates.jinja.run import RUN, Run, run_of
from instrkit.templates.jinja.sandbox import Sandbox
from instrkit.templates.jinja.weights import MOST_CHARACTERS, too_large

__all__ = ["Program", "program"]

_WIDEST = 8
"""Widest indentation of JSON, which each of its lines has once per level."""

_LONGEST_DATE = 1000
"""Longest format of a date."""


class _Generation(Extension):
    """`{% generation %}`: what stands in the block carries loss."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: Parser) -> nodes.CallBlock:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_marked"), [], [], body, lineno=line)

    @pass_context
    def _marked(self, context: Context, caller: Macro) -> str:
        run = run_of(context)
        text = str(caller())
        return text if run.marker is None else run.marker.generated(text)


@pass_context
def _tojson(
    context: Context,
    x: Any,
    ensure_ascii: bool = False,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    if (indent if isinstance(indent, int) else len(indent or "")) > _WIDEST:
        raise too_large()
    text = json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    run = run_of(context)
    return text if run.marker is None else run.marker.json(text, x)


def _raise_exception(message: Any) -> NoReturn:
    raise JinjaError(str(message))


@pass_context
def _strftime_now(context: Context, format: str) -> str:
    run = run_of(context)
    if run.date is None:
        raise UsageError("it writes today's date: expected the variable date, such as date=2026-07-01")
    if len(format) > _LONGEST_DATE:
        raise too_large()
    return run.date.strftime(format)


class _Dict:
    """`dict`, without the rest of the class."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, keys: Iterable[Any], value: Any = None) -> dict[Any, Any]:
        return dict.fromkeys(keys, value)


class _Namespace(Namespace):
    """`namespace`, without names that begin with an underscore."""

    def __init__(*args: Any, **kwargs: Any) -> None:  # a template may pass `self=`
        self, *rest = args
        attributes = dict(*rest, **kwargs)
        for name in attributes:
            _refuse_underscore(name)
        Namespace.__init__(self, attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_underscore(name)
        super().__setitem__(name, value)


def _refuse_underscore(name: Any) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"namespace attribute {name!r}: expected a name without an underscore before it")


def _environment() -> Sandbox:
    made = Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])
    made.filters["tojson"] = checked_filter("tojson", _tojson)
    made.globals |= {
        "raise_exception": _raise_exception,
        "strftime_now": _strftime_now,
        "dict": _Dict(),
        "namespace": _Namespace,
    }
    return made


@dataclass(frozen=True, slots=True)
class Program:
    """
    A chat template, compiled.

    Attributes:
        code: The compiled template.
        names: The variables it asks for, those that jinja2 and transformers provide aside.
        dated: Whether it asks for the date.
        marked: Whether it says itself what carries loss, by `{% generation %}`.
        literals: The strings it may look for in a message: those of its expressions that have letters and signs.
    """

    code: Compiled
    names: frozenset[str]
    dated: bool
    marked: bool
    literals: tuple[str, ...]

    def write(self, given: Mapping[str, Any], *, date: datetime | None = None, marker: Marker | None = None) -> str:
        """
        Return what the template writes of the variables *given*.

        Raises:
            TemplateError: It refuses them, fails, or does not end.
            UsageError: It asks for the date, and there is none.
        """
        texts: list[str] = []
        length = 0
        try:
            for text in self.code.generate({**given, RUN: Run(date, marker)}):
                texts.append(text)
                length += len(text)
                if length > MOST_CHARACTERS:
                    raise too_large()
        except InstrkitError:
            raise
        except JinjaError as error:
            raise TemplateError(f"the chat template refuses the sample: {error.message or error}") from None
        except RecursionError:
            raise TemplateError("the chat template calls itself without end") from None
        except TypeError as error:
            raise MistypedError(f"the chat template fails: TypeError: {error}") from None
        except (ArithmeticError, AttributeError, LookupError, MemoryError, ValueError) as error:
            raise TemplateError(f"the chat template fails: {type(error).__name__}: {error}") from None
        return "".join(texts)


@lru_cache(maxsize=64)
def program(text: str) -> Program:
    """
    Return the chat template *text*, compiled.

    Raises:
        UsageError: It is no Jinja template; the message says in which line.
    """
    environment = _environment()
    try:
        tree = environment.parse(text)
        code = environment.from_string(text)
    except JinjaError as error:
        line = getattr(error, "lineno", None)
        raise UsageError(f"line {line or 1}: not a Jinja chat template: {error.message}") from None
    names = find_undeclared_variables(tree)
    marked = any(
        isinstance(node.node, nodes.ExtensionAttribute) and node.node.name == "_marked"
        for node in tree.find_all(nodes.Call)
    )
    constants = {node.value.strip() for node in tree.find_all(nodes.Const) if isinstance(node.value, str)}
    return Program(
        code=code,
        names=frozenset(names),
        dated=any(name.name == "strftime_now" for name in tree.find_all(nodes.Name)),
        marked=marked,
        literals=tuple(sorted(filter(_telling, constants), key=lambda text: (-len(text), text))),
    )


def _telling(text: str) -> bool:
    return len(text) > 2 and any(map(str.isalnum, text)) and not all(map(str.isalnum, text))
