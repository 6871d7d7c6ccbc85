"""A rendering counts what it does, and is stopped where that is more than it may."""

import pytest
from jinja2 import TemplateError

from instrkit.templates.jinja.run import MOST_STEPS, Run


def test_steps_end():
    run = Run(None, None)
    run.step(MOST_STEPS)
    with pytest.raises(TemplateError, match="steps"):
        run.step()


def test_making_texts_costs_steps_by_their_size():
    run = Run(None, None)
    assert run.sized("short") == "short"
    assert run.steps == MOST_STEPS
    run.sized("x" * 102_400)
    assert MOST_STEPS - 102 < run.steps + 2 < MOST_STEPS


def test_what_comes_one_by_one_is_counted_as_it_comes():
    run = Run(None, None)
    things = run.sized(iter("x" * 160))
    assert run.steps == MOST_STEPS
    assert len(list(things)) == 160
    assert run.steps == MOST_STEPS - 10
