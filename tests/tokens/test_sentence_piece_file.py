"""A model file tells control tokens from user-defined symbols, and both from words."""

from __future__ import annotations

import pytest

from instrkit.errors import ReadError
from instrkit.tokens import load_tokenizer
from instrkit.tokens.beside import Beside
from instrkit.tokens.sentence_piece_file import read_pieces, sentence_piece_parts
from tests.tokens.small import beside, sentence_piece


def test_pieces_are_those_of_the_library(tmp_path) -> None:
    import sentencepiece

    path = sentence_piece(tmp_path, "<sep>", "  ")
    pieces = read_pieces(path.read_bytes(), "toy")
    library = sentencepiece.SentencePieceProcessor(model_file=str(path))
    assert [spelling for spelling, _ in pieces] == [library.id_to_piece(k) for k in range(library.get_piece_size())]
    assert [type for _, type in pieces[:4]] == [2, 3, 3, 4]


def test_what_is_control_and_what_must_not_come_out_of_text() -> None:
    pieces = [
        ("<unk>", 2),
        ("<s>", 3),
        ("<sep>", 4),
        ("▁▁", 1),
        ("9", 4),
        ("<reserved_1>", 1),
        ("<0x0A>", 6),
        ("<p>", 1),
    ]
    parts = sentence_piece_parts(pieces, Beside(tokens={"<|x|>": 7, "<|y|>": None}), "toy", "")
    assert parts.controls == {"<unk>": 0, "<s>": 1, "<sep>": 2, "<reserved_1>": 5, "<|x|>": 7, "<|y|>": 8}
    assert parts.forbidden == {2, 5, 7}
    assert (parts.size, parts.bos, parts.eos) == (9, "<s>", None)


def test_what_follows_a_control_token_gets_no_space_where_the_model_is_not_legacy(tmp_path) -> None:
    path = sentence_piece(tmp_path)
    assert load_tokenizer(path).prefix_once is False
    beside(tmp_path, tokenizer_config={"legacy": False})
    assert load_tokenizer(path).prefix_once is True


@pytest.mark.parametrize("model", [b"", b"\x0b", b"\x0a\xff", b"plain text", b"\xff\xff"], ids=repr)
def test_what_is_no_model_is_refused(model: bytes) -> None:
    with pytest.raises(ReadError, match="toy: not a SentencePiece model: expected its pieces"):
        read_pieces(model, "toy")
