"""Hits are exact, in order, without overlap; what is left alone is counted with its reason; allow-lists let values pass."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.errors import UsageError
from instrkit.pii import scan, scan_audit
from instrkit.pii.scan import matches, named, passes


@pytest.mark.parametrize(
    ("text", "rule", "reason"),
    [
        pytest.param("a@example.com", "email", "reserved domain", id="rfc-2606"),
        pytest.param("info@corp.com", "email", "role mailbox", id="role"),
        pytest.param("your_name@gmail.com", "email", "placeholder", id="placeholder"),
        pytest.param("https://u:p@corp.com", "email", "login of a URL", id="url"),
        pytest.param("git@github.com:a/b", "email", "remote login", id="git"),
        pytest.param("ssh bob@corp.com", "email", "remote login", id="ssh"),
        pytest.param("logo@2x.png", "email", "file name", id="file"),
        pytest.param("X@theta.mean()", "email", "code", id="matrix-product"),
        pytest.param("a..b@corp.com", "email", "not an address", id="two-dots"),
        pytest.param("192.168.1.1", "ip", "reserved address", id="private"),
        pytest.param("203.0.113.9", "ip", "reserved address", id="documentation"),
        pytest.param("2001:db8::1:2", "ip", "reserved address", id="documentation-6"),
        pytest.param("255.255.254.0", "ip", "netmask", id="netmask"),
        pytest.param("8.8.8.8", "ip", "public resolver", id="resolver"),
        pytest.param("1.2.3.4", "ip", "placeholder", id="sequence"),
        pytest.param("300.1.1.1", "ip", "not an address", id="octet"),
        pytest.param("v 59.18.8.12", "ip", "version number", id="version"),
        pytest.param("§59.18.8.12", "ip", "section number", id="section"),
        pytest.param("59.18.0.0", "ip", "network address", id="network"),
        pytest.param("a[2000::2]", "ip", "slice", id="slice"),
        pytest.param("13800138000", "cn_mobile", "hotline", id="hotline"),
        pytest.param("13900000000", "cn_mobile", "placeholder", id="zeros"),
        pytest.param("13812345678 × 2", "cn_mobile", "operand", id="operand"),
        pytest.param("13812345678元", "cn_mobile", "quantity", id="unit"),
        pytest.param("订单号13812345678", "cn_mobile", "order or serial number", id="order"),
        pytest.param("3.13812345678", "cn_mobile", "part of a longer number", id="decimals"),
        pytest.param("+49 15212345678", "cn_mobile", "number of another country", id="germany"),
        pytest.param("510107197806157836", "cn_resident_id", "wrong check digit", id="check-digit"),
        pytest.param("440306200102290014", "cn_resident_id", "no such date", id="no-leap-year"),
        pytest.param("160101199001011239", "cn_resident_id", "no such province", id="province"),
        pytest.param("510107780615783", "cn_resident_id", "no context", id="fifteen-digits"),
    ],
)
def test_reasons_are_counted(text, rule, reason):
    audit = scan_audit([text], [rule])
    assert audit.suppressed == {(rule, reason): 1}
    assert not audit.found


@pytest.mark.parametrize(
    ("last_year", "kept"),
    [pytest.param("2049", True, id="at"), pytest.param("2050", False, id="above")],
)
def test_birth_years_end_at_a_constant_not_today(last_year, kept):
    number = {"2049": "610113204912317779", "2050": "610113205012317778"}[last_year]
    assert bool(scan(number)) is kept


@pytest.mark.parametrize(
    ("size", "found"),
    [pytest.param(63, True, id="below"), pytest.param(64, True, id="at"), pytest.param(65, False, id="above")],
)
def test_local_parts_hold_64_characters(size, found):
    assert bool(scan("a" * size + "@corp.com")) is found


def test_the_longer_hit_wins():
    assert [hit.rule for hit in scan("13812345678@qq.com")] == ["email"]


def test_a_suppressed_candidate_never_hides_a_hit():
    assert [hit.rule for hit in scan("13812345678@example.com")] == ["cn_mobile"]


def test_hits_come_in_order_with_their_canonical_value():
    hits = scan("ID 510107 19780615 7835, +86 138-1234-5678, BOB@Corp.com, 2A02:26F0:6C00:285:0:0:0:356E")
    assert [(hit.rule, hit.canonical) for hit in hits] == [
        ("cn_resident_id", "510107197806157835"),
        ("cn_mobile", "13812345678"),
        ("email", "bob@corp.com"),
        ("ip", "2a02:26f0:6c00:285::356e"),
    ]


def test_both_generations_of_an_id_are_one_value():
    old, new = scan("身份证 510107780615783，身份证 510107197806157835")
    assert old.canonical == new.canonical


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        pytest.param("bob@corp.com", 1, id="address"),
        pytest.param("BOB@CORP.COM", 1, id="any-case"),
        pytest.param("corp.com", 1, id="domain"),
        pytest.param("com", 2, id="a-top-level-domain-allows-nothing"),
        pytest.param("13812345678", 1, id="canonical-number"),
        pytest.param("138-1234-5678", 1, id="as-it-stands"),
    ],
)
def test_the_allow_list(allow, left):
    assert len(scan("bob@corp.com 138-1234-5678", allow=[allow])) == left


def test_a_domain_allows_its_subdomains():
    assert not scan("bob@mail.corp.com", allow=["corp.com"])
    assert scan("bob@notcorp.com", allow=["corp.com"])


def test_only_the_named_rules_run():
    assert [hit.rule for hit in scan("bob@corp.com 13812345678", ["email"])] == ["email"]
    with pytest.raises(UsageError, match="unknown rule 'phone'"):
        scan("", ["phone"])


@pytest.mark.parametrize("text", ["", "你好", "😀", "\ud800", "\x00", "@"])
def test_nothing_is_found_in_nothing(text):
    assert scan(text) == ()


def test_a_hit_does_not_show_its_value():
    assert "corp" not in repr(scan("bob@corp.com"))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789abcdef.:@-+ 中cor.m１＠", max_size=60))
def test_hits_never_overlap(text):
    hits = scan(text)
    assert all(one.end <= two.start for one, two in pairwise(hits))
    if hits:
        assert matches(text, named())
    if matches(text, named()):
        assert passes(text, named())
