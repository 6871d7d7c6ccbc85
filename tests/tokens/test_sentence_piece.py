"""Places in a SentencePiece text are counted out from its pieces, and are those of the library's offsets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.tokens.base import cuts_in
from tests.tokens.small import KINDS

MODELS = [kind for kind in KINDS if kind.startswith("sentencepiece")]
TEXT = st.text(alphabet="Helo wrd你好，😀ﬁ＜\n\t<>", max_size=30)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=100, deadline=None)
@given(text=TEXT)
def test_counting_pieces_agrees_with_offsets(small, kind: str, text: str) -> None:
    tokenizer = small[kind]
    ids, starts, ends = tokenizer._offsets(text, bare=False)
    places = [*range(len(text) + 1)]
    pieces = tokenizer._library.encode(text, out_type=str)
    counted = tokenizer._counted(text, pieces, places, prefix=True)
    if counted is None:  # changed by the normaliser in a way that is not letter by letter
        return
    by_offsets = [(0, False), *cuts_in(starts, ends, places[1:])]
    letters = [k for k in range(1, len(text)) if not text[k - 1].isspace() and not text[k].isspace()]
    assert [counted[k] for k in letters] == [by_offsets[k] for k in letters]
    assert counted[len(text)][0] == len(ids) or not text.strip()


@pytest.mark.parametrize("text", ["Hello world", "你好", "Hello\nworld 😀", "a<b"])
def test_ordinary_text_is_counted(small, text: str) -> None:
    for kind in MODELS:
        pieces = small[kind]._library.encode(text, out_type=str)
        assert small[kind]._counted(text, pieces, [1], prefix=True) is not None


def test_white_space_that_becomes_one_blank_is_on_both_sides(small) -> None:
    tokenizer = small["sentencepiece-nfkc"]
    text = "a \n b"
    pieces = tokenizer._library.encode(text, out_type=str)
    assert pieces == ["▁a", "▁b"]
    assert tokenizer._counted(text, pieces, [1, 2, 3, 4], prefix=True) == [(1, False), (2, True), (2, True), (2, True)]


def test_inside_a_text_no_space_is_written(small) -> None:
    for kind in MODELS:
        assert small[kind].decode(small[kind].encode_many(["Hello"], bare=True)[0]) == "Hello"
        assert small[kind]._bare.encode("Hello", out_type=str)[0][0] != "▁"
