"""How long the samples of a file are in tokens."""

from __future__ import annotations

from typing import Any

import numpy as np

from instrkit.ops import Batch
from instrkit.ops.token_length import TokenLength, check_tokenizer
from instrkit.tokens import count_tokens, opened_tokenizer

__all__ = ["TokenLengths", "tokens_text"]

BOUNDS = (1024, 2048, 4096, 8192)
"""Lengths that rows of training data are cut to."""

_QUANTILES = {"min": 0, "median": 50, "p95": 95, "p99": 99, "max": 100}


class TokenLengths:
    """
    Counts the tokens of samples, batch by batch; 4 bytes are held per sample.

    Raises:
        UsageError: The tokenizer or the template cannot be opened, or they do not go together.
    """

    def __init__(self, tokenizer: str, template: str | None) -> None:
        check_tokenizer(tokenizer, template)
        self._tokenizer = opened_tokenizer(tokenizer)
        self._op = None if template is None else TokenLength(tokenizer=tokenizer, template=template)
        self._lengths: list[np.ndarray[Any, Any]] = []
        self._unwritten = 0

    def add(self, batch: Batch) -> None:
        """Count one batch: what the template writes, or without one the text of all messages."""
        if self._op is not None:
            lengths = self._op.measure(batch).astype(np.float64, copy=False)
            written = lengths[~np.isnan(lengths)]
            self._unwritten += len(lengths) - len(written)
        else:
            texts = batch.text("messages")
            counts = count_tokens(texts.strings, self._tokenizer).astype(np.float64)
            written = np.nan_to_num(texts.per_sample(counts, "sum"))  # a sample without any text has no token
        self._lengths.append(written.astype(np.int32))

    def summary(self) -> dict[str, Any]:
        """
        Return what was counted.

        Returns:
            `samples` counted and `unwritten` ones that the template refused; `total` tokens; `min`, `median`, `mean`,
            `p95`, `p99` and `max` of a sample; `over`: bound (as a word, for JSON) → share of the samples that are
            longer, 0.0 to 1.0. Without a sample `samples`, `unwritten` and `total` alone.
        """
        lengths = np.concatenate(self._lengths) if self._lengths else np.empty(0, dtype=np.int32)
        counted: dict[str, Any] = {"samples": len(lengths), "unwritten": self._unwritten}
        counted["total"] = int(lengths.sum(dtype=np.int64))
        if len(lengths):
            values = np.percentile(lengths, [*_QUANTILES.values()], method="nearest")
            counted |= dict(zip(_QUANTILES, map(int, values), strict=True))
            counted["mean"] = round(counted["total"] / len(lengths), 1)
            counted["over"] = {str(bound): float((lengths > bound).mean()) for bound in BOUNDS}
        return counted


def tokens_text(counted: list[dict[str, Any]]) -> list[str]:
    """Return the lines for a person about what was counted in some files, which are added up."""
    found = [one for one in counted if one.get("samples")]
    unwritten = sum(one.get("unwritten", 0) for one in counted)
    refused = [f"  unwritten  {unwritten:,} samples that the template refuses"] if unwritten else []
    if not found:
        return refused
    samples, total = sum(one["samples"] for one in found), sum(one["total"] for one in found)
    low, high = min(one["min"] for one in found), max(one["max"] for one in found)
    # The quantiles of several files do not follow from those of each.
    names = ("median", "p95", "p99") if len(found) == 1 else ()
    quantiles = "".join(f", {name} {found[0][name]:,}" for name in names)
    over = []
    for bound in BOUNDS:
        longer = sum(one["over"][str(bound)] * one["samples"] for one in found) / samples
        over.append(f"{bound:,} {longer:.2%}")
    return [
        f"  tokens     {low:,} to {high:,} a sample{quantiles}, mean {total / samples:,.1f}; {total:,} in all",
        f"  longer     than {', '.join(over)}",
        *refused,
    ]
