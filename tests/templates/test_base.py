"""A template says where it comes from and which variables it has, and its segments are what the trainer sees."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import TEMPLATES, Segment, Template, open_template, template_info
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


def test_info_of_a_template_that_is_not_there():
    with pytest.raises(UsageError, match="unknown template 'x'"):
        template_info("x")


def test_variables_and_their_defaults():
    assert template_info("alpaca").variables == {}
    assert template_info("chatglm2").variables == {"first_round": 1, "prefix": "", "system": "drop"}


def test_segments_are_what_the_reference_trainer_sees():
    segments = list(open_template("chatglm2").segments(PAIR))
    assert segments[0] == Segment("[gMASK]", "special")
    assert segments[-2:] == [Segment("你好", "content", 1, True), Segment("</s>", "end", 1, True)]


def test_the_base_writes_nothing_itself():
    with pytest.raises(NotImplementedError):
        list(Template().segments(PAIR))
