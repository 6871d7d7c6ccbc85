"""A template is found by name, says where it comes from, and takes only the variables it has."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import TEMPLATES, Segment, Template, open_template, render, template_info
from tests.templates.samples import chat

FOUR = ["alpaca", "chatglm", "chatglm2", "moss"]
PAIR = chat("u:Hi", "a:你好")


def test_the_four_are_there():
    assert set(FOUR) <= set(TEMPLATES.names())


@pytest.mark.parametrize("name", FOUR)
def test_info(name):
    info = template_info(name)
    assert info.name == name
    repository, _, path = info.source.partition("@")
    assert repository.count("/") == 1
    assert ":" in path
    assert info.eos in info.control_tokens
    assert info.summary
    assert (info.default_system is not None) is (name == "moss")


def test_variables_and_their_defaults():
    assert template_info("alpaca").variables == {}
    assert template_info("chatglm2").variables == {"first_round": 1, "prefix": "", "system": "drop"}


def test_segments_are_what_the_reference_trainer_sees():
    segments = list(open_template("chatglm2").segments(PAIR))
    assert segments[0] == Segment("[gMASK]", "special")
    assert segments[-2:] == [Segment("你好", "content", 1, True), Segment("</s>", "end", 1, True)]


def test_a_template_can_be_given_itself():
    assert render(PAIR, open_template("chatglm2", {"first_round": 5})).text.startswith("[gMASK]sop[Round 5]")
    assert render(PAIR, open_template("chatglm2", {"prefix": "P"}), first_round=5).text.startswith(
        "[gMASK]sopP[Round 5]"
    )


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        pytest.param(lambda: render(PAIR, "chatgml"), "unknown template 'chatgml': did you mean 'chat", id="template"),
        pytest.param(lambda: template_info("x"), "unknown template 'x'", id="info"),
        pytest.param(lambda: render(PAIR, "chatglm2", first_ruond=2),
                     "template chatglm2: unknown variable 'first_ruond': did you mean 'first_round'", id="variable"),
        pytest.param(lambda: render(PAIR, "alpaca", date="x"), "template alpaca: unknown variable 'date'", id="no-variables"),
        pytest.param(lambda: render(PAIR, "chatglm2", first_round="one"),
                     "template chatglm2: variable first_round: input should be a valid integer", id="type"),
    ],
)  # fmt: skip
def test_mistakes_are_named(call, problem):
    with pytest.raises(UsageError, match=problem):
        call()


def test_the_base_writes_nothing_itself():
    with pytest.raises(NotImplementedError):
        list(Template().segments(PAIR))
