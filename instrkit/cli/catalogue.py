"""Commands that say what there is: list, schema."""

from __future__ import annotations

import click

from instrkit.cli.group import DONE, cli
from instrkit.cli.options import JSON
from instrkit.cli.printing import print_json

KINDS = (
    "formats",
    "checks",
    "ops",
    "templates",
    "rules",
    "recipes",
)  # as in `catalogue`, which imports too much for --help


@cli.command("list")
@click.argument("kind", type=click.Choice(KINDS))
@JSON
def list_(kind: str, *, as_json: bool) -> int:
    """List what there is: formats, checks, ops, templates, rules or recipes."""
    from instrkit.catalogue import catalogue

    found = catalogue(kind)
    if as_json:
        print_json(found)
        return DONE
    width = max((len(entry["name"]) for entry in found), default=0)
    for entry in found:
        click.echo(f"{entry['name']:<{width}}  {entry['summary']}")
    return DONE


@cli.command()
@click.argument("name", metavar="NAME")
def schema(name: str) -> int:
    """Print a JSON Schema: sample, recipe, ledger, report, or a format's name."""
    from instrkit.catalogue import schemas
    from instrkit.errors import UsageError, did_you_mean

    known = schemas()
    if name not in known:
        raise UsageError(f"unknown schema {name!r}: {did_you_mean(name, known)}")
    print_json(known[name]())
    return DONE
