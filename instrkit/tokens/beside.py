"""What the small files beside a vocabulary say: added tokens, their ids, which token begins and ends a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instrkit.errors import ReadError

__all__ = ["Beside", "read_beside", "read_json"]

_ROLES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""In the order in which transformers adds those that the vocabulary lacks."""

_FILES = ("added_tokens.json", "special_tokens_map.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Beside:
    """
    What stands beside a vocabulary.

    Attributes:
        tokens: Added tokens: spelling, and id where one is given.
        special: Which of them are special, as opposed to text that is one token.
        roles: `bos_token` and so on: spelling.
        config: tokenizer_config.json, empty where there is none.
        files: The files that were read.
    """

    tokens: dict[str, int | None] = field(default_factory=dict)
    special: frozenset[str] = frozenset()
    roles: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    def placed(self, known: dict[str, int], size: int) -> dict[str, int]:
        """
        Return the id of every added token.

        Those without one are looked up in the vocabulary, and if it lacks them they are appended, as transformers does.

        Args:
            known: The vocabulary.
            size: The first id that is free.
        """
        placed: dict[str, int] = {}
        after = max([size - 1, *(given for given in self.tokens.values() if given is not None)]) + 1
        for token, given in self.tokens.items():
            if given is None and token in known:
                given = known[token]  # noqa: PLW2901 - the id it has after all
            elif given is None:
                given, after = after, after + 1  # noqa: PLW2901 - as above
            placed[token] = given
        return placed


def read_beside(folder: Path) -> Beside:
    """
    Return what the files beside a vocabulary in *folder* say; nothing where there are none.

    Raises:
        ReadError: One of them is no JSON object.
    """
    files = tuple(folder / name for name in _FILES if (folder / name).is_file())
    read = {path.name: read_json(path) for path in files}
    config = read.get("tokenizer_config.json", {})
    mapped = read.get("special_tokens_map.json", {})
    tokens: dict[str, int | None] = {}
    special: set[str] = set()
    for token, given, marked in _decoder(config):
        tokens[token] = given
        if marked:
            special.add(token)
    for token, given in read.get("added_tokens.json", {}).items():
        if isinstance(given, int):
            tokens.setdefault(token, given)
    roles: dict[str, str] = {}
    for source in (config, mapped):
        for role in _ROLES:
            if spelled := _spelling(source.get(role)):
                roles[role] = spelled
    extra = [*(config.get("additional_special_tokens") or ()), *(mapped.get("additional_special_tokens") or ())]
    for token in (*(roles[role] for role in _ROLES if role in roles), *filter(None, map(_spelling, extra))):
        tokens.setdefault(token, None)
        special.add(token)
    return Beside(tokens, frozenset(special), roles, config, files)


def read_json(path: Path) -> dict[str, Any]:
    """
    Return the JSON object in *path*.

    Raises:
        ReadError: It cannot be read or is none.
    """
    import orjson

    try:
        read = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ReadError(f"{path}: cannot be read: {error.strerror}: expected a file of a tokenizer") from None
    except orjson.JSONDecodeError as error:
        raise ReadError(f"{path}: not JSON: {error}: expected a file of a tokenizer; fetch it again") from None
    if not isinstance(read, dict):
        raise ReadError(f"{path}: a {type(read).__name__}: expected a JSON object; fetch the file again")
    return read


def _decoder(config: dict[str, Any]) -> Iterator[tuple[str, int, bool]]:
    """Yield spelling, id and whether it is special of the tokens in `added_tokens_decoder`."""
    decoder = config.get("added_tokens_decoder")
    for given, entry in decoder.items() if isinstance(decoder, dict) else ():
        if (spelled := _spelling(entry)) and given.isdecimal():
            yield spelled, int(given), not isinstance(entry, dict) or bool(entry.get("special"))


def _spelling(entry: object) -> str | None:
    """Return the spelling of a token written as text or as `{"content": …}`."""
    if isinstance(entry, dict):
        entry = entry.get("content")
    return entry if isinstance(entry, str) and entry else None
