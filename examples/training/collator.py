"""What a trainer does with rows of token columns before the model sees them: TRL's collator in numpy, without torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

IGNORED = -100

FILL = {"labels": IGNORED, "attention_mask": 0, "position_ids": 0}
"""What pads a column; input_ids are padded with the tokenizer's own padding token."""


def collate(rows: Sequence[Mapping[str, Any]], pad_id: int) -> dict[str, np.ndarray]:
    """
    Return a batch: each column padded on the right to the longest row, shape (rows, longest).

    Packed rows (those with `seq_lengths`) also get `cu_seq_lens`, where each sequence starts in the batch laid end to
    end without padding: what FlashAttention's variable-length kernels tell sequences apart by.
    """
    longest = max(len(row["input_ids"]) for row in rows)
    batch = {}
    for name in ("input_ids", *FILL):
        if name in rows[0]:
            columns = np.full((len(rows), longest), FILL.get(name, pad_id), dtype=np.int64)
            for at, row in enumerate(rows):
                columns[at, : len(row[name])] = row[name]
            batch[name] = columns
    if "seq_lengths" in rows[0]:
        batch["cu_seq_lens"] = np.cumsum([0, *(length for row in rows for length in row["seq_lengths"])])
    return batch


def check(batch: Mapping[str, np.ndarray]) -> None:
    """See that no padding carries loss, and that each label is the token that stands there."""
    inputs, labels, mask = batch["input_ids"], batch["labels"], batch["attention_mask"]
    assert inputs.shape == labels.shape == mask.shape
    assert (labels[mask == 0] == IGNORED).all()
    trained = labels != IGNORED
    assert trained.any(axis=1).all()
    assert (labels[trained] == inputs[trained]).all()
    if "cu_seq_lens" in batch:
        starts = np.flatnonzero(batch["position_ids"][mask == 1] == 0)
        assert starts.tolist() == batch["cu_seq_lens"][:-1].tolist()
        assert (labels[mask == 1][starts] == IGNORED).all()  # nothing is predicted across the border
