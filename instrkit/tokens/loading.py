"""Open a tokenizer from a directory or a file, whatever library it belongs to; nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from instrkit.errors import ReadError
from instrkit.tokens.base import Tokenizer
from instrkit.tokens.beside import Beside, read_beside, read_json

__all__ = ["load_tokenizer"]

_KNOWN = (
    "expected tokenizer.json, vocab.json with merges.txt, a SentencePiece .model or a .tiktoken file; "
    "point to a model's directory or to one of these files"
)
_MODELS = ("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tiktoken.model")


def load_tokenizer(path: str | Path) -> Tokenizer:
    """
    Open the tokenizer at *path*.

    Of a directory with several, tokenizer.json counts first, then tokenizer.model and its like, then tiktoken files,
    then vocab.json with merges.txt. Control tokens come from the vocabulary itself and from added_tokens.json,
    special_tokens_map.json and tokenizer_config.json beside it.

    Args:
        path: A directory, or a file: tokenizer.json, vocab.json or merges.txt, a `.model`, a `.tiktoken`.

    Raises:
        ReadError: There is none, or its files are damaged.
    """
    given = Path(path)
    if given.is_dir():
        file = _found(given)
    elif given.is_file():
        file = given
    else:
        raise ReadError(f"{path}: no such file or directory: {_KNOWN}")
    beside = read_beside(file.parent)
    with file.open("rb") as opened:
        if opened.read(32).startswith(b"version https://git-lfs"):
            raise ReadError(f"{file}: a Git LFS pointer, not the file itself: {_KNOWN}; fetch it with `git lfs pull`")
    if file.name in {"vocab.json", "merges.txt"}:
        return _from_bpe(file.parent, beside, str(given))
    if file.suffix == ".json":
        return _from_json(file, beside, str(given))
    return _from_model(file, beside, str(given))


def _found(folder: Path) -> Path:
    """Return the file that holds the vocabulary in *folder*."""
    for name in ("tokenizer.json", *_MODELS):
        if (folder / name).is_file():
            return folder / name
    for pattern in ("*.tiktoken", "*.model"):
        files = sorted(folder.glob(pattern))
        if len(files) > 1:
            names = ", ".join(file.name for file in files)
            raise ReadError(f"{folder}: several tokenizers: {names}: expected one; point to the file")
        if files:
            return files[0]
    if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        return folder / "vocab.json"
    raise ReadError(f"{folder}: no tokenizer in this directory: {_KNOWN}")


def _from_json(file: Path, beside: Beside, name: str) -> Tokenizer:
    from instrkit.tokens.hugging_face import HuggingFaceTokenizer
    from instrkit.tokens.hugging_face_plan import plan_of

    spec = read_json(file)
    parts, plan = plan_of(spec, beside, name, _fingerprint((file, *beside.files)))
    try:
        return HuggingFaceTokenizer(parts, plan)
    except Exception as error:  # noqa: BLE001 - the library raises bare Exception for what it cannot read
        raise ReadError(f"{file}: the tokenizers library cannot read it: {error}: expected a tokenizer.json") from None


def _from_bpe(folder: Path, beside: Beside, name: str) -> Tokenizer:
    from instrkit.tokens.bpe_files import read_bpe
    from instrkit.tokens.hugging_face import HuggingFaceTokenizer
    from instrkit.tokens.hugging_face_plan import plan_of

    spec = read_bpe(folder, beside.config)
    files = (folder / "vocab.json", folder / "merges.txt", *beside.files)
    parts, plan = plan_of(spec, beside, name, _fingerprint(files))
    try:
        return HuggingFaceTokenizer(parts, plan)
    except Exception as error:  # noqa: BLE001 - as above
        raise ReadError(f"{folder}: vocab.json and merges.txt do not fit: {error}: fetch both again") from None


def _from_model(file: Path, beside: Beside, name: str) -> Tokenizer:
    """Open a `.model` or `.tiktoken` file: both names are used for tiktoken's, so the first line decides."""
    from instrkit.tokens.tiktoken_file import TiktokenTokenizer, is_tiktoken, read_ranks, tiktoken_parts

    fingerprint = _fingerprint((file, *beside.files))
    if is_tiktoken(file):
        ranks = read_ranks(file)
        parts, pattern = tiktoken_parts(file, ranks, beside, name, fingerprint)
        return TiktokenTokenizer(parts, ranks, pattern)
    if file.suffix == ".tiktoken":
        raise ReadError(f"{file}: not a tiktoken file: expected a base64 token and its rank per line; fetch it again")
    from instrkit.tokens.sentence_piece import SentencePieceTokenizer
    from instrkit.tokens.sentence_piece_file import read_pieces, sentence_piece_parts

    model = file.read_bytes()
    pieces = read_pieces(model, str(file))
    try:
        return SentencePieceTokenizer(sentence_piece_parts(pieces, beside, name, fingerprint), model)
    except (RuntimeError, ValueError) as error:
        raise ReadError(f"{file}: the sentencepiece library cannot read it: {error}: fetch it again") from None


def _fingerprint(files: Iterable[Path]) -> str:
    digest = sha256()
    for file in files:
        digest.update(f"{file.name}\0".encode())
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()
