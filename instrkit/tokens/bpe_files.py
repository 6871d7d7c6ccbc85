"""vocab.json and merges.txt: the byte-level BPE of GPT-2 and its heirs, put together as a tokenizer.json would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instrkit.errors import ReadError
from instrkit.tokens.beside import read_json

__all__ = ["read_bpe"]

_PATTERNS = {
    # Qwen/Qwen2-7B@main:tokenizer.json, the pattern its slow tokenizer has in code
    "Qwen2Tokenizer": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
}
"""How words are told apart, by the tokenizer class that tokenizer_config.json names; all others do as GPT-2 does."""


def read_bpe(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """
    Return the tokenizer in *folder* as the contents of a tokenizer.json.

    Args:
        folder: Where vocab.json and merges.txt lie.
        config: What tokenizer_config.json says.

    Raises:
        ReadError: One of the files is not what its name says.
    """
    vocabulary = read_json(folder / "vocab.json")
    if not all(isinstance(given, int) for given in vocabulary.values()):
        raise ReadError(f"{folder / 'vocab.json'}: not a vocabulary: expected an id for each token; fetch it again")
    merges = _merges(folder / "merges.txt")
    pattern = _PATTERNS.get(str(config.get("tokenizer_class")).removesuffix("Fast"))
    level = {
        "type": "ByteLevel",
        "add_prefix_space": bool(config.get("add_prefix_space")),
        "trim_offsets": True,
        "use_regex": pattern is None,
    }
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None if pattern is None else {"type": "NFC"},
        "pre_tokenizer": level if pattern is None else {"type": "Sequence", "pretokenizers": [split, level]},
        "decoder": {**level, "use_regex": True},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": merges, "byte_fallback": False},
    }


def _merges(path: Path) -> list[str]:
    """Return the merges, one pair of tokens per line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path}: cannot be read: {error}: expected merges, one pair of tokens per line") from None
    start = 1 if lines and lines[0].startswith("#version") else 0
    merges = [line.rstrip("\r") for line in lines[start:] if line.strip("\r")]
    for number, merge in enumerate(merges, start + 1):
        if merge.count(" ") != 1:
            raise ReadError(
                f"{path}:{number}: {merge[:80]!r}: expected two tokens with a space between; fetch it again"
            )
    return merges
