"""
The sandbox chat templates run in: jinja2's immutable one, which keeps them away from Python, and counting.

A template is somebody else's program, and may run for ever. Its loops, calls and texts are counted, so that one that
never ends is stopped. What one single call can allocate is bounded where the size can be seen beforehand (repetition,
powers, padding); a format such as `"%999999999d"` is not, and there is no limit on time but the number of steps. Who
renders templates nobody has looked at should limit the process's memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from jinja2 import TemplateError as JinjaError
from jinja2 import nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from instrkit.templates.jinja.marks import Marker

__all__ = ["MOST_CHARACTERS", "MOST_STEPS", "RUN", "Run", "Sandbox", "bounded", "run_of", "too_large"]

MOST_STEPS = 200_000
"""Most rounds of loops and calls in one rendering; a dialogue of a thousand turns takes some ten thousand."""

MOST_CHARACTERS = 1 << 26
"""Longest text, and the most items of any list, that a template may make."""

RUN = "instrkit run"
"""Under which name a rendering's own state stands in the context: no template can spell it."""


class Run:
    """
    One rendering: what it has used up, and what it was given.

    Args:
        date: What `strftime_now` tells, None where nothing was given.
        marker: Who marks what comes from where, None for the text as it is.
    """

    __slots__ = ("date", "marker", "steps")

    def __init__(self, date: datetime | None, marker: Marker | None) -> None:
        self.date = date
        self.marker = marker
        self.steps = MOST_STEPS

    def step(self, count: int = 1) -> None:
        """Count rounds of a loop, or a call."""
        self.steps -= count
        if self.steps < 0:
            raise JinjaError(f"more than {MOST_STEPS} steps: the template does not seem to end")

    def sized(self, value: Any) -> Any:
        """Return *value* if it is not too large."""
        if type(value) in _SIZED and len(value) > MOST_CHARACTERS:
            raise too_large()
        return value


def run_of(context: Context) -> Run:
    """Return the rendering that *context* belongs to."""
    run: Any = context.resolve(RUN)
    return run  # type: ignore[no-any-return]  # every rendering gives one


_SIZED = (str, list, tuple, dict)


def too_large() -> JinjaError:
    """Return the error for a text or list that is too large."""
    return JinjaError(f"more than {MOST_CHARACTERS} characters or items: the template does not seem to end")


class Sandbox(ImmutableSandboxedEnvironment):
    """The immutable sandbox, counting."""

    intercepted_binops = frozenset({"+", "*", "**"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        padding = {name: _padding(self.filters[name]) for name in ("center", "indent", "batch", "slice")}
        self.filters |= {**padding, _COUNTED: _counted, _CHECKED: _checked}

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call *obj* if the sandbox allows it, and count the call."""
        run = run_of(context)
        run.step()
        bounded(args)
        return run.sized(super().call(context, obj, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute what is not too large."""
        if operator == "*":
            _refuse_repetition(left, right)
            _refuse_repetition(right, left)
        elif operator == "**" and isinstance(right, int) and abs(right) > 1024:
            raise too_large()
        elif operator == "+" and type(left) in _SIZED and len(left) > MOST_CHARACTERS // 2:
            raise too_large()  # doubling is what makes a text endless
        return super().call_binop(context, operator, left, right)

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        """Have the loops and texts of a template counted before it becomes code."""
        return super()._generate(_Counting().visit(source), *args, **kwargs)


def _refuse_repetition(thing: Any, times: Any) -> None:
    if isinstance(times, int) and (
        (type(thing) in _SIZED and len(thing) * times > MOST_CHARACTERS)
        or (isinstance(thing, int) and abs(thing).bit_length() + abs(times).bit_length() > 1 << 20)
    ):
        raise too_large()


def bounded(numbers: Iterable[Any]) -> None:
    """Refuse *numbers* of characters or items that are too large; what is no number is let pass."""
    if any(isinstance(number, int) and number > MOST_CHARACTERS for number in numbers):
        raise too_large()


class _Counting(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - jinja2's way of naming
        self.generic_visit(node)
        node.iter = _filtered(node.iter, _COUNTED)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:  # noqa: N802 - as above
        self.generic_visit(node)
        return _filtered(node, _CHECKED)


_COUNTED, _CHECKED = "instrkit counted", "instrkit sized"


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno, environment=node.environment)


@pass_context
def _counted(context: Context, things: Any) -> Any:
    """Return *things* themselves, their number counted; those that come one by one are counted as they come."""
    run = run_of(context)
    if hasattr(things, "__len__"):
        run.step(len(things))
        return things
    return _one_by_one(things, run) if hasattr(things, "__iter__") else things


def _one_by_one(things: Iterable[Any], run: Run) -> Iterator[Any]:
    for thing in things:
        run.step()
        yield thing


@pass_context
def _checked(context: Context, text: Any) -> Any:
    run = run_of(context)
    return run.sized(text)


def _padding(made: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that pads or repeats, its numbers checked."""

    def checked(*args: Any, **kwargs: Any) -> Any:
        bounded([*args[1:], *kwargs.values()])
        return made(*args, **kwargs)

    return checked
