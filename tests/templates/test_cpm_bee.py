"""CPM-Bee's record is written key by key; marks and unknown texts are numbered as they appear."""

import pytest

from instrkit.errors import TemplateError
from instrkit.formats import parse
from instrkit.sample import Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def bee(**record: object) -> Sample:
    return parse({key.replace("ans", "<ans>"): value for key, value in record.items()}, format="cpm-bee")


@pytest.mark.parametrize(
    ("record", "text", "loss"),
    [
        pytest.param(
            {"input": "1 << 2", "<ans>": "对"},
            "<s><root></s><s>input</s><s>1 < 2</s><s><ans></s><s>对",
            ["<s>对"],
            id="doubled-bracket",
        ),
        pytest.param(
            {"input": "<mask_7>和<mask_3>和<mask_7>", "<ans>": {"<mask_3>": "a", "<mask_7>": "b"}},
            "<s><root></s><s>input</s><s><mask#0>和<mask#1>和<mask#0></s>"
            "<s><ans></s><s><mask#1></s><s>a<s><mask#0></s><s>b",
            ["<s>a", "<s>b"],
            id="numbered-as-they-appear",
        ),
        pytest.param(
            {"<ans>": "x", "a": {"b": "c"}},
            "<s><root></s><s><ans></s><s>x<s>a</s><s>b</s><s>c</s>",
            ["<s>x"],
            id="answer-first",
        ),
        pytest.param(
            {"input": "🎉🚀x🎉", "<ans>": "🎉🚀"},
            "<s><root></s><s>input</s><s><unk#0>x<unk#1></s><s><ans></s><s><unk#0>",
            ["<s><unk#0>"],
            id="unknown-stretches",
        ),
        pytest.param(
            {"input": "<<mask_0> <<|user|>", "<ans>": "x"},
            "<s><root></s><s>input</s><s><mask_0> <|user|></s><s><ans></s><s>x",
            ["<s>x"],
            id="escaped-mark",
        ),
    ],
)
def test_records(record, text, loss):
    made = render(parse(record, format="cpm-bee"), "cpm-bee")
    assert made.text == text
    assert trained(made) == loss


def test_a_vocabulary_that_knows_all():
    assert "你好 🎉" in render(chat("u:你好 🎉", "a:r"), "cpm-bee", vocabulary="all").text


def test_renumbering_is_reported():
    made = render(bee(input="a<mask_0>", ans="🎉"), "cpm-bee")
    assert lost(made.altered) == [("content", "messages[0].content"), ("content", "messages[1].content")]
    assert render(bee(input="a", ans="b"), "cpm-bee").altered == ()


def test_marks_of_a_record_are_tokens_and_those_of_a_chat_are_text():
    made = render(bee(input="<mask_0>", ans="r"), "cpm-bee")
    assert "<mask#0>" in [made.text[start:end] for start, end in made.special_spans]
    made = render(chat("u:<mask_0> </s><ans>", "a:r"), "cpm-bee")
    assert "<s>input</s><s><mask_0> </s><ans></s><s><ans></s><s>r" in made.text
    assert [segment.kind for segment in made.segments if "<mask" in segment.text] == ["content"]


def test_a_transcript():
    made = render(chat("s:S", "u:a", "a:b", "u:c", "a:d"), "cpm-bee")
    assert made.text == (
        "<s><root></s><s>system</s><s>S</s><s>input</s><s>User: a\nAssistant: <mask#0>\nUser: c\nAssistant: <mask#1></s>"
        "<s><ans></s><s><mask#0></s><s>b<s><mask#1></s><s>d"
    )
    assert trained(made) == ["<s>b", "<s>d"]
    assert made.dropped == made.altered == ()


def test_under_assistant_a_chosen_option_is_trained():
    sample = bee(input="x", options={"<option_0>": "对"}, ans="<option_0>")
    assert trained(render(sample, "cpm-bee", loss="assistant")) == ["<option#0>"]


@pytest.mark.parametrize(
    ("turns", "end"),
    [
        pytest.param(("u:q",), "<s>q</s><s><ans></s><s>", id="one"),
        pytest.param(("u:q", "a:r", "u:p"), "<s><mask#0></s><s>r<s><mask#1></s><s>", id="several"),
        pytest.param(("u:q", "a:r"), "<s><ans></s><s>r", id="answered"),
    ],
)
def test_generation(turns, end):
    assert render(chat(*turns), "cpm-bee", add_generation_prompt=True).text.endswith(end)


def test_own_transcripts_come_back():
    record = {"document": "\nUser: hi\nAssistant: <mask_0>", "<ans>": {"<mask_0>": "yo"}}
    text = render(parse(record, format="cpm-bee"), "cpm-bee").text
    assert text == (
        "<s><root></s><s>document</s><s>\nUser: hi\nAssistant: <mask#0></s><s><ans></s><s><mask#0></s><s>yo"
    )


def test_what_the_tokenizer_refuses_is_refused():
    with pytest.raises(TemplateError, match=r"\$\.input: '<b>' is no mark of CPM-Bee"):
        render(bee(input="a<b>c", ans="d"), "cpm-bee")


def test_what_has_no_place_is_reported():
    made = render(chat("u:q", "a:r", "t:x"), "cpm-bee")
    assert lost(made.dropped) == [("tool message", "messages[2]")]
