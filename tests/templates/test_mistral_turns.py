"""Turns are mistral-common's: neighbours join, some orders are refused."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, ToolCall
from instrkit.templates.mistral_turns import MistralTurn, refuse_bad_order, turns_of
from tests.templates.samples import chat

CALLED = Message("assistant", None, tool_calls=(ToolCall(name="f"),))


def test_neighbours_join_but_not_across_a_system_message() -> None:
    found = turns_of(chat("u:a", "u:b", "s:S", "u:c").messages, system_turns=False)
    assert found.turns == (MistralTurn("user", (0, 1)), MistralTurn("user", (3,)))
    assert (found.first_user, found.last_user) == (0, 1)


def test_results_and_system_turns_stay_apart() -> None:
    found = turns_of(chat("s:a", "s:b", "u:c", "a:d", "t:e", "t:f").messages, system_turns=True)
    assert [turn.members for turn in found.turns] == [(0,), (1,), (2,), (3,), (4,), (5,)]


def test_answers_of_other_weights_stay_apart() -> None:
    messages = (Message("user", "a"), Message("assistant", "b", weight=0.0), Message("assistant", "c", weight=1.0))
    assert len(turns_of(messages, system_turns=False).turns) == 3


def test_without_a_question_there_is_an_empty_one_only_where_system_texts_need_it() -> None:
    assert turns_of(chat("a:x").messages, system_turns=False).turns[0] == MistralTurn("user", ())
    assert turns_of(chat("a:x").messages, system_turns=True).last_user == -1


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        pytest.param(("s:a", "t:b"), "role tool follows role system", id="system-tool"),
        pytest.param(("u:a", "t:b"), "role tool follows role user", id="user-tool"),
        pytest.param(("u:a", "a:b", "s:c"), "role system follows role assistant", id="assistant-system"),
        pytest.param(("u:a", "a:b", "t:c", "s:d"), "role system follows role tool", id="tool-system"),
        pytest.param(("u:a", "a:b", "t:c", "a:d"), "differ in number", id="results-without-calls"),
    ],
)
def test_orders_that_are_refused(turns: tuple[str, ...], message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        refuse_bad_order(chat(*turns).messages, training=False)


def test_an_answer_before_all_results_is_refused() -> None:
    with pytest.raises(TemplateError, match=r"messages\[2\]: calls and results before it differ in number"):
        refuse_bad_order((Message("user", "x"), CALLED, Message("assistant", "y")), training=False)


def test_results_that_end_a_sample_may_be_too_few_but_not_too_many() -> None:
    asked, result = Message("user", "x"), Message("tool", "1")
    refuse_bad_order((asked, CALLED), training=True)
    refuse_bad_order((asked, CALLED, result, result), training=False)
    with pytest.raises(TemplateError, match=r"messages\[3\]"):
        refuse_bad_order((asked, CALLED, result, result), training=True)
