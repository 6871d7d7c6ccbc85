"""What a tokenizer is to us: text in, ids out, and no text can spell a control token."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from instrkit.tokens.guard import apart

__all__ = ["Aligned", "Cut", "Offsets", "Parts", "Tokenizer", "cuts_in"]

Cut = tuple[int, bool]
"""The first token that begins at a place in the text or behind it, and whether the one before reaches across it."""

Aligned = tuple[list[int], list[Cut], bool | None]
"""The ids of a text, where some places of it lie among them, and whether they decode to it; None where not known."""

Offsets = tuple[list[int], list[int], list[int]]
"""Ids, and for each token where it begins and ends in characters: `[start, end)`, both never descending."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """
    What any tokenizer knows about itself, whatever library it comes through.

    Attributes:
        name: Where it lies, for messages.
        fingerprint: sha256 of the files it was made from.
        size: Entries of the vocabulary, added tokens included.
        controls: Control tokens by their spelling.
        forbidden: Ids of control tokens that the encoder of plain text might give, and must not.
        unknown: The spelling and id of the token for what the vocabulary lacks, where text could spell it.
        prefix_once: Whether the space written by itself stands at the start of a whole text only, not of each run.
        bos: The token texts start with, if known.
        eos: The token texts end with, if known.
        pad: The token that fills rows, if known.
        adds_bos: Whether the model's own tokenizer writes *bos* by itself; None where nothing says so.
    """

    name: str
    fingerprint: str
    size: int
    controls: dict[str, int] = field(default_factory=dict)
    forbidden: frozenset[int] = frozenset()
    unknown: tuple[str, int] | None = None
    prefix_once: bool = False
    bos: str | None = None
    eos: str | None = None
    pad: str | None = None
    adds_bos: bool | None = None


class Tokenizer(ABC):
    """
    Turn text into token ids; opened by `load_tokenizer`, and again by each worker it is sent to.

    Attributes:
        name: Where it lies, for messages.
        fingerprint: sha256 of the files it was made from: part of cache keys.
        size: Entries of the vocabulary, added tokens included.
        controls: Control tokens by their spelling.
        adds_prefix: Whether a text encoded on its own gets a space that is not in it (SentencePiece's dummy prefix).
        prefix_once: Whether it gets it at the start of a whole text only: what follows a control token gets none.
        adds_bos: Whether the model's own tokenizer writes the first token by itself; None where nothing says so.
        bos: The token texts start with, None where unknown.
        eos: The token texts end with, None where unknown.
        bos_id: Its id.
        eos_id: Its id.
        pad_id: The id that fills rows, None where unknown.
    """

    def __init__(self, parts: Parts) -> None:
        self.name = parts.name
        self.fingerprint = parts.fingerprint
        self.size = parts.size
        self.controls = parts.controls
        self.prefix_once = parts.prefix_once
        self.adds_bos = parts.adds_bos
        self.bos, self.eos = parts.bos, parts.eos
        self.bos_id = self._named(parts.bos)
        self.eos_id = self._named(parts.eos)
        self.pad_id = self._named(parts.pad)
        self._forbidden = parts.forbidden
        self._unknown = parts.unknown
        # the first of several names is the one that is shown
        self._spelled = {token: spelling for spelling, token in reversed(parts.controls.items())}
        self.adds_prefix = self._probe()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, size={self.size})"

    def __reduce__(self) -> tuple[Any, ...]:
        from instrkit.tokens.loading import load_tokenizer

        return load_tokenizer, (self.name,)

    def encode(self, text: str) -> list[int]:
        """Return the ids of *text* as plain text: never a control token, whatever it spells."""
        return self.encode_many([text])[0]

    def encode_many(self, texts: Sequence[str], *, bare: bool = False) -> list[list[int]]:
        """
        Return the ids of each of *texts*, all in one call of the library.

        Args:
            texts: Plain texts.
            bare: Leave out the space that is written by itself, as inside a longer text.
        """
        texts, found = _mended(lambda given: self._ids(given, bare=bare), texts)
        for k in self._suspects(texts, found):
            found[k] = self._apart(texts[k], bare=bare)[0]
        return found

    def encode_cut(self, texts: Sequence[str], cuts: Sequence[Sequence[int]], *, bare: bool = False) -> list[Aligned]:
        """
        Return the ids of each of *texts*, where some of its characters lie among them, and whether they are faithful.

        The last is None where it did not come out on the way: ask `faithful`.

        Args:
            texts: Plain texts.
            cuts: For each text, places in it, ascending, from 0 to its length.
            bare: As for `encode_many`.
        """
        sound, found = _mended(lambda given: self._cut(given, cuts, bare=bare), texts)
        if sound is not texts:
            found = [(ids, places, None) for ids, places, _ in found]
        for k in self._suspects(sound, [ids for ids, _, _ in found]):
            ids, starts, ends = self._apart(sound[k], bare=bare)
            found[k] = ids, cuts_in(starts, ends, cuts[k]), None
        return found

    def encode_spans(self, texts: Sequence[str], *, bare: bool = False) -> list[Offsets]:
        """
        Return the ids of each of *texts*, and which characters each token stands for.

        Tokens that share a character (a byte-level one that holds a part of it) all say it is theirs. One call per
        text: for looking at few texts; `encode_cut` is the fast way to align.
        """
        texts, found = _mended(lambda given: [self._offsets(text, bare=bare) for text in given], texts)
        for k in self._suspects(texts, [ids for ids, _, _ in found]):
            found[k] = self._apart(texts[k], bare=bare)
        return found

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each of *texts* has."""
        return [len(ids) for ids in self.encode_many(texts)]

    def token_id(self, token: str) -> int | None:
        """Return the id of the control token spelled *token*, None where there is none."""
        return self.controls.get(token)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of *ids*, control tokens spelled out."""
        return self.decode_many([ids])[0]

    def decode_many(self, many: Sequence[Sequence[int]]) -> list[str]:
        """Return the text of each of *many* lists of ids, control tokens spelled out."""
        if all(self._spelled.keys().isdisjoint(ids) for ids in many):
            return self._read(many)
        return ["".join(self._pieces(ids)) for ids in many]

    def faithful(self, texts: Sequence[str], many: Sequence[Sequence[int]]) -> list[bool]:
        """Return for each text whether its ids decode to it, but for the one space that is written by itself."""
        return [
            read in {text, f" {text}"} or f" {read}" == text
            for text, read in zip(texts, self.decode_many(many), strict=True)
        ]

    @abstractmethod
    def _ids(self, texts: Sequence[str], *, bare: bool) -> list[list[int]]:
        """Encode *texts* through the library."""

    @abstractmethod
    def _cut(self, texts: Sequence[str], cuts: Sequence[Sequence[int]], *, bare: bool) -> list[Aligned]:
        """Encode *texts* through the library and find *cuts*."""

    @abstractmethod
    def _offsets(self, text: str, *, bare: bool) -> Offsets:
        """Encode one text through the library, with offsets."""

    @abstractmethod
    def _read(self, many: Sequence[Sequence[int]]) -> list[str]:
        """Decode ids through the library, none of them a control token's."""

    @abstractmethod
    def _probe(self) -> bool:
        """Find out whether a text encoded on its own gets a space that is not in it."""

    def _pieces(self, ids: Sequence[int]) -> list[str]:
        """Return the text of *ids*, in runs between control tokens."""
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

    def _named(self, token: str | None) -> int | None:
        return None if token is None else self.token_id(token)

    def _suspects(self, texts: Sequence[str], found: Sequence[list[int]]) -> Iterable[int]:
        """Return which texts came out with the id of a control token."""
        forbidden = self._forbidden
        suspects = [k for k, ids in enumerate(found) if not forbidden.isdisjoint(ids)] if forbidden else []
        if self._unknown is not None:
            spelling, unknown = self._unknown
            spelled = [k for k, text in enumerate(texts) if spelling in text and unknown in found[k]]
            suspects = sorted({*suspects, *spelled})
        return suspects

    def _apart(self, text: str, *, bare: bool) -> Offsets:
        encode = partial(self._offsets, bare=bare)
        return apart(text, encode, self._forbidden, self._unknown, self.name)


def cuts_in(starts: Sequence[int], ends: Sequence[int], cuts: Iterable[int]) -> list[Cut]:
    """
    Return where *cuts* lie among tokens that begin at *starts* and end at *ends*, all of them ascending.

    Examples:
        >>> cuts_in([0, 2, 5], [2, 5, 6], [0, 2, 4, 6])
        [(0, False), (1, False), (2, True), (3, False)]
    """
    found: list[Cut] = []
    for cut in cuts:
        index = bisect_left(starts, cut)
        found.append((index, bisect_right(ends, cut, 0, index) < index))
    return found


def _mended(call: Callable[[Sequence[str]], T], texts: Sequence[str]) -> tuple[Sequence[str], T]:
    """Call with *texts*; where the library refuses half a surrogate pair, once more with U+FFFD in its place."""
    try:
        return texts, call(texts)
    except (TypeError, ValueError, RuntimeError):
        sound = ["".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text) for text in texts]
        if sound == list(texts):
            raise
        return sound, call(sound)
