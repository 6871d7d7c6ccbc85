r"""
Every rule: finds its values free and glued to Chinese, leaves look-alikes, keeps its gate's promise, ends in linear time.

All of it runs over the registry, so that a new rule is judged without a line here: it adds its cases to `cases.py`.
"""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.pii import RULES, scan
from instrkit.pii.base import fold, shape
from instrkit.pii.scan import candidates, named

from .cases import FREE, GLUED, LOOK_ALIKE

NAMES = RULES.names()


def table(*groups):
    return [
        pytest.param(name, text, values, id=f"{name}: {text[:40]!r}")
        for group in groups
        for name, cases in group.items()
        for text, values in cases
    ]


@pytest.mark.parametrize(("name", "text", "values"), table(FREE, GLUED))
def test_values_are_found_exactly(name, text, values):
    assert tuple(hit.value for hit in scan(text)) == values
    assert name in {hit.rule for hit in scan(text)}


@pytest.mark.parametrize(("name", "text", "values"), table(LOOK_ALIKE))
def test_look_alikes_stay(name, text, values):
    assert tuple(hit.value for hit in scan(text)) == values


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_cases_of_each_kind(name):
    assert len(FREE[name]) >= 10
    assert len(GLUED[name]) >= 6
    assert len(LOOK_ALIKE[name]) >= 15


@pytest.mark.parametrize(("name", "text", "values"), table(FREE, GLUED))
def test_a_value_is_found_wherever_it_is_glued_to_chinese(name, text, values):
    own = [hit for hit in scan(text) if hit.rule == name]
    context = {"cn_resident_id": "身份证", "ip": "地址"}.get(name, "")  # some forms need it
    for hit in own:
        assert [found.value for found in scan(f"{context}是{hit.value}吗")] == [hit.value]


@pytest.mark.parametrize("name", NAMES)
def test_patterns_use_no_unicode_classes(name):
    source = RULES.get(name).pattern.pattern
    assert not re.search(r"\\[bBwWdD]", source), r"\b, \w and \d take Han characters for word characters"
    assert not RULES.get(name).pattern.flags & re.IGNORECASE, "ſ and K would fold to ASCII letters"


@pytest.mark.parametrize("name", NAMES)
def test_repetitions_are_bounded(name):
    assert not re.search(r"(?<!\\)[+*](?![^\[]*\])", RULES.get(name).pattern.pattern)


@pytest.mark.parametrize("name", NAMES)
def test_no_pattern_matches_across_a_line_break(name):
    rule = RULES.get(name)
    for text, _ in FREE[name] + GLUED[name]:
        assert "\n" not in "".join(found[0] for found in rule.pattern.finditer(fold(text)))


@pytest.mark.parametrize("name", NAMES)
def test_rules_can_be_pickled_as_data_or_found_again_by_name(name):
    rule = RULES.get(name)
    assert pickle.loads(pickle.dumps(rule.pattern)) == rule.pattern
    assert RULES.get(name) is rule


FRAGMENTS = sorted(
    {text for group in (FREE, GLUED, LOOK_ALIKE) for cases in group.values() for text, _ in cases}
    | {
        value[k:]
        for group in (FREE, GLUED)
        for cases in group.values()
        for _, values in cases
        for value in values
        for k in (0, 3)
    }
)
PIECES = st.one_of(
    st.sampled_from(FRAGMENTS),
    st.sampled_from(list("0123456789０１９aF.:@＠-－ \u3000\u00a0中，。+（)/\n")),
    st.text(alphabet="0159aA.:@- 　１９．＠中\n", max_size=12),
    st.text(max_size=5),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_a_closed_gate_means_that_the_pattern_finds_nothing(text):
    for name, rule in RULES:
        if not rule.gate(text, shape(text)):
            assert rule.pattern.search(fold(text)) is None, name


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_a_gate_that_is_open_for_a_text_is_open_for_it_beside_others(text, other):
    together = f"{other}\n{text}"
    for name, rule in RULES:
        if rule.gate(text, shape(text)):
            assert rule.gate(together, shape(together)), name


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_offsets_are_those_of_the_text_as_given(text):
    for hit in candidates(text, named()):
        assert text[hit.start : hit.end] == hit.value


SIZE = 100_000
EVIL = {
    **{
        repr(piece): piece * (SIZE // len(piece))
        for piece in ("a", "1", ":", "@", ".", "-", " ", "a@", "a.", "a-", "1.", "1-", "1 ")
    },
    **{
        repr(piece): piece * (SIZE // len(piece))
        for piece in ("a@a.", "2:", "2000:", "1.1.1.", "138 ", "+86", "(86)", "://a:", "@a-.")
    },
    "one @ after letters": "a" * SIZE + "@",
    "one @ before letters": "@" + "a" * SIZE,
    "one @ before labels": "a@" + "a." * (SIZE // 2),
    "mixed": "a1:@.- " * (SIZE // 7),
    "addresses": "a@b.co " * (SIZE // 7),
    "numbers": "13812345678 × " * (SIZE // 14),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL.keys())
def test_a_hundred_kilobytes_of_anything_end_soon(text):
    # The gate is left out: it would spare the pattern what it is tried on here.
    for _, rule in RULES:
        for found in rule.pattern.finditer(text):
            rule.judge(found)
