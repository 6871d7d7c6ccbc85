"""A tokenizer.json gives the ids its library gives, but for added tokens; places are found with and without offsets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.tokens import load_tokenizer
from instrkit.tokens.base import cuts_in
from tests.tokens.small import byte_level, unigram


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """Plain byte-level, byte-level after NFC, byte-level after NFKC (no byte for byte), Unigram."""
    from tokenizers import normalizers

    folders = [tmp_path_factory.mktemp("hf") for _ in range(4)]
    return {
        "plain": load_tokenizer(byte_level(folders[0])),
        "nfc": load_tokenizer(byte_level(folders[1], normalizer=normalizers.NFC())),
        "nfkc": load_tokenizer(byte_level(folders[2], normalizer=normalizers.NFKC())),
        "unigram": load_tokenizer(unigram(folders[3])),
    }


TEXT = st.text(alphabet="Helo wrd你好😀e\u0301éﬁ\n<s>/", max_size=30)


@pytest.mark.parametrize("kind", ["plain", "nfc", "nfkc", "unigram"])
@settings(max_examples=60, deadline=None)
@given(text=TEXT)
def test_places_are_those_of_the_librarys_offsets(kinds, kind: str, text: str) -> None:
    tokenizer = kinds[kind]
    encoded = tokenizer._plain.encode(text)
    if tokenizer._forbidden & {*encoded.ids} or "<unk>" in text:
        return
    places = [*range(1, len(text) + 1)]
    ids, found, _ = tokenizer.encode_cut([text], [places])[0]
    assert ids == encoded.ids == tokenizer.encode(text)
    starts, ends = [0, *[]] * 0, []
    low = high = 0
    for start, end in encoded.offsets:
        low, high = max(low, start), max(high, end)
        starts.append(low)
        ends.append(high)
    for place, (index, across) in zip(places, found, strict=True):
        assert index == cuts_in(starts, ends, [place])[0][0]
        assert across == any(a < place < b for a, b in zip(starts, ends, strict=True))


@pytest.mark.parametrize(("kind", "same"), [("plain", True), ("nfc", False), ("nfkc", False)])
def test_what_normalising_changes_is_seen(kinds, kind: str, same: bool) -> None:
    tokenizer = kinds[kind]
    texts = ["é", "e\u0301"]
    assert tokenizer.faithful(texts, tokenizer.encode_many(texts)) == [True, same]


def test_added_white_space_is_one_token_as_in_the_library(tmp_path) -> None:
    from tokenizers import Tokenizer

    path = byte_level(tmp_path)
    tokenizer, library = load_tokenizer(path), Tokenizer.from_file(str(path))
    text = "Hello\n    world        你"
    assert tokenizer.encode(text) == library.encode(text).ids
    assert library.token_to_id("    ") in tokenizer.encode(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_run_inside_a_text_gets_no_space_of_its_own(kinds) -> None:
    tokenizer = kinds["unigram"]
    assert tokenizer.encode_many(["Hello"], bare=True)[0] != tokenizer.encode("Hello")
    assert tokenizer.decode(tokenizer.encode_many(["Hello"], bare=True)[0]) == "Hello"
