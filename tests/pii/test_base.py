"""The shape shows digit runs through separators; the fold maps one character to one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrkit.errors import UsageError
from instrkit.pii import RULES
from instrkit.pii.base import fold, shape


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("13812345678", id="plain"),
        pytest.param("138-1234-5678", id="hyphens"),
        pytest.param("138 1234 5678", id="spaces"),
        pytest.param("138\u00a01234\u30005678", id="other-spaces"),
        pytest.param("138\u20111234\u20135678", id="other-hyphens"),
        pytest.param("138\u22121234－5678", id="minus-and-full-width"),
        pytest.param("１３８１２３４５６７８", id="full-width"),
        pytest.param("138１２３４5678", id="mixed"),
    ],
)
def test_a_digit_run_is_one_run_whatever_its_separators(text):
    assert b"0" * 11 in shape(text)


@pytest.mark.parametrize("text", ["1381234,5678", "1381234\n5678", "1381234中5678", "1381234a5678", "1381234😀5678"])
def test_anything_else_ends_a_run(text):
    assert b"0" * 11 not in shape(text)


def test_nothing_has_no_shape():
    assert shape("") == b""


def test_lone_surrogates_have_a_shape():
    assert b"000" in shape("\ud800123")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("plain 123", "plain 123", id="ascii"),
        pytest.param("ＡＺａｚ０９＠＋－．＿（）", "AZaz09@+-._()", id="full-width"),
        pytest.param("时间：１０：３０，好！", "时间：10：30，好！", id="chinese-punctuation-stays"),
        pytest.param("😀é中\ud800", "😀é中\ud800", id="everything-else-stays"),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_keeps_every_offset(text):
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_an_unknown_rule_is_named_with_its_neighbour():
    with pytest.raises(UsageError, match="unknown rule 'emial': did you mean 'email'"):
        RULES.get("emial")


def test_tags_tell_rules_apart():
    assert [rule.tag for _, rule in RULES] == ["PHONE", "ID_NUMBER", "EMAIL", "IP"]
    assert [rule.tag_zh for _, rule in RULES] == ["手机号", "身份证号", "邮箱", "IP地址"]
