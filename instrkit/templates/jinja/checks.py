"""
Filters and tests of chat templates, each with a look at what it is given and at what it made.

Most work on lists as they are. What walks through all that stands in a list (`tojson`) or through a text by character
(`urlize`) is looked at before it runs: a small list can hold itself a million times, and these are slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from jinja2.utils import _PassArg

from instrkit.templates.jinja.run import Run, run_of
from instrkit.templates.jinja.weights import MOST_ITEMS, bounded, fits, formatted, replaced, too_large, weight

__all__ = ["checked_filter", "checked_test", "read"]

_SHALLOW = frozenset(
    {
        "attr", "batch", "count", "d", "default", "first", "items",
        "last", "length", "list", "map", "random", "reject",
        "rejectattr", "reverse", "safe", "select", "selectattr", "slice",
    }
)  # fmt: skip
"""Filters that do not look into what stands in a list."""

_FAST = frozenset(
    {
        "capitalize", "count", "d", "default", "e", "escape", "first", "indent",
        "format", "int", "float", "last", "length", "lower", "replace",
        "safe", "string", "title", "tojson", "trim", "upper",
    }
)  # fmt: skip
"""Filters that are quick with texts, or look at a few characters of them."""

_ESCAPING = frozenset({"capitalize", "e", "escape", "indent", "title", "tojson"})

_PATIENT = 1
"""How many characters a filter that is slow with texts may read for one step: some need ten microseconds for each."""

_COMPARING = frozenset(
    {
        "eq", "==", "equalto", "ne", "!=", "gt", ">",
        "greaterthan", "ge", ">=", "lt", "<", "lessthan", "le",
        "<=", "in", "upper", "lower",
    }
)  # fmt: skip


def read(run: Run, value: Any) -> None:
    """Count that *value* is read, as a comparison does."""
    if isinstance(value, str | bytes):
        run.work(len(value), 8192)
    elif isinstance(value, list | tuple | dict):
        run.work(weight(value), 128)


def checked_filter(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter *made* with its sizes checked."""
    given = _passing(made)

    @pass_context
    def checked(context: Context, *args: Any, **kwargs: Any) -> Any:
        run = run_of(context)
        args = _before(name, run, args, kwargs)
        return run.sized(made(*given(context), *args, **kwargs))

    return checked


def checked_test(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    """Return the test *made* with what it reads counted."""
    if name not in _COMPARING:
        return made

    @pass_context
    def checked(context: Context, *args: Any) -> Any:
        run = run_of(context)
        for arg in args:
            read(run, arg)
        return made(*args)

    return checked


def _passing(made: Callable[..., Any]) -> Callable[[Context], tuple[Any, ...]]:
    """What jinja2 gives *made* before the value."""
    wants = _PassArg.from_obj(made)
    if wants is _PassArg.context:
        return lambda context: (context,)
    if wants is _PassArg.eval_context:
        return lambda context: (context.eval_ctx,)
    return (lambda context: (context.environment,)) if wants is _PassArg.environment else lambda _: ()


def _before(name: str, run: Run, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Check what filter *name* is given; what comes one by one is taken first where it will be looked into."""
    bounded([*args[1:], *kwargs.values()])
    if not args:
        return args
    value = args[0]
    if isinstance(value, str):
        _text(name, run, value, args, kwargs)
    elif name not in _SHALLOW:
        if isinstance(value, Iterator):
            value = list(run.one_by_one(value, 16))
            args = (value, *args[1:])
        size = weight(value)
        run.work(size, 128 if name in {"join", "string", "tojson"} else 16)
        if name == "join" and isinstance(value, list | tuple):
            fits(size + len(value) * sum(len(item) for item in (*args[1:], *kwargs.values()) if isinstance(item, str)))
        elif name == "pprint":
            run.work(size, _PATIENT)
    return args


def _text(name: str, run: Run, text: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Check what filter *name* would make of *text*."""
    more = [*args[1:], *kwargs.values()]
    if name == "format":
        formatted(text, more, "%")
    elif name == "replace" and [*map(type, more[:2])] == [str, str]:
        replaced(text, *more[:2])
    elif name == "indent":
        fits(len(text) + (text.count("\n") + 1) * sum(len(n) if isinstance(n, str) else int(n or 0) for n in more))
    elif name in {"join", "urlize", "wordwrap"}:  # each character may be one of its own
        fits(len(text) * (1 + sum(len(item) for item in more if isinstance(item, str))))
    if name in _FAST:
        run.work(len(text), 128 if name in _ESCAPING else 8192)
        return
    if len(text) > MOST_ITEMS:
        raise too_large()
    run.work(len(text), _PATIENT)
