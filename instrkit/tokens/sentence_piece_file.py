"""What a SentencePiece model file says about its pieces: which are control tokens, which symbols its maker defined."""

from __future__ import annotations

from collections.abc import Iterator

from instrkit.errors import ReadError
from instrkit.tokens.base import Parts
from instrkit.tokens.beside import Beside
from instrkit.tokens.control_names import is_text, names_control

__all__ = ["read_pieces", "sentence_piece_parts"]

_NORMAL, _UNKNOWN, _CONTROL, _DEFINED = 1, 2, 3, 4
"""Types of pieces in google/sentencepiece@v0.2.0:src/sentencepiece_model.proto, field `type`."""

_PIECES = 1
_SPELLING, _TYPE = 1, 3


def read_pieces(model: bytes, name: str) -> list[tuple[str, int]]:
    """
    Return spelling and type of each piece of a model file; the index is the id.

    The library tells control tokens from others but not user-defined symbols, so the file is read: 30 lines here
    instead of a dependency on protobuf.

    Raises:
        ReadError: The file is no SentencePiece model.
    """
    try:
        pieces = [_piece(value) for field, value in _fields(model) if field == _PIECES and isinstance(value, bytes)]
    except (IndexError, ValueError):
        pieces = []
    if not pieces:
        raise ReadError(
            f"{name}: not a SentencePiece model: expected its pieces; if the file is short, it is a Git LFS pointer: "
            "fetch the real one"
        )
    return pieces


def sentence_piece_parts(pieces: list[tuple[str, int]], beside: Beside, name: str, fingerprint: str) -> Parts:
    """Return what is known of a model with *pieces*, and with what stands *beside* it."""
    known = {spelling: token for token, (spelling, _) in enumerate(pieces)}
    controls = {
        spelling: token
        for token, (spelling, type) in enumerate(pieces)
        if type in {_CONTROL, _UNKNOWN}
        or (type == _DEFINED and not is_text(spelling, special=False))
        or (type == _NORMAL and names_control(spelling))
    }
    controls |= {
        spelling: token
        for spelling, token in beside.placed(known, len(pieces)).items()
        if not is_text(spelling, special=spelling in beside.special)
    }
    types = [type for _, type in pieces]
    made = {token for token in controls.values() if token < len(types) and types[token] in {_NORMAL, _DEFINED}}
    roles = beside.roles
    return Parts(
        name=name,
        fingerprint=fingerprint,
        size=max([len(pieces), *(token + 1 for token in controls.values())]),
        controls=controls,
        forbidden=frozenset(made),
        prefix_once=beside.config.get("legacy") is False,
        bos=roles.get("bos_token", _known(controls, "<s>", "<bos>")),
        eos=roles.get("eos_token", _known(controls, "</s>", "<eos>")),
        pad=roles.get("pad_token", _known(controls, "<pad>")),
        adds_bos=beside.config.get("add_bos_token"),
    )


def _known(controls: dict[str, int], *spellings: str) -> str | None:
    return next((spelling for spelling in spellings if spelling in controls), None)


def _piece(message: bytes) -> tuple[str, int]:
    spelling, type = "", _NORMAL
    for field, value in _fields(message):
        if field == _SPELLING and isinstance(value, bytes):
            spelling = value.decode("utf-8")
        elif field == _TYPE and isinstance(value, int):
            type = value
    return spelling, type


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of the fields of a protobuf message; of fixed-size ones the number alone matters."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield field, value
            continue
        if wire == 2:
            size, at = _varint(message, at)
        elif wire in {1, 5}:
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(message):
            raise ValueError("cut off")
        yield field, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
