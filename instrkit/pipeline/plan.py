"""Recipe → job: open every source, detect its format, put the steps at their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from instrkit import io
from instrkit.errors import DetectionError, ReadError
from instrkit.formats import Format
from instrkit.formats.convert import get_format, mapped
from instrkit.formats.dataset_info import find
from instrkit.formats.detect import RECORDS, detected
from instrkit.formats.mapping import Mapped, numbered
from instrkit.pipeline.job import FileSpec, Job, Step, Writer
from instrkit.recipe import Recipe, Source

__all__ = ["detect_file", "job_from_recipe", "open_sources"]


def job_from_recipe(recipe: Recipe) -> Job:
    """
    Turn a validated recipe into a job.

    Raises:
        ReadError: A source does not exist, or none of its files can be read.
        DetectionError: A file's format is unknown or ambiguous.
    """
    steps = tuple(Step(position, op) for position, op in enumerate(recipe.steps, 1))
    output = recipe.output
    writer = Writer(format=mapped(get_format(output.format, **output.settings), output.columns))
    split = tuple(sorted(recipe.output.split.items()))
    files = open_sources(recipe.sources, target=recipe.output.dir)
    return Job(files, steps, writer, split=split, seed=recipe.output.seed)


def open_sources(sources: Iterable[Source], *, target: str | None = None) -> tuple[FileSpec, ...]:
    """
    Find the files of all sources and how each is read.

    Args:
        sources: Where to look.
        target: Where the output will go; files there that a folder or glob of the sources takes in are left out, so
            that a second run does not read the first one's output. Nor is a `dataset_info.json` there read: it names
            data sets and holds none.
    """
    resolved = [_resolved(source) for source in sources]
    return tuple(
        spec
        for (name, source), (_, stated) in zip(_named([source for source, _ in resolved]), resolved, strict=True)
        for spec in _files(name, source, target, stated)
    )


def _resolved(source: Source) -> tuple[Source, Format | None]:
    """
    A source and the format it says it is of, if any.

    `FOLDER/dataset_info.json#NAME` is an entry of LLaMA-Factory's catalogue: the file it names, with its columns and
    tags; a stated format goes before the entry's.
    """
    stated = _stated(source)
    catalogue, _, entry_name = source.path.rpartition("#")
    if not catalogue.endswith(".json") or not entry_name or Path(source.path).exists():
        return source, stated
    entry, folder = find(source.path)
    if entry.file is not None:
        path = str(folder / entry.file)
    elif entry.hub is not None:
        path = f"hub:{entry.hub}{f':{entry.subset}' if entry.subset else ''}@{entry.split}"
    else:
        raise ReadError(f"{source.path}: no file and no name on the Hugging Face hub: name the file itself")
    return replace(source, path=path, name=source.name or entry.name), stated or entry.format()


def _files(name: str, source: Source, target: str | None, stated: Format | None) -> list[FileSpec]:
    """The files of one source; one without records takes the format of its neighbours, as nothing will be read."""
    found = [file for file in io.discover([source.path]) if file.path == source.path or _wanted(file.path, target)]
    header = False if source.header is None and numbered(source.columns) else source.header
    if isinstance(stated, Mapped):
        for file in found:
            stated.check(_first_records(file.path, header))
    formats = [stated or detect_file(file.path, header) for file in found]
    fallback = next((form for form in formats if form is not None), None) or get_format("instrkit")
    labels = [name] if len(found) == 1 else [f"{name}/{_below(file.path, source.path)}" for file in found]
    return [
        FileSpec(file.path, name, label, form or fallback, header)
        for file, label, form in zip(found, labels, formats, strict=True)
    ]


def _stated(source: Source) -> Format | None:
    """The format a source says it is of, None where it says nothing; named columns are a format of their own."""
    if source.format is None and not source.columns:
        return None
    return mapped(get_format(source.format or "columns", **source.settings), source.columns)


def detect_file(path: str, header: bool | None = None) -> Format | None:
    """
    Detect the format of one file by its first records; None where it holds no record that can be read.

    Args:
        path: The file.
        header: Whether the first row of a CSV or TSV file names its columns; None looks.

    Raises:
        DetectionError: Unknown or ambiguous; names the file, the candidates and the keys seen.
    """
    records = _first_records(path, header)
    if not records:
        return None
    try:
        return detected(records)
    except DetectionError as error:
        if Path(path).name == "dataset_info.json":
            raise DetectionError(
                f"{path}: a catalogue of data sets, no data: say which of them, as {path}#NAME"
            ) from None
        raise DetectionError(f"{path}: {error}") from None


def _first_records(path: str, header: bool | None) -> list[dict[str, Any]]:
    """The first records of a file that can be read."""
    try:
        items = islice(io.read_file(path, header=header), RECORDS)
        return [item.record for item in items if isinstance(item, io.Read)]
    except ReadError:
        return []


def _named(sources: Sequence[Source]) -> list[tuple[str, Source]]:
    """Give every source a name of its own: the stated one, or the last part of its path without its endings."""
    named: list[tuple[str, Source]] = []
    taken: set[str] = set()
    for source in sources:
        name = stem = source.name or _stem(source.path)
        count = 1
        while name in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name)
        named.append((name, source))
    return named


def _stem(path: str) -> str:
    if path == "-":
        return "stdin"
    plain = [part for part in Path(path).parts if not set(part) & set("*?[")]
    name = plain[-1] if plain else "data"
    stem = name.split(".", 1)[0] or name
    return stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _below(path: str, source: str) -> str:
    """Return the part of a file's path below the fixed part of its source."""
    fixed = Path(*takewhile(lambda part: not set(part) & set("*?["), Path(source).parts))
    below = str(Path(path).relative_to(fixed) if Path(path).is_relative_to(fixed) else Path(path))
    return below.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _wanted(path: str, target: str | None) -> bool:
    """Whether a file that a folder or glob takes in is read: no output of this run, and no catalogue of data sets."""
    return not _within(path, target) and Path(path).name != "dataset_info.json"


def _within(path: str, target: str | None) -> bool:
    """Whether *path* is the output file or folder, its rejected records, or lies in it."""
    if target is None or target == "-":
        return False
    place, out = Path(path).resolve(), Path(target).resolve()
    return place.is_relative_to(out) or place == out.with_name(f"{out.name}.rejected.jsonl")
