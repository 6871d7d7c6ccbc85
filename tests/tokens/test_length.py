"""Lengths are counted as the encoder counts, in any number of batches."""

from __future__ import annotations

import pytest

from instrkit.tokens import count_tokens
from tests.tokens.small import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_counts_are_those_of_the_encoder(small, kind: str) -> None:
    texts = ["", "Hello", "你好 <sep></s>"] * 500
    counts = count_tokens(texts, small[kind])
    assert counts.dtype == "int64"
    assert counts.tolist() == [len(small[kind].encode(text)) for text in texts[:3]] * 500
    assert count_tokens([], small[kind]).tolist() == []
