"""What is counted out for many texts at once is what each text's own pieces, offsets and decoding say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.tokens import Tokenizer, load_tokenizer
from instrkit.tokens.base import cuts_in
from tests.tokens.small import sentence_piece

RULES = ("identity", "nfkc", "nmt_nfkc", "nmt_nfkc_cf")
TEXTS = st.lists(
    st.text(alphabet="Helo wrd  你好，。😀ﬁ＜Å①…e\u0301ｶﾞ▁\u3000\u200b\x00\n\t<0xE4>", max_size=24), max_size=6
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Tokenizer]:
    """Models of every rule of the library, with a token for each byte and without."""
    return [
        load_tokenizer(sentence_piece(tmp_path_factory.mktemp("model"), "<sep>", normalization=rule, bytes=bytes))
        for rule in RULES
        for bytes in (True, False)
    ]


@settings(max_examples=150, deadline=None)
@given(texts=TEXTS, bare=st.booleans())
def test_places_and_faithfulness_are_those_found_text_by_text(models, texts: list[str], bare: bool) -> None:
    for tokenizer in models:
        cuts = [[*range(len(text) + 1)] for text in texts]
        prefix = tokenizer.adds_prefix and not bare
        arrays = tokenizer._arrays(texts, bare=bare)
        known = tokenizer._spelling.compare(texts, arrays, cuts, prefix=prefix)
        same = tokenizer.faithful(texts, [ids.tolist() for ids in arrays])
        for text, places, sure, decoded in zip(texts, cuts, known, same, strict=True):
            if sure is None:
                continue
            pieces = tokenizer._processor(bare).encode(text, out_type=str)
            counted = tokenizer._counted(text, pieces, places, prefix=prefix)
            if counted is not None:
                assert sure[0] == counted
            else:  # the library shows a byte where a letter is meant
                _, starts, ends = tokenizer._offsets(text, bare=bare)
                assert sure[0][1:] == cuts_in(starts, ends, places)[1:]
            assert sure[1] in {decoded, None}


@settings(max_examples=80, deadline=None)
@given(texts=TEXTS)
def test_many_texts_are_aligned_as_one_by_one(models, texts: list[str]) -> None:
    for tokenizer in models:
        cuts = [[*range(0, len(text) + 1, 3)] for text in texts]
        singly = [tokenizer.encode_cut([text], [places])[0] for text, places in zip(texts, cuts, strict=True)]
        assert tokenizer.encode_cut(texts, cuts) == singly
        assert [ids for ids, _, _ in singly] == tokenizer.encode_many(texts)


@pytest.mark.parametrize(
    ("rule", "text", "end", "faithful"),
    [
        pytest.param("identity", "Hello\nworld", 7, True, id="a-line-end-is-a-byte"),
        pytest.param("nmt_nfkc", "a\nb", 2, False, id="a-line-end-becomes-a-blank"),
        pytest.param("nmt_nfkc", "你，", 3, False, id="a-comma-of-half-the-width"),
        pytest.param("nmt_nfkc", "a ", 1, False, id="a-blank-at-the-end-goes"),
        pytest.param("nmt_nfkc", " a", 1, None, id="a-blank-at-the-start-goes-which-decoding-would-hide"),
    ],
)
def test_letter_for_letter_no_text_is_looked_at_alone(models, rule: str, text: str, end: int, faithful) -> None:
    tokenizer = models[RULES.index(rule) * 2]
    arrays = tokenizer._arrays([text], bare=False)
    found = tokenizer._spelling.compare([text], arrays, [[0, len(text)]], prefix=True)
    assert found == [([(0, False), (len(arrays[0]), False)], faithful)]
    assert len(arrays[0]) <= end


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param("identity", "Hello 😀", id="bytes-of-a-character"),
        pytest.param("identity", "a▁b", id="a-letter-that-looks-like-a-blank"),
        pytest.param("nmt_nfkc", "ﬁ", id="one-becomes-two"),
        pytest.param("nmt_nfkc", "e\u0301", id="two-become-one"),
        pytest.param("nmt_nfkc", "a\x01b", id="one-goes"),
    ],
)
def test_what_is_not_letter_for_letter_is_left_to_a_closer_look(models, rule: str, text: str) -> None:
    tokenizer = models[RULES.index(rule) * 2]
    texts = ["Hello", text, "world"]
    found = tokenizer._spelling.compare(texts, tokenizer._arrays(texts, bare=False), [[]] * 3, prefix=True)
    assert found == [([], True), None, ([], True)]


def test_nothing_and_texts_without_characters(models) -> None:
    for tokenizer in models:
        assert tokenizer._spelling.compare([], [], [], prefix=True) == []
        for bare in (True, False):
            assert tokenizer.encode_cut(["", ""], [[], [0]], bare=bare) == [([], [], None), ([], [(0, False)], None)]
