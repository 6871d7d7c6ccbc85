"""Two templates side by side: the same conversations, written by both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from instrkit.errors import TemplateError, UsageError, did_you_mean
from instrkit.sample import Message, Sample
from instrkit.templates.base import Template
from instrkit.templates.diff import Diff, diff
from instrkit.templates.opening import open_template
from instrkit.templates.rendering import Rendered, render

__all__ = ["CONVERSATIONS", "Comparison", "compare", "open_shown"]

_DATES = {"date": "2025-08-05", "date_string": "26 Jul 2024"}
"""What stands for today's date in templates that want one: no clock is read, so that what is shown stays the same."""


def _talk(*texts: str, system: str | None = None) -> Sample:
    first = () if system is None else (Message("system", system),)
    roles = ("user", "assistant")
    return Sample((*first, *(Message(roles[k % 2], text) for k, text in enumerate(texts))))  # type: ignore[arg-type]  # both are roles


CONVERSATIONS: Mapping[str, Sample] = MappingProxyType(
    {
        "two turns": _talk("Hi", "Hello!", "What is 2+2?", "4"),
        "a system message": _talk("Hi", "Hello!", system="You are terse."),
        "white space": _talk("  lead and trail \n", "\n spaced \n"),
        "Chinese": _talk("你好，请介绍一下北京。", "北京是中国的首都。"),
        "an open question": _talk("Hi", "Hello!", "And now?"),
    }
)
"""Short conversations that show most of what templates do differently; one that ends with a question is opened."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    One conversation as two templates write it.

    Attributes:
        name: What the conversation is called.
        diff: How the two differ; None where one of them cannot write it.
        error_a: Why the first cannot write it; empty where it can.
        error_b: Why the second cannot.
    """

    name: str
    diff: Diff | None
    error_a: str = ""
    error_b: str = ""

    @property
    def same(self) -> bool:
        """Whether both write the same, or both refuse."""
        return self.diff.same if self.diff is not None else bool(self.error_a and self.error_b)


def open_shown(name: str, variables: Mapping[str, Any] | None = None) -> Template:
    """
    Return a template to look at: with those of *variables* that it has, and with an example where it wants a date.

    Raises:
        UsageError: There is no such template, or a value is of the wrong type.
    """
    known = open_template(name).variables()
    dates = {variable: date for variable, date in _DATES.items() if variable in known and known[variable] is None}
    given = {variable: value for variable, value in (variables or {}).items() if variable in known}
    return open_template(name, dates | given)


def compare(
    a: str,
    b: str,
    samples: Mapping[str, Sample] = CONVERSATIONS,
    variables: Mapping[str, Any] | None = None,
) -> tuple[Comparison, ...]:
    """
    Write each of *samples* as the templates *a* and *b* do, and return how they differ.

    A sample that ends with a question is written with the opening of an answer, as for generation.

    Args:
        a: The first template's name.
        b: The second's.
        samples: The samples by what they are called.
        variables: Variables of the templates; each takes those it has.

    Raises:
        UsageError: There is no such template, or neither has a variable.
    """
    both = (open_shown(a, variables), open_shown(b, variables))
    known = {variable for template in both for variable in template.variables()}
    for variable in variables or ():
        if variable not in known:
            raise UsageError(f"templates {a}, {b}: unknown variable {variable!r}: {did_you_mean(variable, known)}")
    return tuple(_compared(name, *both, sample) for name, sample in samples.items())


def _compared(name: str, a: Template, b: Template, sample: Sample) -> Comparison:
    (one, error_a), (other, error_b) = _tried(a, sample), _tried(b, sample)
    found = None if one is None or other is None else diff(one, other)
    return Comparison(name, found, error_a, error_b)


def _tried(template: Template, sample: Sample) -> tuple[Rendered | None, str]:
    last = sample.messages[-1].role if sample.messages else "user"
    try:
        return render(sample, template, add_generation_prompt=last != "assistant"), ""
    except TemplateError as error:
        return None, str(error)
