"""Tokenizers of the `tokenizers` library: tokenizer.json, and vocab.json with merges.txt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unicodedata import is_normalized

from instrkit.tokens.base import Aligned, Cut, Offsets, Parts, Tokenizer, cuts_in
from instrkit.tokens.byte_level import byte_cuts, byte_offsets
from instrkit.tokens.hugging_face_plan import Plan

__all__ = ["HuggingFaceTokenizer"]


class HuggingFaceTokenizer(Tokenizer):
    """
    A tokenizer of the `tokenizers` library, without its added tokens: text goes through the model alone.

    Where the vocabulary is byte-level and nothing normalises, tokens are the text's bytes end to end: alignment is
    counted out from their sizes, and the library is spared its offsets (a quarter of its time).
    """

    def __init__(self, parts: Parts, plan: Plan) -> None:
        import orjson
        from tokenizers import Tokenizer as Library

        self._plain = Library.from_str(orjson.dumps(plan.spec).decode())
        self._bare = self._plain if plan.bare is None else Library.from_str(orjson.dumps(plan.bare).decode())
        self._sizes = plan.sizes
        self._composed = plan.composed
        super().__init__(parts)

    def faithful(self, texts: Sequence[str], many: Sequence[Sequence[int]]) -> list[bool]:
        """Return for each text whether its ids decode to it; byte for byte they do without looking."""
        doubtful = [k for k, text in enumerate(texts) if not self._is_bytes(text)]
        found = [True] * len(texts)
        if doubtful:
            read = super().faithful([texts[k] for k in doubtful], [many[k] for k in doubtful])
            for k, same in zip(doubtful, read, strict=True):
                found[k] = same
        return found

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each of *texts* has."""
        if self._forbidden or self._unknown is not None:
            return super().count_many(texts)
        return [len(encoded) for encoded in self._batch(texts, bare=False)]

    def _ids(self, texts: Sequence[str], *, bare: bool) -> list[list[int]]:
        return [encoded.ids for encoded in self._batch(texts, bare=bare)]

    def _cut(self, texts: Sequence[str], cuts: Sequence[Sequence[int]], *, bare: bool) -> list[Aligned]:
        if (sizes := self._sizes) is not None and all(map(self._is_bytes, texts)):
            return [
                (ids, byte_cuts(text, ids, sizes, places), True)
                for text, ids, places in zip(texts, self._ids(texts, bare=bare), cuts, strict=True)
            ]
        library = self._bare if bare else self._plain
        parted = [text for text, places in zip(texts, cuts, strict=True) if places]
        whole = iter(self._ids([text for text, places in zip(texts, cuts, strict=True) if not places], bare=bare))
        made = iter(library.encode_batch(parted, add_special_tokens=False))
        return [
            _looked_up(next(made), text, places) if places else (next(whole), [], None)
            for text, places in zip(texts, cuts, strict=True)
        ]

    def _offsets(self, text: str, *, bare: bool) -> Offsets:
        if self._sizes is not None and self._is_bytes(text):
            return byte_offsets(text, self._ids([text], bare=bare)[0], self._sizes)
        encoded = (self._bare if bare else self._plain).encode(text, add_special_tokens=False)
        return encoded.ids, *_spans(encoded)

    def _batch(self, texts: Sequence[str], *, bare: bool) -> list[Any]:
        library = self._bare if bare else self._plain
        quick = getattr(library, "encode_batch_fast", library.encode_batch)  # without offsets, since tokenizers 0.20
        made: list[Any] = quick([*texts], add_special_tokens=False)
        return made

    def _is_bytes(self, text: str) -> bool:
        """Whether the tokens of *text* are its bytes, end to end."""
        return self._sizes is not None and (not self._composed or is_normalized("NFC", text))

    def _probe(self) -> bool:
        ids = self._ids(["好"], bare=False)[0]
        first = self._plain.id_to_token(ids[0]) if ids else None
        return first is not None and first.startswith(("▁", "Ġ"))

    def _read(self, many: Sequence[Sequence[int]]) -> list[str]:
        read: list[str] = self._plain.decode_batch([[*ids] for ids in many], skip_special_tokens=False)
        return read


def _looked_up(encoded: Any, text: str, cuts: Sequence[int]) -> Aligned:
    return encoded.ids, [_aligned(encoded, cut, len(text)) for cut in cuts], None


def _aligned(encoded: Any, cut: int, length: int) -> Cut:
    """Return where *cut* lies; the library knows the token of a character without listing all offsets."""
    if cut <= 0:
        return 0, False
    count = len(encoded)
    if cut >= length:
        return count, False
    index = encoded.char_to_token(cut)
    if index is None:  # a character that the normaliser took away
        return cuts_in(*_spans(encoded), [cut])[0]
    if encoded.token_to_chars(index)[0] >= cut:
        return index, False
    while index < count and encoded.token_to_chars(index)[0] < cut:
        index += 1
    return index, True


def _spans(encoded: Any) -> tuple[list[int], list[int]]:
    """Return where tokens begin and end, never descending."""
    starts: list[int] = []
    ends: list[int] = []
    low = high = 0
    for start, end in encoded.offsets:
        low, high = max(low, start), max(high, end)
        starts.append(low)
        ends.append(high)
    return starts, ends
