"""Fixing repairs characters everywhere in a sample, once and for all, and leaves spelling, code and HTML alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.ops.base import Batch
from instrkit.ops.fix_text import FixText, repaired
from instrkit.sample import Candidate, Message, Part, Sample, ToolCall


def exchange(prompt: str, response: str, input: str | None = None) -> Sample:
    content = prompt if input is None else (Part(text=prompt), Part(text=input, name="input"))
    return Sample((Message("user", content), Message("assistant", response)))


def fixed(sample: Sample, **settings: bool) -> Sample:
    return FixText(**settings).change(Batch([sample]))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cafe\u0301", "café", id="nfc"),
        pytest.param("a\u200bb", "ab", id="zero-width-space"),
        pytest.param("\ufeffhello", "hello", id="byte-order-mark"),
        pytest.param("a\u200e\u202eb\u2069", "ab", id="direction-marks"),
        pytest.param("a\u200db\u200c", "ab", id="joiners-between-latin"),
        pytest.param("中\u200b文\u2060字", "中文字", id="chinese"),
        pytest.param("e\u200b\u0301", "é", id="nfc-after-removal"),
        pytest.param("one\r\ntwo\r\r\nthree", "one\ntwo\nthree", id="crlf"),
        pytest.param("\x03 \x01\x7fend\x00", " end", id="controls"),
        pytest.param("page\x0cpage\x0bline", "page\npage\nline", id="page-breaks"),
        pytest.param("$y = \x0crac{2x-1}{3}$ \x08egin{x}", "$y = \\frac{2x-1}{3}$ \\begin{x}", id="eaten-backslashes"),
        pytest.param("don\x92t\x85\x81", "don’t…", id="windows-1252"),
    ],
)
def test_damage_is_repaired(text: str, expected: str) -> None:
    assert repaired(text) == expected
    assert fixed(exchange("?", text)).messages[1].text == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("tab\tline\nreturn\rend", id="white-space"),
        pytest.param("２½ﬁ㈱①", id="compatibility-characters"),
        pytest.param("👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️‍🔥 🧑🏽‍💻", id="emoji-joiners"),
        pytest.param("می‌خواهم", id="persian-non-joiner"),
        pytest.param("क्‍ष श्री‌मान", id="indic-joiners"),
        pytest.param("ภาษา\u200bไทย", id="thai-word-space"),
        pytest.param("שלום \u200fABC\u200e", id="direction-marks-in-hebrew"),
        pytest.param("def f(a):\n    return a & 0xFF  # &lt; stays", id="code"),
        pytest.param("无输入", id="placeholder-that-is-a-content"),
        pytest.param("\ud800", id="lone-surrogate"),
        pytest.param("a\u00adb\u2028c", id="soft-hyphen-and-line-separator"),
        pytest.param("什么是三原色？", id="chinese"),
    ],
)
def test_what_is_right_stays_the_same_object(text: str) -> None:
    assert repaired(text) is text
    sample = exchange(text, text)
    assert fixed(sample) is sample


@pytest.mark.parametrize(
    ("prompt", "response", "expected"),
    [
        pytest.param("谚语", "It&#39;s &quot;fine&quot; &amp;amp; good", 'It\'s "fine" & good', id="translation"),
        pytest.param("写函数", "if n &lt;= 1:\n    return a &gt; b", "if n <= 1:\n    return a > b", id="escaped-code"),
        pytest.param("?", "a&nbsp;b &hellip; &#8217;", "a b … ’", id="typography"),
        pytest.param("?", "&amp;amp;amp;lt;", "<", id="escaped-four-times"),
        pytest.param("How do I write < in HTML?", "Use &lt;.", None, id="about-html"),
        pytest.param("Escape this.", "&lt;b&gt;", None, id="about-escaping"),
        pytest.param("Write a table", "<td>a &amp; b</td>", None, id="raw-markup"),
        pytest.param("网页标签", "&lt;p&gt;", None, id="about-html-chinese"),
        pytest.param("Parse it", "?a=1&b=2&lt;", None, id="raw-ampersand"),
        pytest.param("?", "&copy; &unknown; AT&T", None, id="other-entities"),
    ],
)
def test_entities_are_decoded_only_where_nobody_meant_them(prompt: str, response: str, expected: str | None) -> None:
    sample = exchange(prompt, response)
    new = fixed(sample)
    assert new.messages[1].text == (response if expected is None else expected)
    if expected is None:
        assert new is sample
    assert fixed(sample, html=False) is sample


@pytest.mark.parametrize("input", ["<noinput>", "No input", "no input required.", "N/A", "无输入", "&lt;无输入&gt;"])
def test_a_placeholder_input_goes(input: str) -> None:
    sample = exchange("Name a colour.", "Red", input)
    assert fixed(sample).messages[0].content == "Name a colour."
    assert fixed(sample).messages[1] is sample.messages[1]


@pytest.mark.parametrize("input", ["None", "5", "Na", "无", "No input is given to f().", "<p>x</p>"])
def test_a_short_input_stays(input: str) -> None:
    sample = exchange("Classify.", "?", input)
    assert fixed(sample) is sample


def test_placeholders_can_be_left() -> None:
    sample = exchange("?", "!", "<noinput>")
    assert fixed(sample, placeholders=False) is sample


def test_all_texts_are_fixed_but_tool_calls() -> None:
    bad = "a\u200bb"
    call = ToolCall(name="f", arguments_raw=f'{{"q": "{bad}"}}')
    sample = Sample(
        (Message("user", (Part(text=bad), Part(text=bad, name="input"))), Message("assistant", bad, bad, (call,))),
        candidates=(Candidate(messages=(Message("assistant", bad),)),),
    )
    new = fixed(sample)
    assert [part.text for part in new.messages[0].content] == ["ab", "ab"]
    assert (new.messages[1].content, new.messages[1].thinking) == ("ab", "ab")
    assert new.messages[1].tool_calls[0] is call
    assert new.candidates[0].messages[0].content == "ab"


def test_thinking_alone_is_looked_at() -> None:
    assert fixed(Sample((Message("assistant", "a", "b\x00"),))).messages[0].thinking == "b"


def test_each_sample_of_a_batch_is_told_apart() -> None:
    samples = [
        exchange("?", "a\x00"),
        exchange("é", "fine"),
        exchange("e\u0301", "!"),
        exchange("?", "fine"),
        Sample(()),
    ]
    new = FixText().change(Batch(samples))
    assert [a is b for a, b in zip(samples, new, strict=True)] == [False, True, False, True, True]
    assert FixText().change(Batch([])) == []


TRICKY = st.text(
    alphabet="ab\r\n\x00\x08\x0c\x85\x98&;#3lt<amp\u200b\u200c\u200d\u200e\ufeff\u0301\ufe0f\u2764👩ไमا\u0338\u2060e",
    max_size=12,
)


@given(TRICKY, st.sampled_from(["", "&lt;", "&amp;lt;", "&#38;", "<", "No input"]))
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text: str, more: str) -> None:
    once = fixed(exchange(text, text + more, more or None))
    assert fixed(once) is once
    for message in once.messages:
        assert unicodedata.is_normalized("NFC", message.text.split("\n")[0])
