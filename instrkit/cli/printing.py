"""What a command prints at its end, and the exit code that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from instrkit.cli.group import DONE, FINDINGS, USAGE

if TYPE_CHECKING:
    from instrkit.report import Report

__all__ = ["finish", "print_json"]


def finish(report: Report, *, as_json: bool, strict: bool, quiet: bool = False) -> int:
    """Print *report* and return the exit code; *quiet* keeps standard output free for what was written there."""
    if as_json:
        print_json(report.to_dict(), err=quiet)
    else:
        from rich.console import Console

        Console(stderr=quiet, soft_wrap=True).print(report.table())
    if report.rejected_path and not as_json:
        click.echo(f"rejected records: {report.rejected_path}", err=True)
    if report.nothing_read:
        click.echo("instrkit: nothing could be read: every record was rejected, or no file could be opened", err=True)
        return USAGE
    return FINDINGS if strict and report.has_findings else DONE


def print_json(value: Any, *, err: bool = False) -> None:
    """Print *value* as indented JSON."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode(), err=err)
