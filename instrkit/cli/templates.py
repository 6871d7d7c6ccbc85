"""Commands about templates: list, show, for, diff, export."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from instrkit.cli.group import DONE, FINDINGS, cli
from instrkit.cli.options import JSON, reading_options, variables_of
from instrkit.cli.printing import print_json
from instrkit.visible import named_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from instrkit.sample import Sample
    from instrkit.templates.comparing import Comparison
    from instrkit.templates.diff_text import Marked

__all__ = ["templates"]

_COLOURS: dict[str, dict[str, Any]] = {
    "gone": {"fg": "red", "bold": True},
    "new": {"fg": "green", "bold": True},
    "control": {"fg": "cyan"},
    "trained": {"bold": True},
    "plain": {"dim": True},
    "same": {},
}

_VAR = click.option("--var", "given", multiple=True, metavar="NAME=VALUE", help="A variable of the template (date=…).")
_AT = click.option("--at", type=click.IntRange(min=1), default=1, show_default=True, help="Which sample of the file.")


@cli.group()
def templates() -> None:
    """Look at prompt templates: which there are, what they write, which a model wants, how two differ."""


@templates.command("list")
@click.argument("words", default="", metavar="[WORDS]")
@click.option("--family", metavar="NAME", help="Only this family, or this framework's (fastchat, llamafactory).")
@JSON
def list_templates(words: str, family: str | None, *, as_json: bool) -> int:
    """List the templates with WORDS in name, summary or source; all of them without."""
    from instrkit.templates.listing import entries

    found = list(entries(words, family))
    if as_json:
        print_json([entry._asdict() for entry in found])
        return DONE
    width = max((len(entry.name) for entry in found), default=0)
    for entry in found:
        click.echo(f"{entry.name:<{width}}  {entry.summary}")
    return DONE


@templates.command("show")
@click.argument("name")
@click.option("--sample", "file", metavar="FILE", type=click.Path(), help="File whose sample is shown in the layout.")
@_AT
@_VAR
@reading_options
@JSON
def show_template(
    name: str, file: str | None, at: int, given: tuple[str, ...], reading: dict[str, Any], *, as_json: bool
) -> int:
    """
    Show what there is to know about a template, and what it writes: ‹control tokens›, ⟦what carries loss⟧.

    NAME may be a path: of a tokenizer's folder, its tokenizer_config.json or a .jinja file.
    """
    from instrkit.templates import render
    from instrkit.templates.comparing import CONVERSATIONS, open_shown
    from instrkit.templates.diff_text import marked_text
    from instrkit.templates.listing import entry

    found = entry(name)
    sample = CONVERSATIONS["two turns"] if file is None else _sample_at(file, at, reading)
    rendered = render(sample, open_shown(found.name), **variables_of(given))
    if as_json:
        print_json(found._asdict() | {"text": rendered.text, "loss_spans": rendered.loss_spans})
        return DONE
    for title, value in (
        ("name", ", ".join((found.name, *found.aliases))),
        ("summary", found.summary),
        ("source", found.source),
        ("default system", "none" if found.default_system is None else repr(found.default_system)),
        ("variables", ", ".join(f"{key}={value!r}" for key, value in found.variables.items()) or "none"),
        ("control tokens", " ".join(found.control) or "none"),
    ):
        _say(f"{title:<14}  {value}")
    click.echo()
    _echo(marked_text(rendered))
    for how, changes in (("drops", rendered.dropped), ("alters", rendered.altered)):
        for change in changes:
            _say(f"{how} {change.kind} ({change.path})")
    return DONE


@templates.command("for")
@click.argument("model")
@JSON
def templates_for(model: str, *, as_json: bool) -> int:
    """Say which template MODEL wants, best first: a name such as Qwen/Qwen2.5-7B-Instruct, or a folder."""
    from instrkit.templates.models import advice_for

    advice = advice_for(model)
    if as_json:
        print_json(advice._asdict())
        return DONE
    for name in advice.templates:
        click.echo(name)
    if advice.remark:
        click.echo(named_controls(f"note: {advice.remark}"), err=True)
    return DONE


@templates.command("diff")
@click.argument("a")
@click.argument("b")
@click.argument("file", required=False, type=click.Path())
@_AT
@_VAR
@click.option("--all", "whole", is_flag=True, help="Show all of the text that is equal.")
@reading_options
@JSON
def diff_templates(
    a: str,
    b: str,
    file: str | None,
    at: int,
    given: tuple[str, ...],
    reading: dict[str, Any],
    *,
    whole: bool,
    as_json: bool,
) -> int:
    """
    Show where templates A and B write differently, character by character; exit 1 where they do.

    Compared are short built-in conversations, or a sample of FILE: text, what carries loss, and what is dropped.
    [-Only A-] and {+only B+} have what is marked so, with white space as ␠ ⏎ ⇥.
    """
    from instrkit.templates.comparing import CONVERSATIONS, compare
    from instrkit.templates.listing import entry

    samples: Mapping[str, Sample] = CONVERSATIONS
    if file is not None:
        samples = {f"{file}, sample {at}": _sample_at(file, at, reading)}
    found = compare(entry(a).name, entry(b).name, samples, variables_of(given))
    if as_json:
        print_json([asdict(one) | {"same": one.same} for one in found])
    else:
        for one in found:
            _print_comparison(one, a, b, whole=whole)
    return DONE if all(one.same for one in found) else FINDINGS


def _print_comparison(one: Comparison, a: str, b: str, *, whole: bool) -> None:
    from instrkit.templates.diff_text import diff_lines, marked_diff

    title = named_controls(f"── {one.name}{': no difference' if one.same else ''}")
    click.echo(click.style(title, bold=True))
    for name, error in ((a, one.error_a), (b, one.error_b)):
        if error:
            _say(f"{name} cannot write it: {error}")
    if one.diff is None or one.same:
        return
    if not one.diff.same_text:
        _echo(marked_diff(one.diff, whole=whole))
    for line in diff_lines(one.diff, a, b):
        _say(f"  {line}")


def _say(line: str) -> None:
    click.echo(named_controls(line))


def _echo(stretches: Iterable[Marked]) -> None:
    click.echo("".join(click.style(text, **_COLOURS[look]) for text, look in stretches))


def _sample_at(file: str, at: int, reading: dict[str, Any]) -> Sample:
    from itertools import islice

    from instrkit import api
    from instrkit.errors import UsageError

    found = next(islice(api.read(file, **reading), at - 1, None), None)
    if found is None:
        raise UsageError(f"{file}: no sample {at}: expected a number from 1 to that of its samples; see --at")
    return found


@templates.command("export")
@click.argument("name")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(),
    help="A .jinja file to write, or a tokenizer_config.json whose chat_template is set; default: print it.",
)
@_VAR
def export_template(name: str, out: str | None, given: tuple[str, ...]) -> int:
    """Export a regular template as a Jinja chat template, with {% generation %} marks around what carries loss."""
    from instrkit.templates import open_template
    from instrkit.templates.jinja import export_chat_template, write_chat_template

    template = open_template(name, variables_of(given))
    if out is None:
        click.echo(export_chat_template(template), nl=False)
    else:
        write_chat_template(template, out)
    return DONE
