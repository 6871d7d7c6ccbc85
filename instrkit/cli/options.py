"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from instrkit.formats import Format

F = TypeVar("F", bound=Callable[..., Any])


def names(kind: str) -> list[str]:
    """Return the names of the things of a kind."""
    from instrkit.catalogue import catalogue

    return [entry["name"] for entry in catalogue(kind)]


def _complete(kind: str, context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    del context, parameter
    return [name for name in names(kind) if name.startswith(incomplete)]


def named(option: str, kind: str, help: str, **more: Any) -> Callable[[F], F]:
    """Return an option that takes the name of something there is, with tab completion."""
    return click.option(option, metavar="NAME", shell_complete=partial(_complete, kind), help=help, **more)


def out_option(metavar: str, help: str) -> Callable[[F], F]:
    """Return the option that says where to write."""
    return click.option("-o", "--out", required=True, metavar=metavar, help=help)


SOURCES = click.argument("sources", nargs=-1, required=True, metavar="SRC...", type=click.Path())
FORMAT = named("--format", "formats", "Format of the sources; default: detected by content, per file.")
MAP = click.option(
    "--map",
    "columns",
    metavar="FIELD=COLUMN,...",
    help="Which column holds what, for any table: 'prompt=question, response=answer, system=ctx'; with --format, for "
    "that format's fields.",
)
SETTINGS = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the sources' format; may be repeated."
)
HEADER = click.option(
    "--header/--no-header",
    default=None,
    help="Whether the first row of CSV and TSV files names the columns; default: told by its look. Without, columns "
    "are 1, 2, 3, ….",
)
TO = named("--to", "formats", "Format to write.", required=True)
TEMPLATE = named("--template", "templates", "The model family's template.", required=True)
RECIPE = named(
    "--recipe", "recipes", "Bundled recipe or a file; its sources are replaced.", default="sft", show_default=True
)
LOSS = click.option(
    "--loss",
    default="reference",
    show_default=True,
    metavar="POLICY",
    help="What carries loss: reference, assistant, last or all.",
)
CONTROL = click.option(
    "--on-control-token", metavar="POLICY", help="Control tokens inside text: keep (default), error, escape or drop."
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes; default: one per core. Never changes the result.",
)
STRICT = click.option(
    "--strict", is_flag=True, help="Exit 1 on any finding (rejects, repairs, damage, losses); convert stops at a loss."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how the sources are read, as one dictionary."""

    @FORMAT
    @SETTINGS
    @MAP
    @HEADER
    @wraps(command)
    def wrapped(
        *args: Any,
        format: str | None,
        settings: tuple[str, ...],
        columns: str | None,
        header: bool | None,
        **kwargs: Any,
    ) -> Any:
        reading = {"format": with_settings(format, settings), "columns": columns, "header": header}
        return command(*args, reading=reading, **kwargs)

    return wrapped


def with_settings(format: str | None, settings: tuple[str, ...]) -> Format | str | None:
    """Return the format that was named, with what was set; the name alone, or None, where nothing was."""
    if not settings:
        return format
    from instrkit.errors import UsageError
    from instrkit.formats import get_format, read_settings

    if format is None:
        raise UsageError(f"--set {settings[0]}: expected the format whose setting it is; say --format NAME too")
    return get_format(format, **read_settings(format, settings))


def variables_of(given: Sequence[str]) -> dict[str, Any]:
    """
    Return template variables from `NAME=VALUE`; the template itself converts the values.

    Raises:
        UsageError: There is no `=`.
    """
    from instrkit.errors import UsageError

    found: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"--var {one}: expected NAME=VALUE, such as date=2026-07-01")
        found[name] = value
    return found


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of everything that runs: workers, strict, json."""

    @WORKERS
    @STRICT
    @JSON
    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return command(*args, **kwargs)

    return wrapped
