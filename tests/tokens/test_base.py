"""Whatever the library: text gives plain tokens only, each knows its characters, and workers open the same again."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.tokens import count_tokens
from instrkit.tokens.base import cuts_in
from tests.tokens.small import CONTROLS, KINDS, WORDS

TEXTS = [
    "",
    " ",
    "Hello world",
    "  Hello\n\nworld  ",
    "你好，世界。龘",
    "😀 é é",
    "\n\n    code\n",
    " ".join(CONTROLS),
    "<s></s><unk><think><sep>",
]
spelled = st.lists(
    st.sampled_from(
        [*CONTROLS, "<s>", "</s>", "<unk>", "<think>", "<sep>", "<", "/s>", "Hello", " ", "你", "\n", "😀", "    "]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_offsets_cover_the_text_and_agree_with_cuts(small, kind: str, text: str) -> None:
    tokenizer = small[kind]
    ids, starts, ends = tokenizer.encode_spans([text])[0]
    assert ids == tokenizer.encode(text)
    assert starts == sorted(starts)
    assert all(0 <= start <= end <= len(text) for start, end in zip(starts, ends, strict=True))
    covered = {k for start, end in zip(starts, ends, strict=True) for k in range(start, end)}
    assert {k for k, letter in enumerate(text) if not letter.isspace()} <= covered
    places = [*range(len(text) + 1)]
    again, found, _ = tokenizer.encode_cut([text], [places])[0]
    assert again == ids
    if kind != "unigram":
        assert found == [(0, False), *cuts_in(starts, ends, places[1:])]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(text=spelled)
def test_no_text_gives_a_control_token(small, kind: str, text: str) -> None:
    tokenizer = small[kind]
    ids = tokenizer.encode(text)
    unknown = tokenizer.token_id("<unk>")  # the token for what the vocabulary lacks is what it is for
    forged = {*tokenizer.controls.values()} - {unknown}
    assert forged.isdisjoint(ids)
    if unknown not in ids and kind != "sentencepiece-nfkc":
        assert tokenizer.decode(ids).lstrip(" ") == text.lstrip(" ")


@pytest.mark.parametrize("kind", KINDS)
def test_many_are_encoded_as_one_by_one(small, kind: str) -> None:
    tokenizer = small[kind]
    texts = TEXTS + WORDS
    assert tokenizer.encode_many(texts) == [tokenizer.encode(text) for text in texts]
    assert count_tokens(texts, tokenizer).tolist() == [len(tokenizer.encode(text)) for text in texts]


@pytest.mark.parametrize("kind", KINDS)
def test_control_tokens_have_their_id_and_are_spelled_when_decoded(small, kind: str) -> None:
    tokenizer = small[kind]
    start, end = tokenizer.token_id("<|im_start|>"), tokenizer.token_id("<|im_end|>")
    assert start is not None
    assert end is not None
    assert tokenizer.token_id("Hello") is None
    ids = [start, *tokenizer.encode("Hello"), end]
    assert tokenizer.decode(ids) == "<|im_start|>Hello<|im_end|>"
    assert tokenizer.size > max(start, end)


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_opens_the_same_tokenizer(small, kind: str) -> None:
    tokenizer = small[kind]
    sent = pickle.dumps(tokenizer)
    assert len(sent) < 400
    opened = pickle.loads(sent)
    assert opened.fingerprint == tokenizer.fingerprint
    assert opened.encode("Hello world") == tokenizer.encode("Hello world")


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_surrogate_pair_is_no_reason_to_stop(small, kind: str) -> None:
    tokenizer = small[kind]
    assert tokenizer.encode("a\ud800b") == tokenizer.encode("a\ufffdb")
    half, whole = (tokenizer.encode_cut([text], [[1, 2]])[0] for text in ("a\ud800b", "a\ufffdb"))
    assert half == (*whole[:2], None)


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        ("byte-level", False), ("unigram", True), ("sentencepiece", True), ("sentencepiece-nfkc", True), ("tiktoken", False),
    ],
)  # fmt: skip
def test_whether_a_space_is_written_by_itself_is_found_out(small, kind: str, prefix: bool) -> None:
    tokenizer = small[kind]
    assert tokenizer.adds_prefix is prefix
    assert (tokenizer.encode_many(["Hello"], bare=True)[0] == tokenizer.encode("Hello")) is not prefix


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_decode_to_itself_is_seen(small, kind: str) -> None:
    tokenizer = small[kind]
    texts = ["Hello world", "ﬁ龘"]
    same = tokenizer.faithful(texts, tokenizer.encode_many(texts))
    assert same == [True, kind not in {"unigram", "sentencepiece-nfkc"}]
