"""The quick path of regular layouts: it joins what carries loss, folds a system text in, and keeps to its conditions."""

from dataclasses import dataclass

import pytest

from instrkit.sample import Message, Sample
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import meets
from tests.templates.samples import chat


def make(**attributes: object) -> Chat:
    """Return a layout that is in no registry."""
    body = {"name": "made here", "source": "a/b@c:d", "control": ("<s>", "</s>"), "start": "<s>",
            "user": "U: {}\n", "assistant": "⟦A: {}</s>⟧", **attributes}  # fmt: skip
    default = body.pop("default_system", None)
    return dataclass(frozen=True, kw_only=True)(type("Made", (Chat,), body))(default_system=default)


def test_stretches_that_touch_are_one():
    text, spans = make(user="⟦U:⟧ {}⟦\n⟧").quick(chat("u:q", "a:yo"), generate=False)
    assert [text[start:end] for start, end in spans] == ["U:", "\nA: yo</s>"]


def test_an_empty_text_without_loss_parts_nothing():
    text, spans = make(user="⟦U:⟧{}⟦\n⟧").quick(chat("u:"), generate=False)
    assert [text[start:end] for start, end in spans] == ["U:\n"]


def test_a_system_text_is_folded_into_the_question_and_moves_the_loss():
    text, spans = make(folded="[{}]").quick(chat("s:S", "u:q", "a:yo"), generate=False)
    assert text == "<s>U: [S]q\nA: yo</s>"
    assert [text[start:end] for start, end in spans] == ["A: yo</s>"]
    assert make(folded="[{}]", default_system="D").quick(chat("u:q"), generate=False) == ("<s>U: [D]q\n", ())


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(chat("s:S", "u:q"), id="role without a turn"),
        pytest.param(Sample((Message("user", "q", thinking="t"),)), id="thinking"),
        pytest.param(Sample(()), id="no message"),
    ],
)
def test_what_takes_pieces_is_left_to_them(sample):
    assert make().quick(sample, generate=False) is None


def test_a_class_with_methods_of_its_own_must_say_when_they_do_nothing():
    own = {"turn": Chat.turn}
    assert make(**own).quick(chat("u:q"), generate=False) is None
    assert make(**own, plain=()).quick(chat("u:q"), generate=False) is not None


@pytest.mark.parametrize(
    ("condition", "good", "bad"),
    [
        ("in turn", chat("s:S", "u:q", "a:yo", "u:"), chat("u:q", "u:q")),
        ("stripped", chat("u:q q", "a:"), chat("u:q ")),
        ("with text", chat("u:q"), chat("u:q", "a:")),
    ],
)
def test_conditions(condition, good, bad):
    assert meets(good.messages, (condition,))
    assert not meets(bad.messages, (condition,))
