"""How long texts are in tokens, for filters and statistics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from instrkit.tokens.base import Tokenizer

__all__ = ["IntArray", "count_tokens"]

IntArray = NDArray[np.int64]

_BATCH = 1024
"""Texts encoded in one call: the library's own results of so many are some megabytes."""


def count_tokens(texts: Sequence[str], tokenizer: Tokenizer) -> IntArray:
    """
    Return how many tokens each of *texts* has as plain text, without template and control tokens.

    Args:
        texts: The texts.
        tokenizer: What counts them.

    Returns:
        One count per text; shape (len(texts),).
    """
    counts = np.empty(len(texts), dtype=np.int64)
    for start in range(0, len(texts), _BATCH):
        part = texts[start : start + _BATCH]
        counts[start : start + len(part)] = tokenizer.count_many(part)
    return counts
