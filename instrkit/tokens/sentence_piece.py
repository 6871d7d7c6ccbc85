"""Tokenizers of the `sentencepiece` library: a `.model` file, and what stands beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from instrkit.tokens.base import Aligned, Cut, Offsets, Parts, Tokenizer, cuts_in
from instrkit.tokens.spelling import BLANK, Spelling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SentencePieceTokenizer"]

_NO_PREFIX = b"\x1a\x02\x18\x00"
"""`normalizer_spec { add_dummy_prefix: false }` as protobuf: behind a model it overrides what the model says."""


class _Letters(dict[int, str]):
    """What each character becomes in pieces, asked once: normalised, as bytes, or as it is."""

    def __init__(self, processor: Any) -> None:
        super().__init__({ord(" "): BLANK})
        self._processor = processor
        self._frame = "".join(processor.encode("x", out_type=str))

    def __missing__(self, letter: int) -> str:
        written = "".join(self._processor.encode(f"x{chr(letter)}x", out_type=str))
        self[letter] = shown = written.removeprefix(self._frame).removesuffix(self._frame)
        return shown


class SentencePieceTokenizer(Tokenizer):
    """
    A SentencePiece model. Its control tokens cannot come out of text; its user-defined symbols could, and are parted.

    Args:
        parts: What is known of it.
        model: The file's bytes.
    """

    def __init__(self, parts: Parts, model: bytes) -> None:
        from sentencepiece import SentencePieceProcessor

        self._library = SentencePieceProcessor(model_proto=model)
        self._bare = SentencePieceProcessor(model_proto=model + _NO_PREFIX)
        self._letters = _Letters(self._bare)
        self._written_as: list[str] = self._library.id_to_piece([*range(self._library.get_piece_size())])
        self._unk = self._library.unk_id()
        self._squeezes = BLANK * 2 not in "".join(self._bare.encode("x  x", out_type=str))
        shown = [self._letter(token, piece) for token, piece in enumerate(self._written_as)]
        self._spelling = Spelling(shown, self._becomes, squeezes=self._squeezes)
        super().__init__(parts)

    def faithful(self, texts: Sequence[str], many: Sequence[Sequence[int]]) -> list[bool]:
        """Return for each text whether its ids decode to it, but for the one space that is written by itself."""
        return [read in {text, text.removeprefix(" ")} for text, read in zip(texts, self._read(many), strict=True)]

    def _ids(self, texts: Sequence[str], *, bare: bool) -> list[list[int]]:
        found: list[list[int]] = self._processor(bare).encode([*texts], num_threads=1)
        return found

    def _cut(self, texts: Sequence[str], cuts: Sequence[Sequence[int]], *, bare: bool) -> list[Aligned]:
        many = self._arrays(texts, bare=bare)
        prefix = self.adds_prefix and not bare
        known = self._spelling.compare(texts, many, cuts, prefix=prefix)
        found: list[Aligned] = []
        for text, made, places, sure in zip(texts, many, cuts, known, strict=True):
            ids = made.tolist()
            at, faithful = self._looked_up(text, ids, places, bare=bare) if sure is None else sure
            found.append((ids, at, faithful))
        return found

    def _arrays(self, texts: Sequence[str], *, bare: bool) -> list[NDArray[np.int32]]:
        """Return the ids of *texts* as arrays, which the library makes in less time than lists."""
        import numpy as np

        try:
            made: list[NDArray[np.int32]] = self._processor(bare).encode([*texts], return_type="numpy", num_threads=1)
        except TypeError:  # sentencepiece before 0.2.2
            return [np.array(ids, dtype=np.int32) for ids in self._ids(texts, bare=bare)]
        return made

    def _looked_up(
        self, text: str, ids: list[int], cuts: Sequence[int], *, bare: bool
    ) -> tuple[list[Cut], bool | None]:
        """Return where *cuts* lie, in a text that the normaliser changed in another way than letter for letter."""
        if not cuts:
            return [], None
        unknown = self._unk in ids  # it is written as what it stands for
        pieces = self._processor(bare).encode(text, out_type=str) if unknown else [self._written_as[k] for k in ids]
        counted = self._counted(text, pieces, cuts, prefix=self.adds_prefix and not bare)
        if counted is None:  # ask for offsets, at seven times the cost
            _, starts, ends = self._offsets(text, bare=bare)
            counted = cuts_in(starts, ends, cuts)
        return counted, None

    def _counted(self, text: str, pieces: list[str], cuts: Sequence[int], *, prefix: bool) -> list[Cut] | None:
        """Return where *cuts* lie, counted out from the lengths of *pieces*; None where they are not the text's own."""
        written = self._squeezed(text.translate(self._letters))
        if "".join(pieces) != BLANK * prefix + written:
            return None
        starts = [0, *accumulate(map(len, pieces))]
        found: list[Cut] = []
        for cut in cuts:
            at = min(self._written(text, cut), len(written))
            found.append(_found(starts, at + (prefix and at > 0)))
        return found

    def _letter(self, token: int, piece: str) -> str | None:
        """Return what a piece spells: itself, or the letter whose one byte it is; None where that is not to be seen."""
        library = self._library
        if library.is_byte(token):
            return chr(int(piece[3:5], 16)) if piece < "<0x80>" else None
        return None if library.is_unknown(token) or library.is_control(token) else piece or None

    def _becomes(self, letter: str) -> str:
        written = self._letters[ord(letter)]
        return letter if written == f"<0x{ord(letter):02X}>" else written

    def _squeezed(self, written: str) -> str:
        return BLANK.join(filter(None, written.split(BLANK))) if self._squeezes else written

    def _written(self, text: str, cut: int) -> float:
        """Return how much is written of the text up to *cut*; half a blank more inside blanks that become one."""
        head = text[:cut].translate(self._letters)
        squeezed = self._squeezed(head)
        if not self._squeezes or not squeezed or not head.endswith(BLANK):
            return len(squeezed)
        following = text[cut : cut + 1].translate(self._letters)
        return len(squeezed) + (0.5 if following.startswith(BLANK) else 1)

    def _offsets(self, text: str, *, bare: bool) -> Offsets:
        processor = self._processor(bare)
        try:
            read = processor.encode(text, return_type="offset_mapping")
            ids, spans = read["ids"], read["offsets"]
        except TypeError:  # sentencepiece before 0.2.2
            pieces = processor.encode(text, out_type="immutable_proto").pieces
            ids, spans = [piece.id for piece in pieces], [(piece.begin, piece.end) for piece in pieces]
        starts = [*accumulate((start for start, _ in spans), max)]
        # bytes of one character: only the last of them is said to reach its end
        ends = [
            max(end, start + (end == start and start < len(text)))
            for start, (_, end) in zip(starts, spans, strict=True)
        ]
        return list(ids), starts, [*accumulate(ends, max)]

    def _probe(self) -> bool:
        pieces = self._library.encode("好", out_type=str)
        return bool(pieces) and pieces[0].startswith(BLANK)

    def _processor(self, bare: bool) -> Any:
        return self._bare if bare else self._library

    def _read(self, many: Sequence[Sequence[int]]) -> list[str]:
        read: list[str] = self._library.decode([[*ids] for ids in many])
        return read


def _found(starts: list[int], at: float) -> Cut:
    """Return which token begins *at* a place or behind it; what was written by itself goes with what follows."""
    index = bisect_left(starts, at)
    return index, starts[index] != at
