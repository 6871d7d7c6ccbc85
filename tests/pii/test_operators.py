"""A tag names the kind and the number of a value; a mask shows its outline."""

from __future__ import annotations

import pytest

from instrkit.pii import RULES, scan
from instrkit.pii.operators import language_of, mask, tag


@pytest.mark.parametrize(
    ("rule", "number", "language", "text"),
    [
        pytest.param("email", 1, "en", "<EMAIL>", id="first"),
        pytest.param("email", 2, "en", "<EMAIL_2>", id="second"),
        pytest.param("cn_mobile", 1, "zh", "<手机号>", id="chinese"),
        pytest.param("ip", 12, "zh", "<IP地址_12>", id="chinese-twelfth"),
    ],
)
def test_tags(rule, number, language, text):
    assert tag(RULES.get(rule), "x", number, language) == text


@pytest.mark.parametrize(
    ("rule", "canonical", "text"),
    [
        pytest.param("email", "bob@corp.com", "b***@corp.com", id="email"),
        pytest.param("ip", "59.187.84.127", "59.187.*.*", id="ipv4"),
        pytest.param("ip", "2a02:26f0:6c00:285::356e", "2a02:****", id="ipv6"),
        pytest.param("cn_mobile", "13812345678", "*******5678", id="mobile"),
        pytest.param("cn_resident_id", "11010519900307451X", "**************451X", id="id"),
    ],
)
def test_masks_are_not_found_again(rule, canonical, text):
    assert mask(RULES.get(rule), canonical, 1, "en") == text
    assert scan(f"是{text}吗") == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("", "en", id="empty"),
        pytest.param("mail bob@corp.com", "en", id="english"),
        pytest.param("邮箱是bob@corp.com", "en", id="below-a-quarter"),
        pytest.param("我的邮箱是bob@corp.com", "zh", id="above-a-quarter"),
        pytest.param("中abc", "zh", id="at-a-quarter"),
        pytest.param("中abcd", "en", id="just-below"),
        pytest.param("😀 123", "en", id="no-letters"),
    ],
)
def test_language(text, language):
    assert language_of(text) == language
