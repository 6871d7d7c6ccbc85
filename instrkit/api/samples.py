"""Samples one by one: read and written, parsed and dumped, rendered, and as Hugging Face data sets."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from instrkit import io
from instrkit.errors import LossError, Misfit, RejectWarning, UsageError
from instrkit.formats import Format, Loss
from instrkit.formats.convert import dump as dump_losses
from instrkit.formats.convert import format_of, get_format
from instrkit.formats.convert import parse as parse_record
from instrkit.formats.envelope import Joiner, read_all
from instrkit.formats.mapping import Mapped, parse_map
from instrkit.formats.shared.losses import refused
from instrkit.pipeline.job import FileSpec
from instrkit.pipeline.plan import open_sources
from instrkit.recipe import Source
from instrkit.sample import Origin, Sample
from instrkit.templates import LossPolicy, Rendered, Template
from instrkit.templates import render as render_sample

if TYPE_CHECKING:
    import datasets

__all__ = [
    "Columns",
    "Paths",
    "dump",
    "from_dataset",
    "parse",
    "parse_all",
    "read",
    "render",
    "sources_of",
    "to_dataset",
    "write",
]

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""One path or several: files, folders, globs, `-` for standard input."""


Columns = str | Mapping[str, str] | None
"""Which column of a file holds which field, as `prompt=question, response=answer` or as a mapping."""


def sources_of(
    paths: Paths, format: str | Format | None, columns: Columns = None, header: bool | None = None
) -> tuple[Source, ...]:
    """
    Return one source per path, each of *format* with *columns*.

    Raises:
        UsageError: There is no path, or the columns cannot be read.
    """
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not listed:
        raise UsageError("no paths: expected at least one file, folder or glob")
    named = parse_map(columns) if isinstance(columns, str) else dict(columns or {})
    if isinstance(format, Mapped):
        named |= format.columns
        format = format.base
    name, settings = (format.name, dict(vars(format))) if isinstance(format, Format) else (format, {})
    return tuple(
        Source(path=os.fspath(path), format=name, settings=settings, columns=named, header=header) for path in listed
    )


def read(
    paths: Paths, format: str | Format | None = None, *, columns: Columns = None, header: bool | None = None
) -> Iterator[Sample]:
    """
    Read samples, one at a time, from files, folders or globs.

    Paths and formats are checked at once; samples are read as they are asked for, and no file is held in memory.

    Args:
        paths: One path or several; a folder is read recursively, `-` is standard input.
        format: The format of all of them; None detects each file's by content.
        columns: Which column holds which field of the format, for files whose columns have other names; without a
            format, of the format `columns`: `prompt=question, response=answer`.
        header: Whether the first row of CSV and TSV files names the columns; None looks. Without one they are numbered
            from 1: `prompt=1, response=2`.

    Returns:
        An iterator over the samples, each with its origin.

    Raises:
        ReadError: A path does not exist.
        DetectionError: A file's format is unknown or ambiguous.
        UsageError: There is no such format, or no path.

    Warns:
        RejectWarning: Records that could not be read or were mended, once per file when it is through, with the
            place and cause of the first.
    """
    specs = open_sources(sources_of(paths, format, columns, header))
    return (sample for spec in specs for sample in _read_file(spec))


def _read_file(spec: FileSpec) -> Iterator[Sample]:
    first, count = "", 0
    for item in io.read_file(spec.path, header=spec.header):
        trouble = ""
        if not isinstance(item, io.Read):
            trouble = _trouble(spec.path, item)
        else:
            origin = Origin(spec.source, spec.path, item.index)
            if item.repairs:
                trouble = f"{spec.path}:{item.index}: {', '.join(item.repairs)}"
            for sample in read_all(spec.format, item.record):
                if isinstance(sample, Misfit):
                    trouble = f"{spec.path}:{item.index}: not read: {sample}"
                else:
                    yield replace(sample, origin=origin)
        if trouble:
            first, count = first or trouble, count + 1
    if count:
        more = f" (and {count - 1:,} more)" if count > 1 else ""
        warnings.warn(first + more, RejectWarning, stacklevel=3)


def _trouble(path: str, item: io.Reject | io.Finding) -> str:
    place = path if item.line is None else f"{path}:{item.line}"
    return f"{place}: not read: {item.cause}" if isinstance(item, io.Reject) else f"{place}: {item.cause}"


def write(
    samples: Iterable[Sample], path: str | os.PathLike[str], format: str | Format, *, strict: bool = False
) -> Counter[str]:
    """
    Write samples to a file: JSON Lines, or a JSON array where the name ends in `.json`.

    Args:
        samples: What to write; taken one at a time.
        path: The file, compressed by its ending; it appears when all is written. Missing folders are made.
        format: The format's name.
        strict: Raise instead of counting when the format cannot hold something.

    Returns:
        What the format could not hold: kind → how often.

    Raises:
        LossError: Something would be lost, under *strict*.
    """
    target = get_format(format)
    losses: Counter[str] = Counter()
    if os.fspath(path) != "-":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    records = _records(samples, target, losses, strict=strict)
    kind: Literal["jsonl"] | None = None
    if target.holds is not None:
        first = list(islice(records, 2))
        records = chain(first, records)
        if len(first) == 1 and io.names_array(os.fspath(path)):
            kind = "jsonl"  # an envelope alone is the whole file
    with io.open_writer(os.fspath(path), kind=kind, strict=strict) as writer:
        for record in records:
            writer.write(record)
    return losses + writer.losses


