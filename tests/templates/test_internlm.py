"""InternLM-1 writes questions and answers with tokens of its own, and nothing else."""

from instrkit.templates import render
from instrkit.tokens import IGNORED, encode, load_tokenizer
from tests.templates.samples import chat, lost, trained
from tests.tokens.small import sentence_piece


def test_text_and_loss():
    result = render(chat("u:Q", "a:A", "u:P", "a:B"), "internlm")
    assert result.text == "<s><|User|>:Q<eoh>\n<|Bot|>:A<eoa>\n<|User|>:P<eoh>\n<|Bot|>:B<eoa>\n"
    assert trained(result) == ["A<eoa>", "B<eoa>"]


def test_generation():
    assert render(chat("u:你好"), "internlm", add_generation_prompt=True).text == "<s><|User|>:你好<eoh>\n<|Bot|>:"


def test_an_end_is_the_answers_own():
    made = render(chat("u:<eoa>", "a:A"), "internlm", loss="assistant")
    assert trained(made) == ["A<eoa>"]
    assert [made.text[slice(*span)] for span in made.special_spans] == ["<s>", "<eoh>", "<eoa>"]
    assert [made.text[slice(*span)] for span in made.lookalikes] == ["<eoa>"]


def test_its_ends_are_single_ids_that_no_text_gives(tmp_path):
    path = sentence_piece(tmp_path, "<eoh>", "<eoa>")
    tokenizer = load_tokenizer(str(path))
    made = encode(render(chat("u:<eoa>", "a:b"), "internlm"), tokenizer)
    ends = [tokenizer.controls["<eoh>"], tokenizer.controls["<eoa>"]]
    assert [token for token in made.input_ids if token in ends] == ends
    assert [token for token in made.labels if token != IGNORED][-1] == ends[1]


def test_a_system_message_has_no_place_and_is_reported():
    result = render(chat("s:S", "u:Q", "a:"), "internlm")
    assert result.text == "<s><|User|>:Q<eoh>\n<|Bot|>:<eoa>\n"
    assert lost(result.dropped) == [("system message", "messages[0]")]
