"""Commands that look without changing anything: inspect, validate, why."""

from __future__ import annotations

from typing import Any

import click

from instrkit.cli.group import DONE, FINDINGS, cli
from instrkit.cli.options import JSON, SOURCES, STRICT, named, reading_options, run_options
from instrkit.cli.printing import finish, print_json


@cli.command()
@SOURCES
@reading_options
@click.option("--tokenizer", metavar="PATH", type=click.Path(), help="Tokenizer file or folder: count tokens too.")
@named("--template", "templates", "With --tokenizer: count samples as this template writes them.")
@STRICT
@JSON
def inspect(
    sources: tuple[str, ...],
    reading: dict[str, Any],
    tokenizer: str | None,
    template: str | None,
    *,
    strict: bool,
    as_json: bool,
) -> int:
    """Show what is in files: format, counts, lengths, languages, findings."""
    from instrkit import api
    from instrkit.survey import survey_text

    surveys = api.inspect(sources, tokenizer=tokenizer, template=template, **reading)
    if as_json:
        print_json([one.to_dict() for one in surveys])
    else:
        click.echo(survey_text(surveys))
        for one in surveys:
            for finding in one.findings:
                place = finding.get("line", finding.get("index"))
                click.echo(f"{one.path}{'' if place is None else f':{place}'}: {finding['cause']}")
    return FINDINGS if strict and any(one.problems for one in surveys) else DONE


@cli.command()
@SOURCES
@reading_options
@click.option("--limit", type=click.IntRange(min=0), default=5, show_default=True, metavar="N", help="Places shown.")
@click.option("--fix", is_flag=True, help="Repair what has one safe repair (recipe `repair`), into the folder -o.")
@click.option("-o", "--out", metavar="DIR", help="With --fix: folder to write; replaced as a whole when all is done.")
@run_options
def validate(
    sources: tuple[str, ...],
    reading: dict[str, Any],
    limit: int,
    out: str | None,
    workers: int | None,
    *,
    fix: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Look for what is wrong with the samples: order, empty turns, tool calls, media, ids, control tokens and more."""
    from instrkit.api import validation
    from instrkit.errors import UsageError
    from instrkit.progress import progress

    if fix != (out is not None):
        raise UsageError("validate: --fix and -o DIR go together: the repaired samples are written there")
    if out is not None:
        with progress() as watch:
            report = validation.fix(sources, out, workers=workers, progress=watch, **reading)
        return finish(report, as_json=as_json, strict=strict)
    found = validation.validate(sources, limit=limit, **reading)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(found.text())
    return FINDINGS if strict and found.problems else DONE


@cli.command()
@click.argument("record", metavar="ID|PATH:LINE")
@click.option("--in", "folder", required=True, metavar="DIR", type=click.Path(), help="Output folder of a run.")
@JSON
def why(record: str, folder: str, *, as_json: bool) -> int:
    """
    Tell the story of one record: its fate, the step, the value and the bound, what changed it.

    RECORD is an id as the ledger has it, or a file and a number: the line (from 1) in JSON Lines, the position (from 0)
    in a JSON array.
    """
    from pathlib import Path

    from instrkit.story import stories, tell

    found = stories(Path(folder), record)
    if as_json:
        print_json(found)
    else:
        click.echo("\n\n".join(tell(story) for story in found))
    return DONE
