"""
The sandbox chat templates run in: jinja2's immutable one, which keeps them away from Python, and counting.

A template is somebody else's program, and may run for ever. Its loops, calls and texts are counted, so that one that
never ends is stopped; what it makes is checked for its size, before it is made where that can be told. There is no
limit on time but the number of steps: the same sample is refused or not on every machine.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes, pass_context
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from instrkit.templates.jinja.checks import checked_filter, checked_test, read
from instrkit.templates.jinja.run import run_of
from instrkit.templates.jinja.weights import (
    MOST_CHARACTERS,
    MOST_ITEMS,
    bounded,
    fits,
    formatted,
    replaced,
    too_large,
    weight,
)

__all__ = ["Sandbox"]

_SIZED = (str, list, tuple, dict)

_SHORT = 256
"""Texts of fewer characters than this are not counted: a step they come with is."""

_CUTTING = frozenset({"split", "rsplit", "splitlines"})


class Sandbox(ImmutableSandboxedEnvironment):
    """The immutable sandbox, counting."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, finalize=_written, **kwargs)
        del self.globals["lipsum"]  # random words are nothing to train on
        tests: dict[str, Any] = self.tests
        self.tests = {name: checked_test(name, made) for name, made in tests.items()}
        self.filters = {name: checked_filter(name, made) for name, made in self.filters.items()}
        self.filters |= {_COUNTED: _counted, _SIZE: _sized, _JOINED: _joined, _READ: _read}

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call *obj* if the sandbox allows it, and count the call."""
        run = run_of(context)
        run.step()
        if not isinstance(obj, Macro):
            bounded((*args, *kwargs.values()))
            for value in (*args, *kwargs.values()):
                run.work(weight(value), 128)
            _method(obj, args, kwargs)
            read(run, getattr(obj, "__self__", None))
        return run.sized(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute what is not too large."""
        if operator == "*":
            _refuse_repetition(left, right)
            _refuse_repetition(right, left)
        elif operator == "**" and isinstance(right, int) and abs(right) > 1024:
            raise too_large()
        elif operator == "%" and isinstance(left, str | bytes):
            given = right.values() if isinstance(right, dict) else right if isinstance(right, tuple) else (right,)
            formatted(str(left), given, "%")
        elif operator == "+" and isinstance(left, _SIZED) and isinstance(right, _SIZED):
            fits(len(left) + len(right))
        run = run_of(context)
        return run.sized(super().call_binop(context, operator, left, right))

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Look up what is not too large to be looked up."""
        if isinstance(argument, tuple):
            weight(argument)
        return super().getitem(obj, argument)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        """Have the loops and texts of a template counted before it becomes code."""
        return super()._generate(_Counting().visit(source), *args, **kwargs)


def _refuse_repetition(thing: Any, times: Any) -> None:
    if isinstance(times, int) and (
        (isinstance(thing, _SIZED) and len(thing) * times > MOST_CHARACTERS // (1 if isinstance(thing, str) else 8))
        or (isinstance(thing, int) and abs(thing).bit_length() + abs(times).bit_length() > 1 << 14)
    ):
        raise too_large()


def _method(obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse to call a text's method *obj* where what it makes would be too large."""
    text, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
    wrapped = getattr(obj, "__wrapped__", None)  # the sandbox's own `format`
    if wrapped is not None and name in {"format", "format_map"}:
        text = getattr(wrapped, "__self__", None)
    if not isinstance(text, str):
        return
    if name in {"format", "format_map"}:
        inner = args[0].values() if name == "format_map" and args and isinstance(args[0], dict) else args
        formatted(text, [*inner, *kwargs.values()], "{")
    elif name == "replace" and len(args) > 1 and isinstance(args[0], str) and isinstance(args[1], str):
        replaced(text, args[0], args[1])
    elif name == "join" and args and isinstance(args[0], str | list | tuple | dict):
        fits(weight(args[0]) + len(args[0]) * len(text))
    elif name == "expandtabs":
        fits(
            len(text) + text.count("\t") * max((n for n in (*args, *kwargs.values()) if isinstance(n, int)), default=8)
        )
    elif name == "translate" and args:
        fits(len(text) * weight(args[0]))
    elif name in _CUTTING:
        by = next((way for way in (*args, kwargs.get("sep")) if isinstance(way, str)), None)
        if (len(text) // 2 if not by else text.count(by)) > MOST_ITEMS:
            raise too_large()


class _Counting(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - jinja2's way of naming
        written = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _COUNTED, nodes.Const(1 + written // 1024))
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - as above
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno, environment=node.environment), _JOINED)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:  # noqa: N802 - as above
        self.generic_visit(node)
        return _filtered(node, _SIZE) if isinstance(node.arg, nodes.Slice) else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802 - as above
        self.generic_visit(node)
        node.expr = _compared(node.expr)
        for operand in node.ops:
            operand.expr = _compared(operand.expr)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Pair:  # noqa: N802 - as above
        self.generic_visit(node)
        node.key = _compared(node.key)
        return node


_COUNTED, _SIZE, _JOINED, _READ = "instrkit counted", "instrkit sized", "instrkit joined", "instrkit read"


def _filtered(node: nodes.Node, name: str, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(args), [], None, None, lineno=node.lineno, environment=node.environment)


def _compared(node: nodes.Expr) -> nodes.Expr:
    """Have what is compared counted, unless the template spells it."""
    items = node.items if isinstance(node, nodes.List | nodes.Tuple) else [node]
    return node if all(isinstance(item, nodes.Const) for item in items) else _filtered(node, _READ)


@pass_context
def _counted(context: Context, things: Any, each: int) -> Any:
    """Return *things* themselves, their number counted; those that come one by one are counted as they come."""
    run = run_of(context)
    if hasattr(things, "__len__"):
        run.step(len(things) * each)
        return things
    return run.one_by_one(things) if hasattr(things, "__iter__") else things


@pass_context
def _sized(context: Context, value: Any) -> Any:
    run = run_of(context)
    return run.sized(value)


@pass_context
def _joined(context: Context, things: list[Any]) -> Any:
    run = run_of(context)
    weight(things)
    return run.sized("".join(map(str, things)))


@pass_context
def _read(context: Context, value: Any) -> Any:
    if type(value) is str and len(value) < _SHORT:  # nearly always, and comparing is what templates do most
        return value
    run = run_of(context)
    read(run, value)
    return value


@pass_context
def _written(context: Context, value: Any) -> Any:
    """Return what is about to be written, counted."""
    if type(value) is str and len(value) < _SHORT:
        return value
    run = run_of(context)
    if not isinstance(value, str):
        run.work(weight(value), 128)
        return value
    return run.sized(value)
