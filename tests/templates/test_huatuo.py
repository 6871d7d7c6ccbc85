"""BenTsao asks in Chinese and knows no input: it is left out and reported, or refused."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

INPUT = Sample((Message("user", (Part(text="问"), Part(text="病历", name="input"))), Message("assistant", "答")))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("huatuo:med_template", "<s>下面是一个问题，运用医学知识来正确回答提问.\n### 问题:\n问\n### 回答:\n答</s>"),
        ("huatuo:bloom_deploy", "<s>下面是一个问题，运用医学知识来正确回答提问.\n问\n\n\n### 回答：\n答</s>"),
    ],
)
def test_an_input_is_left_out_and_reported(name, text):
    made = render(INPUT, name)
    assert made.text == text
    assert trained(made) == ["答</s>"]
    assert [path for _, path in lost((*made.dropped, *made.altered))] == ["messages[0].content[1]"]


def test_literature_refuses_an_input():
    with pytest.raises(TemplateError, match=r"messages\[0\]\.content: an input beside the instruction: .* no place"):
        render(INPUT, "huatuo:literature_template")


def test_literature_writes_an_input_without_text():
    sample = Sample((Message("user", (Part(text="问"), Part(text="", name="input"))), Message("assistant", "答")))
    assert render(sample, "huatuo:literature_template").text.endswith("\n\n ### 说明:\n问\n\n### 回复:\n答</s>")


def test_bentsao_is_the_medical_file():
    assert render(chat("u:q", "a:r"), "bentsao").text == render(chat("u:q", "a:r"), "huatuo:med_template").text


def test_without_an_input_bloom_has_one_line_break():
    assert render(chat("u:q", "a:r"), "huatuo:bloom_deploy").text.endswith("\nq\n### 回答：\nr</s>")


def test_generation():
    assert render(chat("u:q"), "bentsao", add_generation_prompt=True).text.endswith("\nq\n### 回答:\n")


def test_earlier_rounds_and_system_are_reported():
    made = render(chat("s:x", "u:a", "a:b", "u:c", "a:d"), "bentsao")
    assert [path for _, path in lost(made.dropped)] == ["messages[0]", "messages[1]", "messages[2]"]
