"""Recognise a file's format by what its records hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from instrkit.errors import DetectionError
from instrkit.formats.base import FORMATS

__all__ = ["RECORDS", "Detection", "detect"]

RECORDS: Final = 200
"""How many records are looked at: enough to meet every optional key of the formats, read in a few milliseconds."""

ENOUGH: Final = 0.5
"""Confidence below which a format is not taken: fewer than half of the records would be read."""

RIVAL: Final = 0.5
"""Share of the best confidence from which a second format makes the file ambiguous."""


@dataclass(frozen=True, slots=True)
class Detection:
    """
    What a file's format was recognised as.

    Attributes:
        format: The format's name.
        confidence: Mean of what the format says about each record, 0.5 to 1.0.
        scores: The same for every format that fits any record, best first.
        keys: How many of the records have each top-level key, in the order they were met.
    """

    format: str
    confidence: float
    scores: dict[str, float]
    keys: dict[str, int]


def detect(records: Sequence[Any]) -> Detection:
    """
    Return the format of *records*, of which the first 200 are looked at.

    Formats are asked with their default settings: columns of other names cannot be recognised.

    Raises:
        DetectionError: No format fits well enough, or two fit about equally well; lists the candidates with their
            confidence and the keys seen.

    Examples:
        >>> detect([{"instruction": "Say hi.", "output": "Hi."}]).format
        'alpaca'
    """
    looked_at = records[:RECORDS]
    keys: Counter[str] = Counter()
    formats = [(name, cls()) for name, cls in FORMATS]
    sums: dict[str, float] = {name: 0.0 for name, _ in formats}
    for record in looked_at:
        if not isinstance(record, Mapping):
            continue  # counts against every format
        keys.update(record.keys())
        for name, candidate in formats:
            sums[name] += candidate.matches(record)
    ranked = sorted(((total / len(looked_at), name) for name, total in sums.items() if total), key=_best_first)
    scores = {name: round(score, 4) for score, name in ranked}
    if not ranked or ranked[0][0] < ENOUGH:
        raise DetectionError(_message("format unknown", scores, keys, len(looked_at)))
    if len(ranked) > 1 and ranked[1][0] >= RIVAL * ranked[0][0]:
        raise DetectionError(_message("format ambiguous", scores, keys, len(looked_at)))
    return Detection(ranked[0][1], ranked[0][0], scores, dict(keys))


def _best_first(scored: tuple[float, str]) -> tuple[float, str]:
    return -scored[0], scored[1]


def _message(problem: str, scores: Mapping[str, float], keys: Mapping[str, int], count: int) -> str:
    """One line: what is wrong, the candidates, the keys seen, what to do."""
    candidates = ", ".join(f"{name} {score:.2f}" for name, score in scores.items()) or "none"
    shown = [str(key)[:40] for key in list(keys)[:20]]
    seen = ", ".join(shown) + (", …" if len(keys) > len(shown) else "") if shown else "none"
    records = "1 record" if count == 1 else f"{count} records"
    known = ", ".join(FORMATS.names())
    return f"{problem}: candidates: {candidates}; keys seen in {records}: {seen}; say --format NAME ({known})"
