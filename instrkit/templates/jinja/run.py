"""One rendering of a chat template: what it has used up of what it may, and what it was given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from jinja2 import TemplateError as JinjaError
from jinja2.runtime import Context

from instrkit.templates.jinja.marks import Marker
from instrkit.templates.jinja.weights import fits

__all__ = ["MOST_STEPS", "RUN", "Run", "run_of"]

MOST_STEPS = 200_000
"""Most rounds of loops and calls in one rendering; a dialogue of a thousand turns takes some ten thousand."""

RUN = "instrkit run"
"""Under which name a rendering's own state stands in the context: no template can spell it."""

_BYTES = 1024
"""How many bytes of text are made for one step: 200 MB in one rendering, so that memory is bounded with the steps."""

_ITEMS = 16
"""How many items of lists are made for one step."""

_SIZED = (str, bytes, list, tuple, dict)


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
        self.steps: float = MOST_STEPS

    def step(self, count: float = 1) -> None:
        """Count rounds of a loop, or a call."""
        self.steps -= count
        if self.steps < 0:
            raise JinjaError(f"more than {MOST_STEPS} steps: the template does not seem to end")

    def work(self, size: int, per_step: int) -> None:
        """Count work on *size* characters or items, of which *per_step* are a step."""
        if size >= per_step:
            self.step(size / per_step)

    def sized(self, value: Any) -> Any:
        """Return *value* if it is not too large, and count the making of it; items that come one by one as they do."""
        if type(value) is str and len(value) < _BYTES // 4:
            return value
        if isinstance(value, _SIZED):
            fits(len(value))
            if isinstance(value, str | bytes):
                self.work(value.__sizeof__(), _BYTES)
            else:
                self.work(len(value), _ITEMS)
        elif isinstance(value, Iterator):
            return self.one_by_one(value, _ITEMS)
        return value

    def one_by_one(self, things: Iterable[Any], per_step: int = 1) -> Iterator[Any]:
        """Pass on *things*, counted as they come."""
        for thing in things:
            self.step(1 / per_step)
            yield thing


def run_of(context: Context) -> Run:
    """Return the rendering that *context* belongs to."""
    run: Any = context.parent[RUN]  # `resolve` looks into the template's own variables first, and takes longer
    return run  # type: ignore[no-any-return]  # every rendering gives one
