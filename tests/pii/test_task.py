"""A value that the task is about is seen as such; one that is only quoted, extracted or repeated is not."""

from __future__ import annotations

import pytest

from instrkit.pii import scan
from instrkit.pii.scan import named
from instrkit.pii.task import Exchange


def about(prompt, response):
    """Which values of an exchange the task depends on."""
    exchange = Exchange(prompt, response, named())
    hits = [*scan(prompt), *scan(response)]
    return {hit.canonical for hit in hits if exchange.depends_on(hit.rule, hit.canonical)}


@pytest.mark.parametrize(
    ("prompt", "response", "value"),
    [
        pytest.param("Convert 128.178.163.54", "10000000.10110010.10100011.00110110", "128.178.163.54", id="binary"),
        pytest.param("What is 128.178.163.54 as one number?", "2159190838", "128.178.163.54", id="integer"),
        pytest.param("Hex of 128.178.163.54?", "0x80b2a336", "128.178.163.54", id="hex"),
        pytest.param("Network of 128.178.163.54?", "128.178.163.x", "128.178.163.54", id="network"),
        pytest.param("Is this a valid IPv4 address? 59.187.84.127", "Yes.", "59.187.84.127", id="valid-ip"),
        pytest.param("这个IP地址59.187.84.127有效吗？", "有效。", "59.187.84.127", id="valid-ip-zh"),
        pytest.param("Write 13712349876 the American way", "(137) 1234.9876", "13712349876", id="other-separators"),
        pytest.param("Reformat the phone number 13712349876", "137-1234-9876", "13712349876", id="reformat"),
        pytest.param("把手机号13712349876脱敏", "137****9876", "13712349876", id="mask"),
        pytest.param("身份证510107197806157835的主人哪天出生", "1978年6月15日", "510107197806157835", id="birthday"),
        pytest.param("校验身份证号510107197806157835", "正确", "510107197806157835", id="check-digit"),
        pytest.param("Where does bob@corp.com work?", "At corp.com.", "bob@corp.com", id="domain"),
        pytest.param("Username of the email address bob@corp.com?", "bob", "bob@corp.com", id="user-name"),
        pytest.param("Generate a fake email address.", "lila77@corp.com", "lila77@corp.com", id="asked-for"),
        pytest.param("随机生成一个手机号码", "13712349876", "13712349876", id="asked-for-zh"),
        pytest.param(
            "Clean: Jacob - jacob.benson@corp", "jacob.benson@corp.com", "jacob.benson@corp.com", id="repaired"
        ),
    ],
)
def test_the_task_is_about_the_value(prompt, response, value):
    assert about(prompt, response) == {value}


@pytest.mark.parametrize(
    ("prompt", "response"),
    [
        pytest.param("Find the email address: reach me at bob@corp.com", "bob@corp.com", id="extract"),
        pytest.param(
            "Write an email to bob@corp.com about the format of the report", "Dear Bob, …", id="write-an-email"
        ),
        pytest.param("Repeat: call 13712349876", "call +86 137-1234-9876", id="another-spelling-that-is-found-too"),
        pytest.param("I am bob@corp.com from www.corp.com", "Welcome, corp.com!", id="the-domain-was-given"),
        pytest.param("Write a resume.", "Ann Lee, ann.lee@corp.com", id="not-asked-for-by-name"),
        pytest.param("Validate the form. Then mail bob@corp.com.", "Done.", id="another-sentence"),
        pytest.param("My server is 59.187.84.127, why is it slow?", "Check the load.", id="quoted"),
        pytest.param("我的电话是13712349876，帮我写请假条", "请假条：…13712349876", id="quoted-zh"),
        pytest.param("", "bob@corp.com", id="no-prompt"),
    ],
)
def test_the_task_is_about_something_else(prompt, response):
    assert about(prompt, response) == set()


def test_a_value_that_is_another_one_turned_round_binds_both():
    assert about("PTR of 128.178.163.54", "54.163.178.128.in-addr.arpa") == {"128.178.163.54", "54.163.178.128"}
