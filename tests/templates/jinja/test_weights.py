"""How large something is, or would become, is told before it is made."""

import pytest
from jinja2 import TemplateError

from instrkit.templates.jinja import weights
from instrkit.templates.jinja.weights import bounded, formatted, replaced, weight


def test_what_stands_in_a_list_twice_counts_twice():
    one = ["x" * 1000]
    assert weight([one, one]) > 2000
    assert weight("x" * 1000) == 1000


def test_a_list_that_holds_itself_over_and_over_is_too_large():
    nested = ["x"]
    for _ in range(60):
        nested = [nested, nested]
    with pytest.raises(TemplateError, match="more than"):
        weight(nested)


def test_depth_is_bounded():
    nested = ()
    for _ in range(101):
        nested = (nested,)
    with pytest.raises(TemplateError, match="more than"):
        weight(nested)


@pytest.mark.parametrize(("text", "given"), [("%99999999d", (1,)), ("%*d", (1 << 25, 1)), ("%s%s", ("x" * 60,) * 2)])
def test_formats_are_told_before_they_are_made(monkeypatch, text, given):
    monkeypatch.setattr(weights, "MOST_CHARACTERS", 100)
    with pytest.raises(TemplateError, match="more than 100"):
        formatted(text, given, "%")


def test_replacing_is_told_before_it_is_done():
    assert replaced("aba", "a", "xyz") == 7
    with pytest.raises(TemplateError, match="more than"):
        replaced("a" * 10**4, "a", "b" * 10**4)


def test_only_numbers_are_bounded():
    bounded(["x", None, 3])
    with pytest.raises(TemplateError, match="more than"):
        bounded([1 << 25])
