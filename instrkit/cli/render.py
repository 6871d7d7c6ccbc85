"""The command that renders."""

from __future__ import annotations

from typing import Any

from instrkit.cli.group import cli
from instrkit.cli.options import CONTROL, LOSS, SOURCES, TEMPLATE, out_option, reading_options, run_options
from instrkit.cli.printing import finish


@cli.command()
@SOURCES
@out_option("FILE", "JSON Lines file to write; - is standard output.")
@TEMPLATE
@LOSS
@CONTROL
@reading_options
@run_options
def render(
    sources: tuple[str, ...],
    out: str,
    template: str,
    loss: str,
    on_control_token: str | None,
    reading: dict[str, Any],
    workers: int | None,
    *,
    strict: bool,
    as_json: bool,
) -> int:
    """Render training text with the spans that carry loss, as one model family wants it."""
    from instrkit import api
    from instrkit.progress import progress

    variables: dict[str, Any] = {} if on_control_token is None else {"on_control_token": on_control_token}
    with progress() as watch:
        report = api.render_files(
            sources,
            out,
            template,
            loss=loss,
            strict=strict,
            workers=workers,
            progress=watch,
            **reading,
            **variables,
        )
    return finish(report, as_json=as_json, strict=strict, quiet=out == "-")
