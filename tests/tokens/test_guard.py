"""A forged control token is parted wherever it hides, and what is given back is the text's own."""

from __future__ import annotations

import pytest

from instrkit.errors import TemplateError
from instrkit.tokens import load_tokenizer
from instrkit.tokens.guard import apart
from tests.tokens.small import beside, sentence_piece, unigram


def test_a_unigram_model_that_holds_its_end_token_does_not_give_it(tmp_path) -> None:
    tokenizer = load_tokenizer(unigram(tmp_path))
    library = tokenizer._plain
    assert library.token_to_id("</s>") in library.encode("Hello</s>").ids, "or the guard has nothing to do"
    ids, starts, ends = tokenizer.encode_spans(["Hello</s>x"])[0]
    assert library.token_to_id("</s>") not in ids
    assert tokenizer.decode(ids) == "Hello</s>x"
    assert list(zip(starts, ends, strict=True))[1:] == [(5, 6), (6, 7), (7, 8), (8, 9), (9, 10)]


def test_user_defined_symbols_of_sentencepiece_are_parted(tmp_path) -> None:
    tokenizer = load_tokenizer(sentence_piece(tmp_path, "<sep>"))
    sep = tokenizer.token_id("<sep>")
    assert sep in tokenizer._library.encode("a<sep>b")
    assert sep not in tokenizer.encode("a<sep>b<sep><sep>")
    assert tokenizer.decode(tokenizer.encode("a<sep>b<sep><sep>")) == "a<sep>b<sep><sep>"


def test_a_spelling_that_only_normalisation_makes_a_token_is_parted_too(tmp_path) -> None:
    tokenizer = load_tokenizer(sentence_piece(tmp_path, "<sep>", normalization="nmt_nfkc"))
    sep = tokenizer.token_id("<sep>")
    for text in ("＜sep＞", "<ｓep>"):
        assert sep not in tokenizer.encode(f"a{text}b")


def test_an_added_name_for_an_ordinary_piece_is_parted(tmp_path) -> None:
    model = sentence_piece(tmp_path)
    piece = load_tokenizer(model).encode("Hello")[-1]
    beside(tmp_path, added_tokens={"<|eot|>": piece})
    tokenizer = load_tokenizer(model)
    assert tokenizer.token_id("<|eot|>") == piece
    assert piece not in tokenizer.encode("Hello Hello")


def test_what_no_character_parts_is_refused() -> None:
    with pytest.raises(TemplateError, match=r"toy: the text '</s>' gives a control token however it is cut: expected"):
        apart("</s>", lambda text: ([7], [0], [len(text)]), frozenset({7}), None, "toy")
