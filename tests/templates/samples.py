"""Samples for the tests of templates, in few words."""

from instrkit.sample import Message, Role, Sample
from instrkit.templates import TEMPLATES, Template, open_template

ROLES: dict[str, Role] = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}


def chat(*turns: str) -> Sample:
    """A sample from turns such as `u:Hello`: the first letter of a role, a colon, the content."""
    return Sample(tuple(Message(ROLES[turn[0]], turn[2:]) for turn in turns))


def trained(rendered) -> list[str]:
    """The characters that carry loss, spelled out."""
    return [rendered.text[start:end] for start, end in rendered.loss_spans]


def lost(changes) -> list[tuple[str, str]]:
    """Changes as (kind, path)."""
    return [(change.kind, change.path) for change in changes]


def opened(name: str) -> Template:
    """A template by name; one that needs a date gets one."""
    dates = {variable: "2026-07-01" for variable in TEMPLATES.get(name).variables() if variable.startswith("date")}
    return open_template(name, dates)
