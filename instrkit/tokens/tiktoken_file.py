"""Tokenizers of the `tiktoken` library: files of base64 ranks (Qwen, Llama 3, GLM-4, Kimi K2, GPT-4)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from pathlib import Path

from instrkit.errors import ReadError
from instrkit.tokens.base import Aligned, Offsets, Parts, Tokenizer
from instrkit.tokens.beside import Beside
from instrkit.tokens.byte_level import byte_cuts, byte_offsets
from instrkit.tokens.tiktoken_families import family_of

__all__ = ["TiktokenTokenizer", "is_tiktoken", "read_ranks", "tiktoken_parts"]

Ranks = dict[bytes, int]


class TiktokenTokenizer(Tokenizer):
    """A tiktoken vocabulary without its control tokens: a text's tokens are its bytes, end to end."""

    def __init__(self, parts: Parts, ranks: Ranks, pattern: str) -> None:
        from tiktoken import Encoding

        self._library = Encoding(parts.name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        self._bytes = [b""] * max(parts.size, max(ranks.values()) + 1)
        for token, rank in ranks.items():
            self._bytes[rank] = token
        self._sizes = [len(token) for token in self._bytes]
        super().__init__(parts)

    def faithful(self, texts: Sequence[str], many: Sequence[Sequence[int]]) -> list[bool]:
        """Return for each text whether its ids decode to it: byte for byte they do."""
        del many
        return [True] * len(texts)

    def _ids(self, texts: Sequence[str], *, bare: bool) -> list[list[int]]:
        del bare
        return [*map(self._library.encode_ordinary, texts)]  # its batches are a pool of Python threads around this

    def _cut(self, texts: Sequence[str], cuts: Sequence[Sequence[int]], *, bare: bool) -> list[Aligned]:
        for text in texts:
            text.encode()  # tiktoken mends half a surrogate pair by itself, and then offsets are not the text's
        sizes = self._sizes
        return [
            (ids, byte_cuts(text, ids, sizes, places), True)
            for text, ids, places in zip(texts, self._ids(texts, bare=bare), cuts, strict=True)
        ]

    def _offsets(self, text: str, *, bare: bool) -> Offsets:
        text.encode()
        return byte_offsets(text, self._ids([text], bare=bare)[0], self._sizes)

    def _read(self, many: Sequence[Sequence[int]]) -> list[str]:
        table = self._bytes
        return [b"".join([table[token] for token in ids]).decode("utf-8", "replace") for ids in many]

    def _probe(self) -> bool:
        return False


def is_tiktoken(path: Path) -> bool:
    """Return whether a file begins with a base64 token and a rank."""
    with path.open("rb") as file:
        token, _, rank = file.read(512).partition(b"\n")[0].strip().partition(b" ")
    try:
        return rank.isdigit() and bool(b64decode(token, validate=True))
    except NotBase64:
        return False


def read_ranks(path: Path) -> Ranks:
    """
    Return the vocabulary in *path*: bytes → rank.

    Raises:
        ReadError: A line is not a base64 token and a rank, or a byte has no token of its own.
    """
    ranks: Ranks = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line:
            continue
        token, _, rank = line.partition(b" ")
        try:
            ranks[b64decode(token, validate=True)] = int(rank)
        except ValueError:  # NotBase64 is one
            raise ReadError(
                f"{path}:{number}: not a tiktoken line: expected a base64 token and its rank; fetch the file again"
            ) from None
    if missing := [byte for byte in range(256) if bytes([byte]) not in ranks]:
        raise ReadError(
            f"{path}: no token for byte {missing[0]:#04x}: expected all 256 single bytes; fetch the file again"
        )
    return ranks


def tiktoken_parts(path: Path, ranks: Ranks, beside: Beside, name: str, fingerprint: str) -> tuple[Parts, str]:
    """Return what is known of the vocabulary in *path*, and the pattern that cuts text into words."""
    size = max(ranks.values()) + 1
    family = family_of(path, len(ranks))
    controls = {token: size + offset for token, offset in family.controls()}
    after = max([size - 1, *controls.values()]) + 1
    controls.update(beside.placed(controls, after))
    parts = Parts(
        name=name,
        fingerprint=fingerprint,
        size=max([size, *(given + 1 for given in controls.values())]),
        controls=controls,
        bos=beside.roles.get("bos_token", family.bos),
        eos=beside.roles.get("eos_token", family.eos),
        pad=beside.roles.get("pad_token"),
        adds_bos=beside.config.get("add_bos_token", family.bos is not None),
    )
    return parts, str(beside.config.get("pat_str", family.pattern))
