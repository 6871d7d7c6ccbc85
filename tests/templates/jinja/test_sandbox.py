"""A chat template cannot run for ever, and cannot reach Python."""

import pytest

from instrkit.errors import TemplateError
from instrkit.templates.jinja.environment import program

MESSAGES = [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps", id="loops"),
        pytest.param("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "calls itself", id="recursion"),
        pytest.param("{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}", "steps", id="tree"),
        pytest.param("{{ 'x' * 999999999 }}", "characters", id="repetition"),
        pytest.param("{{ 9 ** 99999999 }}", "characters", id="power"),
        pytest.param("{{ range(999999999) }}", "characters", id="range"),
        pytest.param("{{ 'x' | center(999999999) }}", "characters", id="filter"),
        pytest.param("{{ 'x'.ljust(999999999) }}", "characters", id="method"),
        pytest.param("{% set n = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}", "characters", id="doubling"),
        pytest.param("{% set n = namespace(x='xxxxxxxx') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}", "characters", id="joining"),
    ],
)  # fmt: skip
def test_what_does_not_end_is_stopped(text, said):
    with pytest.raises(TemplateError, match=said):
        program(text).write({"messages": MESSAGES})


@pytest.mark.parametrize(
    "text",
    [
        "{{ messages.append(1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ namespace(_x=1) }}",
        "{{ raise_exception.__globals__ }}",
    ],
)
def test_python_is_out_of_reach(text):
    try:
        shown = program(text).write({"messages": MESSAGES})
    except TemplateError:
        shown = ""
    assert shown == ""
