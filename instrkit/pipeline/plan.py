"""Recipe → job: open every source, detect its format, put the steps at their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from instrkit import io
from instrkit.errors import DetectionError, ReadError
from instrkit.formats import Format
from instrkit.formats.convert import get_format
from instrkit.formats.detect import RECORDS, detect
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
    writer = Writer("dump", format=get_format(recipe.output.format))
    split = tuple(sorted(recipe.output.split.items()))
    files = open_sources(recipe.sources, target=recipe.output.dir)
    return Job(files, steps, writer, split=split, seed=recipe.output.seed)


def open_sources(sources: Iterable[Source], *, target: str | None = None) -> tuple[FileSpec, ...]:
    """
    Find the files of all sources and how each is read.

    Args:
        sources: Where to look.
        target: Where the output will go; files there that a folder or glob of the sources takes in are left out, so
            that a second run does not read the first one's output.
    """
    return tuple(spec for name, source in _named(list(sources)) for spec in _files(name, source, target))


def _files(name: str, source: Source, target: str | None) -> list[FileSpec]:
    """The files of one source; one without records takes the format of its neighbours, as nothing will be read."""
    found = [file for file in io.discover([source.path]) if file.path == source.path or not _within(file.path, target)]
    stated = get_format(source.format, **source.settings) if source.format else None
    formats = [stated or detect_file(file.path) for file in found]
    fallback = next((form for form in formats if form is not None), None) or get_format("instrkit")
    labels = [name] if len(found) == 1 else [f"{name}/{_below(file.path, source.path)}" for file in found]
    return [
        FileSpec(file.path, name, label, form or fallback)
        for file, label, form in zip(found, labels, formats, strict=True)
    ]


def detect_file(path: str) -> Format | None:
    """
    Detect the format of one file by its first records; None where it holds no record that can be read.

    Raises:
        DetectionError: Unknown or ambiguous; names the file, the candidates and the keys seen.
    """
    try:
        records: list[dict[str, Any]] = [
            item.record for item in islice(io.read_file(path), RECORDS) if isinstance(item, io.Read)
        ]
    except ReadError:
        return None
    if not records:
        return None
    try:
        return get_format(detect(records).format)
    except DetectionError as error:
        raise DetectionError(f"{path}: {error}") from None


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


def _within(path: str, target: str | None) -> bool:
    """Whether *path* is the output file or folder, its rejected records, or lies in it."""
    if target is None or target == "-":
        return False
    place, out = Path(path).resolve(), Path(target).resolve()
    return place.is_relative_to(out) or place == out.with_name(f"{out.name}.rejected.jsonl")
