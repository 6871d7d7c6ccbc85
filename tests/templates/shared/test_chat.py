"""A regular layout writes each message as the turn of its role; the quick path and the pieces agree."""

from dataclasses import dataclass

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates import Rendered, render
from instrkit.templates.shared.chat import Chat

SYSTEM, USER, ANSWER = Message("system", "S"), Message("user", "hi "), Message("assistant", " yo")


def make(**attributes: object) -> Chat:
    """Return a layout that is in no registry."""
    body = {"name": "made here", "source": "a/b@c:d", "control": ("<s>", "</s>"), "start": "<s>", "system": "S: {}\n",
            "user": "U: {}\n", "assistant": "A: ⟦{}</s>⟧\n", **attributes}  # fmt: skip
    default = body.pop("default_system", None)
    return dataclass(frozen=True, kw_only=True)(type("Made", (Chat,), body))(default_system=default)


def both(layout: Chat, *messages: Message, **options: object) -> Rendered:
    """Render by the quick path where there is one, and check it against the pieces."""
    made = render(Sample(messages), layout, **options)
    assert "".join(piece[0] for piece in made.pieces) == made.text
    return made


def test_turns():
    made = both(make(), SYSTEM, USER, ANSWER)
    assert made.text == "<s>S: S\nU: hi \nA:  yo</s>\n"
    assert [made.text[slice(*span)] for span in made.loss_spans] == [" yo</s>"]
    assert (made.dropped, made.altered) == ((), ())


def test_an_answer_is_opened_for_generation():
    assert both(make(), USER, add_generation_prompt=True).text == "<s>U: hi \nA: "
    assert both(make(open="A:"), USER, add_generation_prompt=True).text == "<s>U: hi \nA:"
    assert both(make(), USER, ANSWER, add_generation_prompt=True).text == "<s>U: hi \nA:  yo</s>\n"


def test_finish_stands_in_training_only():
    assert both(make(finish="</s>"), USER, ANSWER).text.endswith("</s>\n</s>")
    assert both(make(finish="</s>"), USER, add_generation_prompt=True).text.endswith("A: ")


def test_a_default_system_stands_in_for_a_missing_one():
    assert both(make(default_system="D"), USER).text == "<s>S: D\nU: hi \n"
    assert both(make(default_system="D"), SYSTEM, USER).text == "<s>S: S\nU: hi \n"


def test_a_folded_system_stands_in_the_first_question():
    layout = make(system=None, folded="[{}]")
    assert both(layout, SYSTEM, USER, ANSWER, USER).text == "<s>U: [S]hi \nA:  yo</s>\nU: hi \n"


def test_stripping_is_reported():
    made = both(make(strip=True), USER, ANSWER)
    assert made.text == "<s>U: hi\nA: yo</s>\n"
    assert [change.path for change in made.altered] == ["messages[0].content", "messages[1].content"]


def test_what_has_no_place_is_reported():
    made = both(make(system=None), SYSTEM, USER)
    assert [change.kind for change in made.dropped] == ["system message"]


def test_turns_out_of_order_are_refused_where_the_reference_does():
    with pytest.raises(TemplateError, match=r"messages\[1\]: user message out of turn"):
        both(make(alternate=True), USER, USER)
    assert both(make(), USER, USER).text == "<s>U: hi \nU: hi \n"


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param((Message("user", ""), Message("assistant", "")), id="empty"),
        pytest.param((USER, Message("assistant", "x", weight=0.0)), id="weight"),
        pytest.param((USER, Message("assistant", "x", train_spans=((0, 1, False),))), id="spans"),
        pytest.param((Message("user", (Part(text="a"), Part(text="b"))), ANSWER), id="parts"),
        pytest.param((USER, Message("assistant", None, tool_calls=(ToolCall(name="f"),))), id="calls"),
        pytest.param((USER, Message("assistant", "x", thinking="t")), id="thinking"),
    ],
)
def test_the_quick_path_and_the_pieces_agree(messages):
    quick = both(make(), *messages)
    whole = render(Sample(messages), make(), loss="all")
    assert quick.text == whole.text
    assert (quick.dropped, quick.altered) == (whole.dropped, whole.altered)
