"""A chat template runs as under transformers, and says what it asks for."""

import json
from datetime import datetime

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from instrkit.errors import TemplateError, UsageError
from instrkit.templates.jinja.environment import program

MESSAGES = [{"role": "user", "content": "<你好> & \"so\" 'on'"}, {"role": "assistant", "content": "é\n"}]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{% for m in messages %}\n  {{ m.content }}\n{% endfor %}\n", id="trim-and-lstrip"),
        pytest.param("{{ messages | tojson }}{{ messages | tojson(indent=2) }}", id="tojson"),
        pytest.param("{{ messages[0] | tojson(ensure_ascii=true, separators=(',', ':'), sort_keys=true) }}", id="tojson-options"),
        pytest.param("{% for m in messages %}{% if loop.last %}{% break %}{% endif %}{{ m.role }}{% endfor %}", id="break"),
        pytest.param("{% set n = namespace(a=1) %}{% for m in messages %}{% set n.a = n.a + 1 %}{% endfor %}{{ n.a }}", id="namespace"),
        pytest.param("{{ dict(a=1) }}{{ dict.fromkeys('ab', 2) }}", id="dict"),
        pytest.param("{{ nothing }}{{ nothing is defined }}{{ tools is none }}{{ documents is none }}", id="undefined"),
        pytest.param("{{ loop.length }}{% for m in messages %}{{ loop.length }}{{ loop.revindex }}{% endfor %}", id="loop"),
        pytest.param("{% for k, v in messages[0] | items %}{{ k ~ '=' ~ v }}{% endfor %}", id="items"),
        pytest.param("{% for m in messages | selectattr('role', 'equalto', 'user') %}{{ loop.last }}{% endfor %}", id="generator"),
        pytest.param("{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", id="macro"),
        pytest.param("{{ 'ab' * 3 }}{{ 2 ** 3 }}{{ [1] + [2] }}{{ '%s' % 1 }}{{ 'x' | center(5) }}", id="operators"),
        pytest.param("{{ 'a\nb' | indent(2) }}{{ range(5) | batch(2) | list }}", id="padding"),
    ],
)  # fmt: skip
def test_it_writes_what_transformers_writes(text):
    try:
        expected = render_jinja_template(conversations=[MESSAGES], chat_template=text)[0][0]
    except Exception as error:
        expected = type(error).__name__
    given = {"messages": MESSAGES, "tools": None, "documents": None, "add_generation_prompt": False}
    try:
        found = program(text).write(given)
    except TemplateError:
        found = "UndefinedError"
    assert found == expected


def test_a_template_may_refuse():
    with pytest.raises(TemplateError, match="the chat template refuses the sample: no!"):
        program("{{ raise_exception('no!') }}").write({})


def test_a_template_may_fail():
    with pytest.raises(TemplateError, match="the chat template fails: TypeError"):
        program("{{ messages + 1 }}").write({"messages": []})


def test_the_date_is_given_never_the_clock():
    dated = program("{{ strftime_now('%d %b %Y') }}")
    assert dated.dated
    assert dated.write({}, date=datetime(2026, 7, 1)) == "01 Jul 2026"
    with pytest.raises(UsageError, match="expected the variable date"):
        dated.write({})


def test_what_is_no_template_is_told_with_its_line():
    with pytest.raises(UsageError, match="line 2: not a Jinja chat template"):
        program("a\n{% if %}")


def test_a_template_says_what_it_asks_for():
    made = program("{{ bos_token }}{% if thinking %}{{ messages | tojson }}{{ '</think>' in 'x' }}{% endif %}")
    assert made.names == {"bos_token", "thinking", "messages"}
    assert made.literals == ("</think>",)
    assert not made.marked
    assert program("{% generation %}x{% endgeneration %}").marked


def test_a_message_named_like_json_stays_json():
    assert json.loads(program("{{ messages | tojson }}").write({"messages": MESSAGES})) == MESSAGES
