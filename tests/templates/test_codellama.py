"""Code Llama refuses `<step>` besides Llama 2's tags; its 70B model writes sources, texts and steps."""

import pytest
from sentencepiece import SentencePieceProcessor

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates import render
from instrkit.tokens import encode, load_tokenizer
from tests.templates.samples import chat, lost, trained
from tests.tokens.small import sentence_piece

OPENED = " Source: assistant\nDestination: user\n\n "


@pytest.mark.parametrize("template", ["codellama", "codellama-70b"])
@pytest.mark.parametrize("tag", ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<step>"])
def test_a_tag_in_the_text_is_refused(template, tag):
    with pytest.raises(TemplateError, match=r"messages\[0\]\.content: "):
        render(chat(f"u:a{tag}"), template)
    made = render(chat(f"u:a{tag}"), template, refuse_tags=False)
    assert [made.text[slice(*span)] for span in made.lookalikes] == [tag]


def test_llama2_takes_a_step_for_text():
    assert render(chat("u:a<step>"), "llama2").text == "<s>[INST] a<step> [/INST]"


@pytest.mark.parametrize(
    ("turns", "generate", "text"),
    [
        pytest.param(("u:q",), True, f"<s> Source: system<step> Source: user\n\n q<step>{OPENED}", id="prompt"),
        pytest.param(("u:q",), False, "<s> Source: system<step> Source: user\n\n q<step>", id="open"),
        pytest.param(("s: S ", "u:q", "a: 好\n"), False,
                     "<s> Source: system\n\n S<step> Source: user\n\n q<step> Source: assistant\n\n 好<step>",
                     id="answered"),
        pytest.param(("s:", "u:"), False, "<s> Source: system<step> Source: user<step>", id="empty-texts"),
        pytest.param(("s:S", "u: "), False, "<s> Source: system\n\n S<step> Source: user\n\n <step>", id="blank-text"),
    ],
)  # fmt: skip
def test_text_of_the_70b_model(turns, generate, text):
    assert render(chat(*turns), "codellama-70b", add_generation_prompt=generate).text == text


def test_the_trained_characters_of_the_70b_model():
    assert trained(render(chat("u:q", "a: r ", "u:q", "a:👋"), "codellama-70b")) == ["r<step>", "👋<step>"]
    assert render(chat("u:q"), "codellama-70b", add_generation_prompt=True).loss_spans == ()


def test_heads_and_texts_are_encoded_apart():
    pieces = render(chat("u:q"), "codellama-70b", add_generation_prompt=True).pieces
    assert [piece[:2] for piece in pieces[4:]] == [
        ("", "prefix"), (" Source: user", "header"), ("", "prefix"), ("\n\n ", "header"), ("q", "content"),
        ("<step>", "end"), ("", "prefix"), (" Source: assistant\nDestination: user", "header"), ("", "prefix"),
        ("\n\n ", "header"),
    ]  # fmt: skip


@pytest.mark.parametrize("config", ['{"legacy": false}', "{}"], ids=["prefix-once", "legacy"])
def test_ids_of_the_70b_model(tmp_path, config):
    path = sentence_piece(tmp_path, "<step>")
    (tmp_path / "tokenizer_config.json").write_text(config)
    library = SentencePieceProcessor(model_file=str(path))
    made = encode(render(chat("u:a b"), "codellama-70b", add_generation_prompt=True), load_tokenizer(str(path)))
    step = library.piece_to_id("<step>")
    assert made.input_ids == [
        library.bos_id(), *library.encode(" Source: system"), step, *library.encode(" Source: user"),
        *library.encode("\n\n a b"), step, *library.encode(" Source: assistant\nDestination: user"),
        *library.encode("\n\n "),
    ]  # fmt: skip


def test_a_destination_stands_where_a_message_names_one():
    answer = Message("assistant", "r", extra={"destination": " user "})
    text = "<s> Source: system<step> Source: user\n\n q<step> Source: assistant\nDestination: user\n\n r<step>"
    assert render(Sample((Message("user", "q"), answer)), "codellama-70b").text == text
    assert render(chat("u:q", "a:r"), "codellama-70b", destination="user").text == text


def test_stripping_is_reported():
    made = render(chat("s:S", "u: q ", "a:r"), "codellama-70b")
    assert lost(made.altered) == [("content", "messages[1].content")]


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        pytest.param(("s:S",), "no user message", id="system-only"),
        pytest.param(("a:r",), "out of turn", id="answer-first"),
        pytest.param(("u:q", "t:x"), "out of turn", id="tool"),
    ],
)
def test_messages_out_of_turn_are_refused(turns, message):
    with pytest.raises(TemplateError, match=message):
        render(chat(*turns), "codellama-70b")
