"""Jobs over whole files: convert, clean, run a recipe, inspect; rendering has a file of its own."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from instrkit import io
from instrkit.api.samples import Columns, Paths, sources_of
from instrkit.engines import choose_engine
from instrkit.errors import UsageError
from instrkit.formats import Format
from instrkit.formats.convert import get_format
from instrkit.ops import OPS
from instrkit.pipeline.job import Job, Step, Writer
from instrkit.pipeline.outputs import Progress, run_to_file, run_to_folder
from instrkit.pipeline.plan import job_from_recipe, open_sources
from instrkit.pipeline.tasks import Engine
from instrkit.recipe import Recipe, Source, load_recipe, render_yaml
from instrkit.report import Report

if TYPE_CHECKING:
    from instrkit.survey import Survey

__all__ = ["clean", "convert", "engine_for", "inspect", "run", "write_file"]


def convert(
    paths: Paths,
    out: str | os.PathLike[str],
    to: str | Format,
    *,
    format: str | Format | None = None,
    columns: Columns = None,
    header: bool | None = None,
    fold: bool = False,
    strict: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """
    Convert files of any format into one file of another.

    Args:
        paths: Files, folders or globs.
        out: The file to write; `.json` makes a JSON array, `.gz`, `.zst`, `.bz2`, `.xz` compress, `-` is stdout.
        to: The format to write.
        format: The format to read; None detects each file's.
        columns: Which column holds which field, where columns have other names; see `read`.
        header: Whether the first row of CSV and TSV files names the columns; None looks.
        fold: Fold rows of a growing history into one conversation per dialogue; rows that are part of a longer one
            count as dropped.
        strict: Stop at the first thing the target cannot hold.
        workers: Processes; None takes one per core.
        progress: Who hears how it goes on.

    Returns:
        The report: what was read and written, what the target could not hold, what was rejected.
    """
    writer = Writer(format=get_format(to), strict=strict)
    steps = (Step(1, OPS.get("fold")()),) if fold else ()
    return write_file(sources_of(paths, format, columns, header), os.fspath(out), writer, steps, workers, progress)


def write_file(
    sources: tuple[Source, ...],
    out: str,
    writer: Writer,
    steps: tuple[Step, ...],
    workers: int | None,
    progress: Progress | None,
) -> Report:
    """Write every sample by *writer* into one file: a JSON array where its name says so, JSON Lines elsewhere."""
    array = io.names_array(out)
    framed = writer.format is not None and writer.format.holds is not None
    writer = replace(writer, separator=b",\n" if array and not framed else b"\n")
    files = open_sources(sources, target=out)
    if out != "-" and any(os.path.realpath(spec.path) == os.path.realpath(out) for spec in files):
        raise UsageError(f"{out}: is a source: it would be replaced by what was made of it; name another output")
    job = Job(files, steps, writer, ledger=False)
    with closing(engine_for(job, workers)) as engine:
        return run_to_file(job, engine, out, progress, array=array)


def clean(
    paths: Paths,
    out: str | os.PathLike[str],
    recipe: str | os.PathLike[str] | Recipe = "sft",
    *,
    format: str | Format | None = None,
    columns: Columns = None,
    header: bool | None = None,
    to: str | Format | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """
    Clean files by a recipe into a folder.

    Args:
        paths: Files, folders or globs; they replace the recipe's sources.
        out: The folder to write; replaced as a whole.
        recipe: A bundled recipe's name, a file, or a `Recipe`.
        format: The format to read; None detects each file's.
        columns: Which column holds which field, where columns have other names; see `read`.
        header: Whether the first row of CSV and TSV files names the columns; None looks.
        to: The format to write; None takes the recipe's, which is `openai` where it does not say.
        workers: Processes; None takes one per core. The result does not depend on it.
        progress: Who hears how it goes on.

    Returns:
        The report.
    """
    loaded = recipe if isinstance(recipe, Recipe) else load_recipe(os.fspath(recipe))
    output = replace(loaded.output, dir=os.fspath(out))
    if to is not None:
        (target,) = sources_of("-", to)  # a format as a recipe says it: its name, settings and columns
        output = replace(output, format=target.format or "", settings=target.settings, columns=target.columns)
    loaded = replace(loaded, sources=sources_of(paths, format, columns, header), output=output)
    return run(loaded, workers=workers, progress=progress)


def run(
    recipe: str | os.PathLike[str] | Recipe, *, workers: int | None = None, progress: Progress | None = None
) -> Report:
    """
    Run a recipe.

    Raises:
        RecipeError: The recipe has mistakes; all of them at once.
        UsageError: It names no sources.
    """
    loaded = recipe if isinstance(recipe, Recipe) else load_recipe(os.fspath(recipe))
    if not loaded.sources:
        name = "recipe" if isinstance(recipe, Recipe) else os.fspath(recipe)
        raise UsageError(f"{name}: no sources: list some under 'sources:', or use clean with paths")
    job = job_from_recipe(loaded)
    with closing(engine_for(job, workers)) as engine:
        return run_to_folder(job, engine, Path(loaded.output.dir), render_yaml(loaded), progress)


def inspect(
    paths: Paths,
    *,
    format: str | Format | None = None,
    columns: Columns = None,
    header: bool | None = None,
    tokenizer: str | os.PathLike[str] | None = None,
    template: str | None = None,
) -> list[Survey]:
    """
    Look at files without changing anything: formats, counts, lengths, languages, findings; one `Survey` each.

    Args:
        paths: Files, folders or globs.
        format: The format to read; None detects each file's.
        columns: Which column holds which field, where columns have other names; see `read`.
        header: Whether the first row of CSV and TSV files names the columns; None looks.
        tokenizer: A tokenizer's file or folder: lengths are counted in tokens too, of the text of all messages.
        template: With a tokenizer: lengths are those of the samples as this template writes them.

    Raises:
        UsageError: The tokenizer or the template cannot be opened, or they do not go together.
    """
    from instrkit.survey import survey

    if tokenizer is None and template is not None:
        raise UsageError(f"inspect: template {template!r} without a tokenizer: expected one to count tokens with")
    files = open_sources(sources_of(paths, format, columns, header))
    if tokenizer is None:
        return [survey(spec) for spec in files]
    from instrkit.survey_tokens import TokenLengths

    return [survey(spec, TokenLengths(os.fspath(tokenizer), template)) for spec in files]


def engine_for(job: Job, workers: int | None) -> Engine:
    """
    Return what runs *job* in *workers* processes.

    Worker processes cannot import what a script or notebook defines itself, so its own ops and formats run in this one.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers: {workers}: expected 1 or more, or None for one per core")
    parts = [*(step.op for step in job.steps), *(spec.format for spec in job.files), job.writer.format]
    own = sorted({type(part).__name__ for part in parts if type(part).__module__ == "__main__"})
    if own and workers is not None and workers > 1:
        raise UsageError(
            f"workers: {workers}: {', '.join(own)} stands in the script or notebook itself, where worker processes "
            "cannot import it: move it to a module of its own, or use workers=1"
        )
    return choose_engine(1 if own else workers, tables=job.ledger)
