"""Exact similarity of texts, and a pool that refuses talks too similar to those it already holds."""

from __future__ import annotations

from collections.abc import Iterable

from datagen.talk import Talk

__all__ = ["distinct", "jaccard", "shingles"]


def shingles(text: str, n: int = 5) -> frozenset[str]:
    """Return the character n-grams of *text*, lower-cased, blanks collapsed; the text itself where it is shorter."""
    text = " ".join(text.lower().split())
    return frozenset(text[k : k + n] for k in range(max(1, len(text) - n + 1)))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the share of common n-grams, 0.0 to 1.0."""
    common = len(a & b)
    return common / (len(a) + len(b) - common)


def distinct(talks: Iterable[Talk], limit: float) -> list[Talk]:
    """Return *talks* in order without those whose similarity to an earlier one reaches *limit*."""
    held: list[tuple[frozenset[str], Talk]] = []
    for talk in talks:
        own = shingles(talk.text)
        near = (other for other, _ in held if limit <= len(own) / len(other) <= 1 / limit)
        if all(jaccard(own, other) < limit for other in near):
            held.append((own, talk))
    return [talk for _, talk in held]
