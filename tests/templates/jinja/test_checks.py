"""Filters and tests look at what they are given before they work on it, and do what they did."""

import pytest

from instrkit.errors import TemplateError
from instrkit.templates.jinja.environment import program


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{ ['a', 'b'] | map('upper') | join('-') }}", "A-B"),
        ("{{ [3, 1] | sort | tojson }}", "[1, 3]"),
        ("{{ 'a-b' | replace('-', '+') }}", "a+b"),
        ("{{ '%s-%s' | format('a', 'b') }}", "a-b"),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
        ("{{ [{'a': 1}, {'a': 2}] | selectattr('a', 'equalto', 2) | list }}", "[{'a': 2}]"),
        ("{{ 'a' is in('abc') }}", "True"),
        ("{{ 'ab' | list | length }}", "2"),
    ],
)
def test_they_do_what_they_did(text, written):
    assert program(text).write({}) == written


@pytest.mark.parametrize("name", ["list", "urlize", "wordwrap", "unique", "striptags", "wordcount"])
def test_filters_that_are_slow_with_texts_take_none_that_are_long(name):
    with pytest.raises(TemplateError, match="characters or items"):
        program(f"{{{{ ('a ' * 2000000) | {name} }}}}").write({})


@pytest.mark.parametrize(
    "text",
    [
        "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
        "{{ '%99999999d' | format(1) }}",
        "{{ ('\n' * 100000) | indent(100000) }}",
        "{{ (['a' * 100000] * 1000) | join }}",
        "{{ ('a' * 100000) | join('b' * 100000) }}",
    ],
)
def test_what_would_be_too_large_is_not_made(text):
    with pytest.raises(TemplateError, match="characters or items"):
        program(text).write({})
