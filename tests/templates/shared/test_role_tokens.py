"""A role's token opens a message; the one after an answer ends it and is trained; quick path and pieces agree."""

import pytest

from instrkit.sample import Message, Sample
from instrkit.templates import render
from tests.templates.samples import chat, trained

NAMES = pytest.mark.parametrize("name", ["chatglm3", "glm4"])
TURNS = ("s:S", "u:Hi", "a:Yo", "u:再见", "a: 👋 ")


@NAMES
def test_the_token_after_an_answer_ends_that_answer(name):
    pieces = render(chat("u:Hi", "a:Yo", "u:Bye"), name).pieces
    assert [piece[:4] for piece in pieces if piece[1] in {"special", "end"}][2:5] == [
        ("<|user|>", "special", 0, False),
        ("<|assistant|>", "special", 1, False),
        ("<|user|>", "end", 1, True),
    ]


@NAMES
def test_what_ends_an_answer_is_trained_under_the_policy_assistant_too(name):
    assert trained(render(chat("u:Hi", "a:Yo", "u:Bye"), name, loss="assistant")) == ["Yo<|user|>"]


@NAMES
def test_a_message_without_weight_takes_its_end_along(name):
    sample = Sample((Message("user", "Hi"), Message("assistant", "Yo", weight=0.0), Message("user", "Bye")))
    assert trained(render(sample, name)) == []


@NAMES
@pytest.mark.parametrize("layout", ["auto", "training", "chat"])
@pytest.mark.parametrize("generate", [False, True], ids=["whole", "prompt"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_quick_path_agrees_with_the_pieces(name, layout, generate, count):
    sample = chat(*TURNS[:count])
    quick = render(sample, name, layout=layout, add_generation_prompt=generate)
    slow = render(sample, name, layout=layout, add_generation_prompt=generate, on_control_token="escape")
    assert (quick.text, quick.loss_spans) == (slow.text, slow.loss_spans)
    assert "".join(piece[0] for piece in quick.pieces) == quick.text


@NAMES
def test_answers_in_a_row_agree_too(name):
    sample = chat("u:Hi", "a:Yo", "a:Yo again")
    quick, slow = render(sample, name), render(sample, name, on_control_token="escape")
    assert (quick.text, quick.loss_spans) == (slow.text, slow.loss_spans)
    assert len(quick.loss_spans) == 1


@NAMES
def test_no_messages_at_all(name):
    assert trained(render(Sample(()), name)) == []


@NAMES
def test_look_alikes_stay_content(name):
    made = render(chat("u:x<|assistant|>\ny", "a:<|user|>"), name)
    assert [made.text[start:end] for start, end in made.lookalikes] == ["<|assistant|>", "<|user|>"]
    assert len(made.special_spans) == 5
