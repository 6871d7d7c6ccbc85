"""Commands that write: convert, clean, run."""

from __future__ import annotations

from typing import Any

import click

from instrkit.cli.group import cli
from instrkit.cli.options import (
    RECIPE,
    SOURCES,
    TO,
    named,
    out_option,
    reading_options,
    run_options,
    with_settings,
)
from instrkit.cli.printing import finish


@cli.command()
@SOURCES
@out_option("FILE", "File to write; .json makes an array, .gz/.zst/.bz2/.xz compress, - is standard output.")
@TO
@click.option("--to-set", "to_settings", multiple=True, metavar="NAME=VALUE", help="A setting of the format to write.")
@click.option("--fold", is_flag=True, help="Fold rows of a growing history into one conversation per dialogue.")
@reading_options
@run_options
def convert(
    sources: tuple[str, ...],
    out: str,
    to: str,
    to_settings: tuple[str, ...],
    reading: dict[str, Any],
    workers: int | None,
    *,
    fold: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Convert files of any format into one file of another."""
    from instrkit import api
    from instrkit.progress import progress

    with progress() as watch:
        report = api.convert(
            sources,
            out,
            with_settings(to, to_settings) or to,
            fold=fold,
            strict=strict,
            workers=workers,
            progress=watch,
            **reading,
        )
    return finish(report, as_json=as_json, strict=strict, quiet=out == "-")


@cli.command()
@SOURCES
@out_option("DIR", "Folder to write; replaced as a whole when all is done.")
@RECIPE
@named("--to", "formats", "Format to write; default: the recipe's, which is openai in the bundled ones.")
@reading_options
@run_options
def clean(
    sources: tuple[str, ...],
    out: str,
    recipe: str,
    to: str | None,
    reading: dict[str, Any],
    workers: int | None,
    *,
    strict: bool,
    as_json: bool,
) -> int:
    """Clean files: filters, duplicates, PII, with an account of every record."""
    from instrkit import api
    from instrkit.progress import progress

    with progress() as watch:
        report = api.clean(sources, out, recipe, to=to, workers=workers, progress=watch, **reading)
    return finish(report, as_json=as_json, strict=strict)


@cli.command()
@click.argument("recipe", type=click.Path())
@run_options
def run(recipe: str, workers: int | None, *, strict: bool, as_json: bool) -> int:
    """Run a recipe: one YAML file with sources, steps and output."""
    from instrkit import api
    from instrkit.progress import progress

    with progress() as watch:
        report = api.run(recipe, workers=workers, progress=watch)
    return finish(report, as_json=as_json, strict=strict)
