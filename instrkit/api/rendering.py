"""Rendering whole files for training: text, pairs, tokens, or messages with the chat template that renders them."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal

from instrkit import io
from instrkit.api.jobs import convert, engine_for, write_file
from instrkit.api.samples import Columns, Paths, read, sources_of
from instrkit.errors import TemplateError, UsageError
from instrkit.formats import Format
from instrkit.pipeline.dataset import run_to_dataset
from instrkit.pipeline.job import Job, Rendering, Shape, Tokens, Writer
from instrkit.pipeline.plan import open_sources
from instrkit.pipeline.render_sinks import COMMON
from instrkit.pipeline.watching import Progress
from instrkit.report import Report
from instrkit.sample import Message, Sample
from instrkit.show import Shown, show
from instrkit.templates import LossPolicy, Template, job_variables, open_template, render

__all__ = ["render_files", "show_files"]


def render_files(
    paths: Paths,
    out: str | os.PathLike[str],
    template: str,
    *,
    shape: Shape | Literal["messages"] | None = None,
    tokens: Tokens | None = None,
    loss: str = "reference",
    format: str | Format | None = None,
    columns: Columns = None,
    header: bool | None = None,
    strict: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    **variables: Any,
) -> Report:
    """
    Render files for training.

    Args:
        paths: Files, folders or globs.
        out: The file to write, as in `convert`. Tokens go to `.parquet`, `.arrow` or JSON Lines, or into a folder for
            `datasets.load_from_disk` where the name has no ending.
        template: A template's name, or the path of a tokenizer's chat template.
        shape: What is written: `text` with its loss spans, `pairs` of prompt and completion, `tokens`, or `messages`
            for trainers that render themselves, with the chat template to render with beside them
            (`OUT.chat_template.jinja`). None writes tokens where *tokens* are given, and text elsewhere.
        tokens: For tokens: which tokenizer, and how.
        loss: What carries loss, as in `render`.
        format: The format to read; None detects each file's.
        columns: Which column holds which field, where columns have other names; see `read`.
        header: Whether the first row of CSV and TSV files names the columns; None looks.
        strict: Stop at the first thing that the template would drop or alter.
        workers: Processes; None takes one per core.
        progress: Who hears how it goes on.
        **variables: `on_control_token`, and the template's own variables. Where a template has the variable `layout` it
            is `training` by default, so that nothing of a sample is dropped (see `dropped` in the rows).

    Raises:
        UsageError: An unknown template, policy or variable, a tokenizer that cannot be opened, or tokens without one.
    """
    name = os.fspath(out)
    if shape == "messages":
        reading: dict[str, Any] = {"format": format, "columns": columns, "header": header}
        return _render_messages(paths, name, open_template(template, variables), reading, strict, workers, progress)
    shape = shape or ("text" if tokens is None else "tokens")
    options = {"loss": loss, **job_variables(template, variables)}
    _check_rendering(template, options)
    if (shape == "tokens") != (tokens is not None):
        problem = "expected a tokenizer too (--tokenizer PATH)" if tokens is None else "takes none: leave it out"
        raise UsageError(f"render as {shape}: {problem}: tokens want one, and nothing else does")
    if tokens is not None:
        from instrkit.pipeline.token_sink import check_tokens  # brings the tokenizers' libraries

        own = {variable: value for variable, value in options.items() if variable not in COMMON}
        check_tokens(tokens, open_template(template, own))
    elif name.endswith("/"):
        raise UsageError(f"{name}: is a folder's name: expected a file; only tokens are written as a folder")
    folder = tokens is not None and name != "-" and not Path(name).suffix
    arrow = tokens is not None and (folder or io.names_table(name) in {"parquet", "arrow"})
    rendering = Rendering(template, tuple(sorted(options.items())), shape, tokens, arrow)
    sources = sources_of(paths, format, columns, header)
    writer = Writer(rendering=rendering, strict=strict)
    if not folder:
        return write_file(sources, name, writer, (), workers, progress)
    job = Job(open_sources(sources, target=name), (), writer, ledger=False)
    with closing(engine_for(job, workers)) as engine:
        return run_to_dataset(job, engine, name, progress)


def _check_rendering(template: str, options: dict[str, Any]) -> None:
    """Find an unknown template, policy or variable before any file is opened."""
    with suppress(TemplateError):  # a template that wants more than these two turns: its name and options are right
        render(Sample((Message("user", "?"), Message("assistant", "!"))), template, **options)


def show_files(
    paths: Paths,
    template: str,
    *,
    count: int = 3,
    loss: LossPolicy = "reference",
    format: str | Format | None = None,
    columns: Columns = None,
    header: bool | None = None,
    **variables: Any,
) -> list[Shown]:
    """
    Return the first samples of files as they are rendered, to look at.

    Args:
        paths: Files, folders or globs.
        template: A template's name, or the path of a tokenizer's chat template.
        count: How many samples.
        loss: What carries loss, as in `render`.
        format: The format to read; None detects each file's.
        columns: Which column holds which field, where columns have other names; see `read`.
        header: Whether the first row of CSV and TSV files names the columns; None looks.
        **variables: `on_control_token`, and the template's own variables.

    Raises:
        UsageError: An unknown template, policy or variable, or none of the samples can be written.
    """
    variables = job_variables(template, variables)
    _check_rendering(template, {"loss": loss, **variables})
    found: list[Shown] = []
    refused: TemplateError | None = None
    for sample in read(paths, format=format, columns=columns, header=header):
        try:
            found.append(show(sample, render(sample, template, loss=loss, **variables)))
        except TemplateError as error:
            refused = error
        if len(found) == count:
            break
    if refused is not None and not found:
        raise UsageError(f"{template}: no sample can be written: {refused}")
    return found


def _render_messages(
    paths: Paths,
    name: str,
    template: Template,
    reading: dict[str, Any],
    strict: bool,
    workers: int | None,
    progress: Progress | None,
) -> Report:
    """Write TRL's messages, and beside them the template with marks around what carries loss."""
    from instrkit.templates.jinja import export_chat_template

    if name == "-":
        raise UsageError("render: messages on standard output: expected a file, as the template is written beside it")
    exported = export_chat_template(template)
    report = convert(paths, name, "trl", strict=strict, workers=workers, progress=progress, **reading)
    with io.write_atomically(Path(f"{name}.chat_template.jinja")) as file:
        file.write(exported.encode())
    return report
