"""Two templates are compared on the same conversations; what one of them refuses is told, and counts as different."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import TEMPLATES, render
from instrkit.templates.comparing import CONVERSATIONS, compare, open_shown
from tests.templates.samples import chat


def test_every_built_in_conversation_is_compared():
    assert [one.name for one in compare("chatml", "yi")] == [*CONVERSATIONS]
    assert all(one.same for one in compare("chatml", "yi"))


def test_an_open_question_is_opened():
    found = {one.name: one for one in compare("chatml", "chatml@llamafactory")}
    assert found["an open question"].diff is not None
    assert found["an open question"].diff.a.endswith("<|im_start|>assistant\n")


def test_what_one_refuses_is_a_difference_and_what_both_refuse_is_none():
    twice = {"twice": chat("u:Hi", "u:Ho")}
    (found,) = compare("chatml", "koala@fastchat", twice)
    assert found.diff is None
    assert "out of turn" in found.error_b
    assert not found.error_a
    assert not found.same
    assert compare("tulu@fastchat", "koala@fastchat", twice)[0].same


def test_an_unknown_template_is_an_error():
    with pytest.raises(UsageError, match="unknown template 'nope'"):
        compare("nope", "chatml")


def test_a_template_that_wants_a_date_gets_an_example():
    assert vars(open_shown("gpt-oss"))["date"] == "2025-08-05"
    assert vars(open_shown("gpt-oss", {"date": "2026-01-01"}))["date"] == "2026-01-01"


def test_each_template_takes_the_variables_it_has():
    (found,) = compare("koala", "koala@fastchat", {"hi": chat("u:Hi", "a:Yo")}, {"default_system": "S"})
    assert found.diff is not None
    assert found.diff.b == "S USER: Hi GPT: Yo</s>"
    with pytest.raises(UsageError, match="unknown variable 'dates'"):
        compare("koala", "koala@fastchat", variables={"dates": "x"})


@pytest.mark.parametrize("name", TEMPLATES.names())
def test_every_template_can_be_shown(name: str):
    assert render(CONVERSATIONS["two turns"], open_shown(name)).text
