"""Tokenizers small enough to build in a test, one of each kind."""

from __future__ import annotations

import base64
import json
from pathlib import Path

WORDS = [
    "Hello world, how are you?",
    "你好，世界。",
    "Below is an instruction",
    "a b c d e f g",
    "user assistant system",
] * 4
CONTROLS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
THINK = "<think>"


def byte_level(folder: Path, *, normalizer: object = None) -> Path:
    """A byte-level BPE with three special tokens, one added token that is markup and one that is white space."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    library = Tokenizer(models.BPE())
    if normalizer is not None:
        library.normalizer = normalizer
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    library.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    library.train_from_iterator(
        WORDS, trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    )
    library.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in CONTROLS])
    library.add_tokens([AddedToken(THINK, special=False, normalized=False), AddedToken("    ", normalized=False)])
    path = folder / "tokenizer.json"
    library.save(str(path))
    return path


def unigram(folder: Path, *, scheme: str = "always") -> Path:
    """A Unigram model in whose vocabulary its control tokens stand as words, with a dummy prefix."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = sorted({letter for word in WORDS for letter in word.replace(" ", "▁")} | set("</s>|unkimetdofx\n"))
    pieces = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", -1.0), ("▁Hello", -2.0), ("▁world", -2.0), ("▁", -4.0)]
    pieces += [(letter, -8.0) for letter in letters if letter != "▁"]
    library = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    library.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    library.decoder = decoders.Metaspace(prepend_scheme=scheme, split=False)
    library.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in ("<unk>", "<s>", "</s>")]
    )
    path = folder / "tokenizer.json"
    library.save(str(path))
    return path


def sentence_piece(folder: Path, *symbols: str, normalization: str = "identity", bytes: bool = True) -> Path:
    """A SentencePiece BPE model with user-defined *symbols*, which text can spell."""
    import sentencepiece

    lines = folder / "lines.txt"
    lines.write_text("\n".join(WORDS), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(lines),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=340 if bytes else 80,
        model_type="bpe",
        byte_fallback=bytes,
        normalization_rule_name=normalization,
        remove_extra_whitespaces=normalization != "identity",
        user_defined_symbols=[*symbols],
        character_coverage=1.0,
        minloglevel=2,
        hard_vocab_limit=False,
    )
    return folder / "tokenizer.model"


def tiktoken_file(folder: Path, name: str = "tiny.tiktoken") -> Path:
    """A tiktoken file written by hand: all bytes and a few words."""
    words = [b"Hello", b"He", b"ll", b"llo", b" w", b" wor", b" world", b"or", b"ld"]
    tokens = [bytes([k]) for k in range(256)] + sorted(words, key=len)
    path = folder / name
    path.write_text("".join(f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(tokens)))
    return path


def beside(folder: Path, **files: object) -> None:
    """Write the small files that stand beside a vocabulary: `tokenizer_config={…}`."""
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def build(kind: str, folder: Path) -> Path:
    """The small tokenizer of a *kind*, with the three control tokens of ChatML."""
    if kind == "byte-level":
        return byte_level(folder)
    if kind == "unigram":
        path = unigram(folder)
    elif kind == "sentencepiece":
        path = sentence_piece(folder, "<sep>", "<think>")
    elif kind == "sentencepiece-nfkc":
        path = sentence_piece(folder, "<sep>", "<think>", normalization="nmt_nfkc")
    else:
        path = tiktoken_file(folder)
    beside(folder, added_tokens={token: 1000 + k for k, token in enumerate(CONTROLS)})
    return path


KINDS = ("byte-level", "unigram", "sentencepiece", "sentencepiece-nfkc", "tiktoken")
