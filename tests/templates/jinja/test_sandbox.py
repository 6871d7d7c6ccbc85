"""A chat template cannot run for ever, and cannot reach Python."""

import pytest

from instrkit.errors import TemplateError
from instrkit.templates.jinja.environment import program

MESSAGES = [{"role": "user", "content": "hi"}]

GROWING = "{{% set n = namespace(x='xxxxxxxx') %}}{{% for i in range(90) %}}{}{{% endfor %}}"


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
        *(pytest.param(f"{GROWING.format(step)}{{{{ n.x | length }}}}", "more than", id=step) for step in [
            "{% set n.x = '%s%s' % (n.x, n.x) %}",
            "{% set n.x = '%s%s' | format(n.x, n.x) %}",
            "{% set n.x = '{}{}'.format(n.x, n.x) %}",
            "{% set n.x = [n.x, n.x] | join %}",
            "{% set n.x = n.x | replace('x', 'xx') %}",
            "{% set y %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = y %}",
            "{% macro f() %}{{ n.x }}{{ n.x }}{% endmacro %}{% set n.x = f() %}",
        ]),
        *(pytest.param(GROWING.format("{% set n.x = [n.x, n.x] %}") + use, "more than", id=use) for use in [
            "{{ n.x }}", "{{ n.x | tojson }}", "{{ n.x | string }}", "{{ n.x ~ '' }}", "{{ n.x == [[]] }}", "{{ '%s' % n.x }}",
            "{{ '{}'.format(n.x) }}", "{{ namespace(x=n.x) }}",
        ]),
        pytest.param("{% set n = namespace(x=(1,)) %}{% for i in range(90) %}{% set n.x = (n.x, n.x) %}{% endfor %}{{ {n.x: 1} }}", "more than", id="key"),
        pytest.param("{{ lipsum(n=9) }}", "undefined", id="lipsum"),
        pytest.param("{{ '{:>2000000000}'.format('a') }}", "characters", id="width"),
        pytest.param("{{ '{:>{w}}'.format('a', w=2000000000) }}", "characters", id="given-width"),
        pytest.param("{{ ('x,' * 1000000).split(',') }}", "characters", id="split"),
        pytest.param("{{ ('x' * 100000).translate({120: 'y' * 100000}) }}", "characters", id="translate"),
        pytest.param("{% for i in range(99999) %}{% set x = ('x' * 1000000) %}{% endfor %}", "steps", id="large-rounds"),
        pytest.param("{% set x = 'x' * 1000000 %}{% for i in range(99999) %}{% set y = x[1:] %}{% endfor %}", "steps", id="slices"),
        pytest.param("{% set x = 'x' * 4000000 %}{% for i in range(99999) %}{{ 'y' in x }}{% endfor %}", "steps", id="reading"),
        pytest.param("{% for i in range(99999) %}{{ range(99999) | list | length }}{% endfor %}", "steps", id="lists"),
        pytest.param("{{ messages | tojson(indent=1000000) }}", "characters", id="indented"),
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
