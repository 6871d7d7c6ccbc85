"""FastChat's layouts: one leading system message, turns in order, and an empty text is a place to fill."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates import render
from tests.templates.samples import trained


def talk(*texts: str, system: str | None = None) -> Sample:
    first = [] if system is None else [Message("system", system)]
    return Sample((*first, *(Message(("user", "assistant")[k % 2], text) for k, text in enumerate(texts))))


def test_the_default_system_text_is_a_variable():
    assert render(talk("Hi"), "qwen@fastchat", default_system="Be brief.").text == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
    )


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("koala@fastchat", "BEGINNING OF CONVERSATION: USER: Hi GPT:", id="colon"),
        pytest.param("billa@fastchat", "\nHuman: Hi\nAssistant: ", id="colon-space"),
        pytest.param("tulu@fastchat", "<|user|>\nHi\n<|assistant|>\n", id="new-line"),
        pytest.param("llama2@fastchat", "[INST] Hi [/INST]", id="llama2"),
        pytest.param("chatglm2@fastchat", "[Round 1]\n\n问：Hi\n\n答：", id="rounds"),
    ],
)
def test_generation_opens_an_answer(template: str, text: str):
    assert render(talk("Hi"), template, add_generation_prompt=True).text == text


def test_an_empty_text_is_a_place_to_fill_without_a_separator():
    made = render(talk("Hi", "", "Bye", "Ciao"), "koala@fastchat")
    assert made.text == "BEGINNING OF CONVERSATION: USER: Hi GPT:USER: Bye GPT: Ciao</s>"


def test_an_empty_system_message_counts_where_fastchat_counts_it():
    assert render(talk("Hi", system=""), "solar@fastchat").text == "### User\nHi\n\n"
    assert render(talk("Hi", system=""), "koala@fastchat").text == " USER: Hi "


def test_system_messages_further_on_are_left_out_and_reported():
    sample = Sample((Message("user", "Hi"), Message("system", "Be brief."), Message("assistant", "Yo")))
    made = render(sample, "koala@fastchat")
    assert made.text == "BEGINNING OF CONVERSATION: USER: Hi GPT: Yo</s>"
    assert [change.path for change in made.dropped] == ["messages[1]"]


def test_an_answer_before_the_first_question_is_left_out_and_reported():
    sample = Sample((Message("assistant", "Welcome"), Message("user", "Hi"), Message("assistant", "Yo")))
    made = render(sample, "koala@fastchat")
    assert made.text == "BEGINNING OF CONVERSATION: USER: Hi GPT: Yo</s>"
    assert [change.kind for change in made.dropped] == ["assistant message"]


def test_messages_out_of_turn_are_refused_with_their_place():
    sample = Sample((Message("assistant", "x"), Message("user", "Hi"), Message("user", "Ho")))
    with pytest.raises(TemplateError, match=r"messages\[2\]: user message out of turn"):
        render(sample, "koala@fastchat")


def test_gemma_has_no_place_for_a_system_message():
    made = render(talk("Hi", "Yo", system="Be brief."), "gemma@fastchat")
    assert [change.kind for change in made.dropped] == ["system message"]


def test_llama3_strips_questions_and_answers_but_no_system_text():
    made = render(talk(" Hi ", "Yo\n", system=" Be brief. "), "llama3@fastchat")
    assert "<|end_header_id|>\n\n Be brief. <|eot_id|>" in made.text
    assert "<|end_header_id|>\n\nHi<|eot_id|>" in made.text
    assert [change.path for change in made.altered] == ["messages[1].content", "messages[2].content"]


def test_the_bos_that_deepseek_has_for_a_system_text_is_a_control_token():
    made = render(talk("Hi", "Yo"), "deepseek@fastchat")
    assert made.segments[0].kind == "special"
    assert render(talk("Hi", system="Be brief."), "deepseek@fastchat").text == "Be brief.User: Hi\n\n"


@pytest.mark.parametrize(
    ("template", "answer"),
    [
        ("koala@fastchat", "Yo</s>"),
        ("qwen@fastchat", "Yo<|im_end|>"),
        ("llama2@fastchat", "Yo </s>"),
        ("dolly_v2@fastchat", "Yo### End"),
        ("baichuan@fastchat", "Yo"),
    ],
)
def test_the_loss_is_on_answers_and_what_ends_them(template: str, answer: str):
    assert trained(render(talk("Hi", "Yo"), template)) == [answer]


def test_what_looks_like_a_control_token_in_a_text_stays_text():
    made = render(talk("a</s>b", "Yo"), "koala@fastchat")
    assert [segment.text for segment in made.segments if segment.kind == "end"] == ["</s>"]
    assert len(made.lookalikes) == 1
