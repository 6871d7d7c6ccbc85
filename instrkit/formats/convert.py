"""One record between formats."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from instrkit.errors import UsageError, did_you_mean
from instrkit.formats.base import FORMATS, Dumped, Format, Record
from instrkit.formats.detect import detect
from instrkit.sample import Sample

__all__ = ["dump", "get_format", "parse"]


def get_format(format: str | Format, **settings: Any) -> Format:
    """
    Return a format, ready to read and write.

    Args:
        format: A name, or a format that is ready already.
        settings: The format's settings by name, such as `prompt="content"` for `chatglm`.

    Raises:
        UsageError: There is no such format or setting, or a setting has the wrong type.

    Examples:
        >>> get_format("chatglm", prompt="content", response="summary").response
        'summary'
    """
    if isinstance(format, Format):
        if settings:
            raise UsageError(f"format {format.name!r}: it has its settings already: give its name with settings")
        return format
    cls = FORMATS.get(format)
    known = {field.name: field.default for field in fields(cls)}  # type: ignore[arg-type]  # @register makes it one
    for name, value in settings.items():
        if not known:
            raise UsageError(f"format {format!r}: unknown setting {name!r}: this format has none")
        if name not in known:
            raise UsageError(f"format {format!r}: unknown setting {name!r}: {did_you_mean(name, known)}")
        if type(value) is not type(known[name]):
            wanted, found = type(known[name]).__name__, type(value).__name__
            raise UsageError(f"format {format!r}: setting {name!r}: expected {wanted}, found {found}")
    return cls(**settings)


def parse(record: Record, format: str | Format | None = None) -> Sample:
    """
    Read one record as a sample.

    Args:
        record: The raw JSON object.
        format: Its format; None recognises it by what the record holds.

    Raises:
        Misfit: The record is not of that format.
        DetectionError: The format cannot be recognised.
        UsageError: There is no such format.
    """
    return get_format(detect([record]).format if format is None else format).to_sample(record)


def dump(sample: Sample, format: str | Format) -> Dumped:
    """
    Write one sample in a format: its records, and what the format could not hold.

    Raises:
        UsageError: There is no such format.
    """
    return get_format(format).from_sample(sample)