def _records(
    samples: Iterable[Sample], target: Format, losses: Counter[str], *, strict: bool
) -> Iterator[dict[str, Any]]:
    """The records of *samples*, those joined that differ in their items alone; what is lost is added to *losses*."""
    joiner = Joiner(target.holds) if target.holds is not None else None
    for sample in samples:
        records, lost = target.from_sample(sample)
        if lost and strict:
            raise _lost(sample, target, lost[0])
        losses.update(loss.kind for loss in lost)
        for record in records:
            if joiner is None:
                yield record
            elif (done := joiner.add(record)) is not None:
                yield done
    if joiner is not None and (done := joiner.close()) is not None:
        yield done


def parse(record: Mapping[str, Any], format: str | Format | None = None) -> Sample:
    """
    Read one record.

    Args:
        record: A record as `json.loads` gives it.
        format: The format's name; None detects it.

    Raises:
        Misfit: The record is not of the format; names the JSON path of the first misfit.
        DetectionError: No format was given and none is certain.
        UsageError: There is no such format, or *record* is no mapping.
    """
    if not isinstance(record, Mapping):
        kind = type(record).__name__
        raise UsageError(f"parse: found {kind}: expected one record as a mapping, as json.loads gives it")
    return parse_record(dict(record), format)


def parse_all(record: Mapping[str, Any], format: str | Format | None = None) -> list[Sample]:
    """
    Read one record that may hold several samples, such as self-instruct's `instances`.

    Args:
        record: A record as `json.loads` gives it.
        format: The format's name; None detects it.

    Raises:
        Misfit: The record, or one of its items, is not of the format.
        DetectionError: No format was given and none is certain.
    """
    plain = dict(record)
    found = list(read_all(format_of(plain, format), plain))
    for sample in found:
        if isinstance(sample, Misfit):
            raise sample
    return [sample for sample in found if isinstance(sample, Sample)]


def dump(sample: Sample, format: str | Format, *, strict: bool = False) -> Any:
    """
    Write one sample as a record.

    Args:
        sample: The sample.
        format: The format's name.
        strict: Raise when the format cannot hold something; `instrkit.formats.convert.dump` returns what is lost.

    Returns:
        The record; a list of records where the format needs several for one sample.

    Raises:
        LossError: Something would be lost, under *strict*.
    """
    records, lost = dump_losses(sample, format)
    if lost and strict:
        raise _lost(sample, get_format(format), lost[0])
    return records[0] if len(records) == 1 else list(records)


def _lost(sample: Sample, target: Format, loss: Loss) -> LossError:
    name = sample.id or (f"{sample.origin.path}:{sample.origin.index}" if sample.origin else "sample")
    return LossError(f"{name}: {refused(target.name, loss)}")


def render(
    sample: Sample,
    template: str | Template,
    *,
    loss: LossPolicy = "reference",
    add_generation_prompt: bool = False,
    **variables: Any,
) -> Rendered:
    """
    Write a sample as a model family wants it, with the text that carries loss.

    Args:
        sample: The sample.
        template: The template's name, the path of a tokenizer's chat template, or a template that was opened.
        loss: `reference` is what the model's own trainer does; `assistant`, `last` and `all` are the other policies.
        add_generation_prompt: Whether to end with what precedes an answer.
        **variables: The template's own variables, and `on_control_token`.

    Raises:
        UsageError: No such template, policy or variable.
        TemplateError: The template cannot write this sample.
    """
    return render_sample(sample, template, loss=loss, add_generation_prompt=add_generation_prompt, **variables)


def to_dataset(samples: Iterable[Sample]) -> datasets.Dataset:
    """Return samples as a Hugging Face `Dataset`; see `instrkit.hub` for its columns."""
    from instrkit.hub import to_dataset as make

    return make(samples)


def from_dataset(dataset: Iterable[Mapping[str, Any]], format: str | Format | None = None) -> Iterator[Sample]:
    """
    Read the samples of a Hugging Face data set, streaming or not, one at a time.

    Args:
        dataset: What `to_dataset` made, or any data set whose columns are a format's keys; one split of it.
        format: The format of its rows; None detects it by the first rows.

    Raises:
        DetectionError: The format is unknown or ambiguous.
        UsageError: A mapping of splits was given, or there is no such format.

    Warns:
        RejectWarning: Rows that could not be read, once, with the number and cause of the first.
    """
    from instrkit.hub import from_dataset as make

    return make(dataset, format)
