"""The command that renders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import click

from instrkit.cli.group import DONE, cli
from instrkit.cli.options import CONTROL, LOSS, SOURCES, TEMPLATE, reading_options, run_options, variables_of
from instrkit.cli.printing import finish

if TYPE_CHECKING:
    from instrkit.pipeline.job import Shape, Tokens

SHAPES = ("text", "pairs", "tokens", "messages")  # the `Shape`s of a job, and what needs no rendering here


@cli.command()
@SOURCES
@click.option("-o", "--out", metavar="FILE", help="File to write (see --as); - is standard output.")
@TEMPLATE
@click.option(
    "--as",
    "shape",
    type=click.Choice(SHAPES),
    help="What to write: text with its loss spans (default), prompt/completion pairs, tokens (default with "
    "--tokenizer; .parquet, .arrow, .jsonl, or a folder for load_from_disk), messages with a chat template beside.",
)
@LOSS
@CONTROL
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the template (date=…).")
@click.option("--tokenizer", metavar="PATH", type=click.Path(), help="Tokenizer file or folder: write token ids.")
@click.option("--max-length", type=int, metavar="N", help="Most tokens of a row.")
@click.option(
    "--truncate",
    default="drop",
    show_default=True,
    metavar="HOW",
    help="What becomes of longer samples: drop, left or right (whole turns go), split.",
)
@click.option(
    "--pack", is_flag=True, help="Fill rows of --max-length tokens with several samples (best-fit decreasing)."
)
@click.option(
    "--missing",
    default="error",
    show_default=True,
    metavar="HOW",
    help="Control tokens the tokenizer lacks: error, text.",
)
@click.option("--show", "count", type=click.IntRange(min=1), metavar="N", help="Print the first N samples in colour.")
@click.option("--html", metavar="FILE", type=click.Path(), help="Write the samples shown (20) as a page to look at.")
@reading_options
@run_options
def render(
    sources: tuple[str, ...],
    out: str | None,
    template: str,
    shape: Shape | Literal["messages"] | None,
    loss: str,
    on_control_token: str | None,
    variables: tuple[str, ...],
    tokenizer: str | None,
    max_length: int | None,
    truncate: str,
    missing: str,
    count: int | None,
    html: str | None,
    reading: dict[str, Any],
    workers: int | None,
    *,
    pack: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Render training text with the spans that carry loss, or token ids, as one model family wants it."""
    from instrkit import api
    from instrkit.errors import UsageError
    from instrkit.progress import progress

    options = variables_of(variables)
    if on_control_token is not None:
        options["on_control_token"] = on_control_token
    if count is not None or html is not None:
        _look(sources, template, count, html, {"loss": loss, **reading, **options})
        if out is None:
            return DONE
    if out is None:
        raise UsageError("render: nowhere to write: expected -o FILE, or --show N to look")
    tokens = _tokens(tokenizer, max_length=max_length, truncate=truncate, pack=pack, missing=missing)
    with progress() as watch:
        report = api.render_files(
            sources,
            out,
            template,
            shape=shape,
            tokens=tokens,
            loss=loss,
            strict=strict,
            workers=workers,
            progress=watch,
            **reading,
            **options,
        )
    return finish(report, as_json=as_json, strict=strict, quiet=out == "-")


def _tokens(tokenizer: str | None, *, max_length: int | None, truncate: str, pack: bool, missing: str) -> Tokens | None:
    """
    How samples become tokens; None without a tokenizer.

    Raises:
        UsageError: There is no tokenizer, but a length or packing.
    """
    from instrkit.errors import UsageError
    from instrkit.pipeline.job import Tokens

    if tokenizer is not None:
        return Tokens(tokenizer, max_length, truncate, pack, missing)
    if max_length is not None or pack:
        raise UsageError("render: --max-length and --pack count tokens: expected --tokenizer PATH too")
    return None


SHOWN_ON_A_PAGE = 20


def _look(
    sources: tuple[str, ...], template: str, count: int | None, html: str | None, options: dict[str, Any]
) -> None:
    """Print samples in colour, or write them as a page."""
    from pathlib import Path

    from instrkit import io
    from instrkit.api.rendering import show_files
    from instrkit.show import draw, page

    shown = show_files(sources, template, count=count or SHOWN_ON_A_PAGE, **options)
    if html is not None:
        with io.write_atomically(Path(html)) as file:
            file.write(page(shown, f"{template} · {', '.join(sources)}").encode())
        click.echo(f"{len(shown)} samples: {html}", err=True)
    else:
        from rich.console import Console

        Console(highlight=False).print(draw(shown))
