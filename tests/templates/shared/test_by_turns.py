"""User and assistant take turns from a given message on, and whatever else stands there is refused with its place."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message
from instrkit.templates.shared.by_turns import leads, out_of_turn, refuse_unless_by_turns
from tests.templates.samples import chat


@pytest.mark.parametrize(
    ("turns", "start"),
    [
        pytest.param((), 0, id="nothing"),
        pytest.param(("u:q",), 0, id="question"),
        pytest.param(("u:q", "a:r", "u:q"), 0, id="three"),
        pytest.param(("s:S", "u:q", "a:r"), 1, id="after-system"),
        pytest.param(("s:S",), 1, id="system-only"),
    ],
)
def test_turns_in_order_are_fine(turns, start):
    refuse_unless_by_turns(chat(*turns).messages, start)


@pytest.mark.parametrize(
    ("turns", "start", "message"),
    [
        pytest.param(("a:r",), 0, r"messages\[0\]: assistant message out of turn: expected user", id="answer-first"),
        pytest.param(("u:q", "u:q"), 0, r"messages\[1\]: user message .*expected assistant", id="two-questions"),
        pytest.param(("u:q", "s:S"), 0, r"messages\[1\]: system message", id="late-system"),
        pytest.param(("u:q", "a:r", "t:x"), 0, r"messages\[2\]: tool message", id="tool"),
        pytest.param(("s:S", "a:r"), 1, r"messages\[1\]: assistant message", id="answer-after-system"),
    ],
)
def test_others_are_refused(turns, start, message):
    with pytest.raises(TemplateError, match=message):
        refuse_unless_by_turns(chat(*turns).messages, start)


def test_a_system_or_developer_message_leads():
    assert leads(chat("s:S", "u:q").messages) == 1
    assert leads((Message("developer", "S"),)) == 1
    assert leads(chat("u:q", "s:S").messages) == 0
    assert leads(()) == 0


def test_a_refusal_names_the_message():
    assert str(out_of_turn(3, "user")).startswith("messages[3]: user message out of turn: expected user and assistant")
