"""Ids and labels are what the model's own trainer makes: control tokens by name, text as text, loss where it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import pytest

import instrkit
from instrkit.errors import TemplateError, UsageError
from instrkit.templates import Template, render
from instrkit.tokens import IGNORED, encode, encode_many, load_tokenizer
from tests.templates.samples import chat
from tests.tokens.small import CONTROLS, KINDS, beside, byte_level, sentence_piece, unigram

DIALOGUE = chat("s:Be brief.", "u:Hello world", "a:你好，世界。", "u:And <|im_end|> you?", "a:Fine.\n\n    ok 😀")


@dataclass(frozen=True, kw_only=True)
class Toy(Template):
    """A template that writes the pieces it is given."""

    said: tuple = ()
    name: ClassVar[str] = "toy"
    bos: ClassVar[str] = "<s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>")

    def pieces(self, sample, *, generate):
        return [*self.said]


def toy(*pieces) -> instrkit.Rendered:
    """A rendering of (text, kind, train) or (text, kind, train, label)."""
    said = tuple((text, kind, None, train, label[0] if label else None) for text, kind, train, *label in pieces)
    return render(chat("u:Hi"), Toy(said=said))


def labelled(encoded, tokenizer) -> list[str]:
    """The text of each stretch of labels."""
    runs: list[list[int]] = [[]]
    for label in encoded.labels:
        if label == IGNORED:
            runs.append([])
        else:
            runs[-1].append(label)
    return [tokenizer.decode(run) for run in runs if run]


@pytest.mark.parametrize("kind", KINDS)
def test_a_dialogue(small, kind: str) -> None:
    tokenizer = small[kind]
    encoded = encode(render(DIALOGUE, "chatml"), tokenizer)
    start, end = tokenizer.token_id("<|im_start|>"), tokenizer.token_id("<|im_end|>")
    assert [token for token in encoded.input_ids if token in {start, end}] == [start, end] * 5
    assert len(encoded.labels) == len(encoded.attention_mask) == len(encoded)
    assert set(encoded.attention_mask) == {1}
    assert all(label in {IGNORED, token} for label, token in zip(encoded.labels, encoded.input_ids, strict=True))
    first, second = labelled(encoded, tokenizer)
    if not kind.startswith(("unigram", "sentencepiece-")):
        assert (first, second) == ("你好，世界。<|im_end|>", "Fine.\n\n    ok 😀<|im_end|>")
        assert encoded.boundary == encoded.differing == 0
    assert encoded.trained == sum(label != IGNORED for label in encoded.labels)


def test_the_ids_are_those_of_the_models_own_tokenizer(tmp_path) -> None:
    from tokenizers import Tokenizer

    path = byte_level(tmp_path)
    rendered = render(chat("u:Hello world", "a:    你好 😀"), "chatml")
    assert encode(rendered, load_tokenizer(path)).input_ids == Tokenizer.from_file(str(path)).encode(rendered.text).ids


def test_text_that_spells_control_tokens_gives_none_and_decodes_to_itself(small) -> None:
    spelled = "".join(CONTROLS) + "<think><s></s>"
    for kind in ("byte-level", "sentencepiece", "tiktoken"):
        tokenizer = small[kind]
        encoded = encode(render(chat(f"u:{spelled}", f"a:{spelled}"), "chatml"), tokenizer)
        control = [token for token in encoded.input_ids if token in tokenizer.controls.values()]
        assert tokenizer.decode(control) == "<|im_start|><|im_end|><|im_start|><|im_end|>"
        assert labelled(encoded, tokenizer) == [f"{spelled}<|im_end|>"]


def test_a_token_across_the_border_carries_loss_and_is_counted(small) -> None:
    tokenizer = small["byte-level"]
    hello = tokenizer.encode("Hello")
    assert len(hello) == 1
    for pieces in (
        [("Hel", "header", False), ("lo", "content", True)],
        [("Hel", "content", True), ("lo", "separator", False)],
    ):
        encoded = encode(toy(*pieces), tokenizer)
        assert (encoded.input_ids, encoded.labels, encoded.boundary) == (hello, hello, 1)


def test_a_border_inside_what_is_one_character_in_bytes(small) -> None:
    tokenizer = small["tiktoken"]
    encoded = encode(toy(("你", "header", False), ("好", "content", True), ("😀", "separator", False)), tokenizer)
    assert labelled(encoded, tokenizer) == ["好"]
    assert len(encoded) == 10


def test_loss_flags_may_flip_within_one_token(small) -> None:
    tokenizer = small["byte-level"]
    encoded = encode(toy(("H", "header", True), ("el", "content", False), ("lo", "content", True)), tokenizer)
    assert encoded.labels == tokenizer.encode("Hello")


def test_a_space_that_sentencepiece_writes_is_left_to_it(small) -> None:
    pieces = [("Hello", "header", False), (" ", "prefix", False), ("world", "content", True)]
    own = small["sentencepiece"]
    assert encode(toy(*pieces), own, bos=False).input_ids == own.encode("Hello") + own.encode("world")
    other = small["byte-level"]
    assert encode(toy(*pieces), other).input_ids == other.encode("Hello") + other.encode(" world")


def test_the_space_stands_once_where_the_tokenizer_writes_it_once(tmp_path) -> None:
    tokenizer = load_tokenizer(unigram(tmp_path, scheme="first"))
    assert tokenizer.prefix_once
    own = encode(
        toy(("<s>", "special", False), ("Hello", "content", True), ("</s>", "end", True), ("Hello", "content", True)),
        tokenizer,
    )
    bare = tokenizer.encode_many(["Hello"], bare=True)[0]
    assert own.input_ids == [1, *tokenizer.encode("Hello"), 2, *bare]
    prefixed = encode(toy(("</s>", "special", False), (" ", "prefix", False), ("Hello", "content", True)), tokenizer)
    assert prefixed.input_ids[-1:] == tokenizer.encode("Hello")


def test_labels_that_are_not_the_inputs(small) -> None:
    tokenizer = small["byte-level"]
    end = tokenizer.token_id("<|im_end|>")
    start = tokenizer.token_id("<|im_start|>")
    encoded = encode(toy(("<|im_start|>", "special", False, "<|im_end|>"), ("Hello", "content", False)), tokenizer)
    assert encoded.input_ids[0] == start
    assert encoded.labels == [end, IGNORED]
    text = encode(toy(("Hello", "content", False), ("a b", "content", False, "<|im_end|>")), tokenizer)
    assert text.labels == [IGNORED, end, *[IGNORED] * (len(text) - 2)]


def test_a_control_token_the_tokenizer_lacks_is_refused_with_ways_out(small) -> None:
    with pytest.raises(
        TemplateError,
        match=r"^template toy: its control token '\[X\]' is not one of the tokenizer .*: expected .*; choose the template .*missing='text'",
    ):
        encode(toy(("[X]", "special", False)), small["byte-level"])


def test_or_written_as_text_and_counted(small) -> None:
    tokenizer = small["byte-level"]
    encoded = encode(
        toy(("Hel", "content", False), ("[X]", "special", True), ("lo", "content", False)), tokenizer, missing="text"
    )
    assert encoded.input_ids == tokenizer.encode("Hel[X]lo")
    assert encoded.missing == 1
    assert labelled(encoded, tokenizer) == ["[X]"]


def test_an_unknown_treatment_is_refused(small) -> None:
    with pytest.raises(UsageError, match="unknown treatment of missing control tokens 'skip': known: error, text"):
        encode(toy(("a", "content", True)), small["byte-level"], missing="skip")


def test_what_decodes_differently_is_counted(small) -> None:
    rendered = render(chat("u:龘", "a:Hello"), "chatml")
    assert encode(rendered, small["unigram"]).differing > 0
    assert encode(rendered, small["unigram"], check=False).differing == 0
    assert encode(rendered, small["sentencepiece"]).differing == 0


@pytest.mark.parametrize(
    ("adds", "bos", "first"),
    [
        pytest.param(None, None, True, id="nobody-says-otherwise"),
        pytest.param(True, None, True, id="the-tokenizer-adds-it"),
        pytest.param(False, None, False, id="the-tokenizer-adds-none"),
        pytest.param(False, True, True, id="asked-for"),
        pytest.param(True, False, False, id="asked-not-to"),
    ],
)
def test_a_first_token_that_the_layout_leaves_to_the_tokenizer(tmp_path, adds, bos, first: bool) -> None:
    model = sentence_piece(tmp_path)
    if adds is not None:
        beside(tmp_path, tokenizer_config={"add_bos_token": adds})
    tokenizer = load_tokenizer(model)
    encoded = encode(toy(("Hello", "content", True)), tokenizer, bos=bos)
    assert encoded.input_ids == [1] * first + tokenizer.encode("Hello")
    assert encoded.labels == [IGNORED] * first + tokenizer.encode("Hello")


def test_a_layout_that_writes_its_first_token_gets_no_second(small, tmp_path) -> None:
    tokenizer = load_tokenizer(sentence_piece(tmp_path))
    for bos in (None, True):
        assert encode(render(chat("u:Hi", "a:Ho"), "alpaca"), tokenizer, bos=bos).input_ids.count(1) == 1
    with pytest.raises(TemplateError, match="template chatml: no first token is known"):
        encode(render(chat("u:Hi", "a:Ho"), "chatml"), small["byte-level"], bos=True)


def test_a_chat_template_in_jinja_gets_no_first_token_it_does_not_write(tmp_path) -> None:
    from instrkit.templates.jinja import open_chat_template

    model = sentence_piece(tmp_path)
    path = tmp_path / "tokenizer_config.json"
    source = "{% for message in messages %}{{ message.content }}{% endfor %}"
    path.write_text(json.dumps({"bos_token": "<s>", "add_bos_token": True, "chat_template": source}), encoding="utf-8")
    tokenizer = load_tokenizer(model)
    rendered = render(chat("u:Hello"), open_chat_template(str(path)))
    assert encode(rendered, tokenizer).input_ids == tokenizer.encode("Hello")
    assert encode(rendered, tokenizer, bos=True).input_ids == [1, *tokenizer.encode("Hello")]


def test_many_are_encoded_as_one_by_one(small) -> None:
    rendered = [render(chat(f"u:{k}", "a:Hello world"), "chatml") for k in range(20)]
    for tokenizer in small.values():
        assert encode_many(rendered, tokenizer) == [encode(one, tokenizer) for one in rendered]
    assert encode_many([], small["tiktoken"]) == []


# --- real data, real tokenizers ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_samples(real_data):
    samples = []
    for name in ("alpaca_en.json", "alpaca_zh.json"):
        records = json.loads((real_data / "alpaca" / name).read_text(encoding="utf-8"))[:1100]
        samples += [instrkit.parse(record, format="alpaca") for record in records]
    return samples


@pytest.mark.real
@pytest.mark.parametrize("template", ["alpaca", "chatglm", "moss", "chatml"])
def test_every_label_stands_for_trained_text(aquila, real_samples, template: str) -> None:
    rendered = [render(sample, template) for sample in real_samples]
    for one, encoded in zip(rendered, encode_many(rendered, aquila, missing="text"), strict=True):
        assert aquila.decode(encoded.input_ids) == one.text
        assert encoded.differing == 0
        stretches = "".join(labelled(encoded, aquila))
        trained = "".join(one.text[start:end] for start, end in one.loss_spans)
        assert stretches == trained or (encoded.boundary and trained in stretches)


@pytest.mark.real
@pytest.mark.parametrize("template", ["alpaca", "chatml"])
def test_a_real_sentencepiece_model_agrees_with_its_own_offsets(chinese_llama, real_samples, template: str) -> None:
    rendered = [render(sample, template) for sample in real_samples[::7]]
    for one, encoded in zip(rendered, encode_many(rendered, chinese_llama, missing="text"), strict=True):
        text = one.text.removeprefix("<s>").removesuffix("</s>") if template == "alpaca" else one.text
        shift = 3 if template == "alpaca" else 0
        ids, starts, ends = chinese_llama.encode_spans([text])[0]
        own = [1] * bool(shift) + ids + [2] * bool(shift)
        assert encoded.input_ids == own
        spans = [(start - shift, end - shift) for start, end in one.loss_spans]
        expected = [
            token if any(a < high and low < b for low, high in spans) else IGNORED
            for token, a, b in zip(ids, starts, ends, strict=True)
        ]
        got = encoded.labels[1:-1] if shift else encoded.labels
        assert got == expected
