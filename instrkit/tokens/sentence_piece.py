"""Tokenizers of the `sentencepiece` library: a `.model` file, and what stands beside it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from instrkit.tokens.base import Aligned, Cut, Offsets, Parts, Tokenizer, cuts_in

__all__ = ["SentencePieceTokenizer"]

_NO_PREFIX = b"\x1a\x02\x18\x00"
"""`normalizer_spec { add_dummy_prefix: false }` as protobuf: behind a model it overrides what the model says."""

_BLANK = "▁"


class _Letters(dict[int, str]):
    """What each character becomes in pieces, asked once: normalised, as bytes, or as it is."""

    def __init__(self, processor: Any) -> None:
        super().__init__({ord(" "): _BLANK})
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
        self._spelled = {token: spelling for spelling, token in parts.controls.items()}
        self._letters = _Letters(self._bare)
        self._written_as: list[str] = self._library.id_to_piece([*range(self._library.get_piece_size())])
        self._shown = [self._letter(token, piece) for token, piece in enumerate(self._written_as)]
        self._unk = self._library.unk_id()
        self._squeezes = _BLANK * 2 not in "".join(self._bare.encode("x  x", out_type=str))
        super().__init__(parts)

    def decode_many(self, many: Sequence[Sequence[int]]) -> list[str]:
        """Return the text of each of *many* lists of ids, control tokens spelled out."""
        controls = self._spelled
        if all(controls.keys().isdisjoint(ids) for ids in many):
            return self._read(many)
        return ["".join(self._pieces(ids)) for ids in many]

    def faithful(self, texts: Sequence[str], many: Sequence[Sequence[int]]) -> list[bool]:
        """Return for each text whether its ids decode to it, but for the one space that is written by itself."""
        found = [True] * len(texts)
        doubtful = [k for k, text in enumerate(texts) if not self._spells(text, many[k])]
        if doubtful:
            for k, read in zip(doubtful, self._read([many[k] for k in doubtful]), strict=True):
                found[k] = texts[k] in {read, f" {read}"}
        return found

    def _spells(self, text: str, ids: Sequence[int]) -> bool:
        """Whether *ids* are pieces that spell *text* letter for letter: then they need no decoding."""
        joined = "".join(map(self._shown.__getitem__, ids))
        written = text.replace(" ", _BLANK)
        return (joined == written or joined == _BLANK + written) and _BLANK not in text

    def _ids(self, texts: Sequence[str], *, bare: bool) -> list[list[int]]:
        found: list[list[int]] = self._processor(bare).encode([*texts])
        return found

    def _cut(self, texts: Sequence[str], cuts: Sequence[Sequence[int]], *, bare: bool) -> list[Aligned]:
        processor = self._processor(bare)
        prefix = self.adds_prefix and not bare
        many = processor.encode([*texts])
        found: list[Aligned] = []
        for text, ids, places in zip(texts, many, cuts, strict=True):
            counted = self._plainly(text, ids, places, prefix=prefix)
            if counted is None:
                unknown = self._unk in ids  # it is written as what it stands for
                pieces = processor.encode(text, out_type=str) if unknown else [*map(self._written_as.__getitem__, ids)]
                counted = self._counted(text, pieces, places, prefix=prefix)
            if counted is None:  # the normaliser changed the text: ask for offsets, at seven times the cost
                _, starts, ends = self._offsets(text, bare=bare)
                counted = cuts_in(starts, ends, places)
            found.append((ids, counted))
        return found

    def _plainly(self, text: str, ids: list[int], cuts: Sequence[int], *, prefix: bool) -> list[Cut] | None:
        """Return where *cuts* lie; None where the pieces are not the text letter for letter."""
        pieces = [*map(self._shown.__getitem__, ids)]
        if "".join(pieces) != _BLANK * prefix + text.replace(" ", _BLANK):
            return None
        starts = [0, *accumulate(map(len, pieces))]
        return [_found(starts, cut + (prefix and cut > 0)) for cut in cuts]

    def _counted(self, text: str, pieces: list[str], cuts: Sequence[int], *, prefix: bool) -> list[Cut] | None:
        """Return where *cuts* lie, counted out from the lengths of *pieces*; None where they are not the text's own."""
        written = self._squeezed(text.translate(self._letters))
        if "".join(pieces) != _BLANK * prefix + written:
            return None
        starts = [0, *accumulate(map(len, pieces))]
        found: list[Cut] = []
        for cut in cuts:
            at = min(self._written(text, cut), len(written))
            found.append(_found(starts, at + (prefix and at > 0)))
        return found

    def _letter(self, token: int, piece: str) -> str:
        """*piece*, or the letter it is where it is the byte of one, such as a line break."""
        return chr(int(piece[3:5], 16)) if self._library.is_byte(token) and piece < "<0x80>" else piece

    def _squeezed(self, written: str) -> str:
        return _BLANK.join(filter(None, written.split(_BLANK))) if self._squeezes else written

    def _written(self, text: str, cut: int) -> float:
        """Return how much is written of the text up to *cut*; half a blank more inside blanks that become one."""
        head = text[:cut].translate(self._letters)
        squeezed = self._squeezed(head)
        if not self._squeezes or not squeezed or not head.endswith(_BLANK):
            return len(squeezed)
        following = text[cut : cut + 1].translate(self._letters)
        return len(squeezed) + (0.5 if following.startswith(_BLANK) else 1)

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
        return bool(pieces) and pieces[0].startswith(_BLANK)

    def _processor(self, bare: bool) -> Any:
        return self._bare if bare else self._library

    def _read(self, many: Sequence[Sequence[int]]) -> list[str]:
        read: list[str] = self._library.decode([[*ids] for ids in many])
        return read

    def _pieces(self, ids: Sequence[int]) -> list[str]:
        """The text of *ids*, in runs between control tokens."""
        pieces: list[str] = []
        run: list[int] = []
        for token in ids:
            if (spelled := self._spelled.get(token)) is None:
                run.append(token)
                continue
            if run:
                pieces += self._read([run])
                run = []
            pieces.append(spelled)
        return [*pieces, *self._read([run])] if run else pieces


def _found(starts: list[int], at: float) -> Cut:
    """Return which token begins *at* a place or behind it; what was written by itself goes with what follows."""
    index = bisect_left(starts, at)
    return index, starts[index] != at
