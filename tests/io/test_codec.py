"""Decoding is exact or says what it mended; it never guesses. Encoding never fails for what decoding gave."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrkit.errors import UsageError
from instrkit.io import Undecodable, decode, encode
from instrkit.io.codec import distinct_keys, may_mislead

BIG = 123456789012345678901234567890


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        pytest.param(b"{}", {}, id="empty"),
        pytest.param(b'{"n": 123456789012345678901234567890}', {"n": BIG}, id="30-digits"),
        pytest.param(b'{"n" : 123456789012345678901234567890}', {"n": BIG}, id="30-digits-blank-before-colon"),
        pytest.param(b'{"n": [-9223372036854775809]}', {"n": [-9223372036854775809]}, id="below-64-bits"),
        pytest.param(b'{"n": 18446744073709551615}', {"n": 18446744073709551615}, id="largest-64-bits"),
        pytest.param(b'{"n": 18446744073709551616}', {"n": 18446744073709551616}, id="above-64-bits"),
        pytest.param(b'{"n":\t-18446744073709551616}', {"n": -18446744073709551616}, id="tab-before-number"),
        pytest.param(b'{"n": -0}', {"n": 0}, id="minus-zero"),
        pytest.param(b'{"n": 3.14159265358979323846}', {"n": 3.141592653589793}, id="pi"),
        pytest.param(b'{"t": "1234567890123456789012"}', {"t": "1234567890123456789012"}, id="digits-in-text"),
        pytest.param(b'{"a" : 1, "b"\t:2}', {"a": 1, "b": 2}, id="blank-before-colon"),
        pytest.param(b'{"a": ":)", "b": "\\":\\":"}', {"a": ":)", "b": '":":'}, id="colons-in-text"),
        pytest.param(b'{"a": "{\\"b\\": \\"\\\\\\":\\"}"}', {"a": '{"b": "\\":"}'}, id="json-in-json"),
        pytest.param(b'{"a": {"a": 1}, "b": [{"a": 2}]}', {"a": {"a": 1}, "b": [{"a": 2}]}, id="same-key-deeper"),
        pytest.param('{"a": "哈😀\\ud83d\\ude00"}'.encode(), {"a": "哈😀😀"}, id="surrogate-pair"),
        pytest.param('{"a": "x\u2028y\\u0000"}'.encode(), {"a": "x\u2028y\0"}, id="line-separator-and-nul"),
    ],
)
def test_sound_records_come_back_as_they_are(raw: bytes, value: object) -> None:
    assert decode(raw) == (value, ())


@pytest.mark.parametrize(
    ("raw", "value", "repair"),
    [
        pytest.param(b'{"a": NaN}', {"a": None}, "NaN read as null", id="nan"),
        pytest.param(b'{"a": "\\ud800x"}', {"a": "�x"}, "lone surrogate", id="lone-surrogate"),
        pytest.param(b'{"\\uDC00": [1]}', {"�": [1]}, "lone surrogate", id="lone-surrogate-in-key"),
        pytest.param(b'{"a": 1, "b": 2, "a": 1}', {"a": 1, "b": 2}, "duplicate key", id="equal-duplicate"),
        pytest.param(b'{"a": 1, "a" : 1}', {"a": 1}, "duplicate key", id="equal-duplicate-blank-before-colon"),
        pytest.param(b'{"a": ":", "x": {"a": [], "a": []}}', {"a": ":", "x": {"a": []}}, "duplicate key", id="deeper"),
    ],
)
def test_repairs_are_named(raw: bytes, value: object, repair: str) -> None:
    assert decode(raw) == (value, (repair,))


def test_each_repair_is_named_once() -> None:
    assert decode(b'{"a": NaN, "b": NaN, "c": "\\ud800"}')[1] == ("NaN read as null", "lone surrogate")


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        pytest.param(b'{"a": Infinity}', "Infinity is no JSON number", id="infinity"),
        pytest.param(b'{"a": -Infinity}', "-Infinity is no JSON number", id="minus-infinity"),
        pytest.param(b'{"a": 1e400}', "a number too large for a float", id="1e400"),
        pytest.param(b'{"a": 1, "a": 2}', "duplicate key 'a' with different values", id="duplicate"),
        pytest.param(b'{"a": 1, "a" : 2}', "duplicate key 'a' with different values", id="duplicate-blank"),
        pytest.param(b'{"a": 1, "a": 1.0}', "duplicate key 'a' with different values", id="equal-in-python-only"),
        pytest.param(b'{"a": ":", "a": "\\":"}', "duplicate key 'a' with different values", id="duplicate-colons"),
        pytest.param(b'{"a": "\xff"}', "invalid UTF-8 at byte 7: invalid start byte", id="invalid-utf-8"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', "invalid UTF-8 at byte 7", id="utf-8-surrogate"),
        pytest.param(b'{"a": 1', "invalid JSON at character 7: expecting ',' delimiter", id="truncated"),
        pytest.param(b'{"a": 1,}', "invalid JSON at character", id="trailing-comma"),
        pytest.param(b'{"a": "x\ty"}', "invalid JSON at character 8: invalid control character", id="raw-tab"),
        pytest.param(b'{"a": 1} {', "invalid JSON at character 9: extra data", id="two-values"),
        pytest.param(b"", "invalid JSON at character 0: expecting value", id="nothing"),
        pytest.param(b"[" * 200_000, "nested too deeply", id="deep"),
        pytest.param(b'{"a": ' + b"7" * 4301 + b"}", "an integer of more than 4,300 digits", id="4301-digits"),
        pytest.param(b'{"\\ud800": 1, "\\ud801": 2}', "two keys that differ only in lone surrogates", id="merged"),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused(raw: bytes, cause: str) -> None:
    with pytest.raises(Undecodable) as error:
        decode(raw)
    assert error.value.cause.startswith(cause)


def test_the_bound_on_digits_is_inclusive() -> None:
    assert decode(b'{"a": ' + b"7" * 4300 + b"}")[0] == {"a": int("7" * 4300)}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet='":\\ {}[],a哈\n😀0123456789'),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(alphabet='":\\ ab', max_size=4), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]), st.booleans())
def test_whatever_json_writes_is_read_equal(value: object, separators: tuple[str, str], ascii_only: bool) -> None:
    raw = json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode()
    got, repairs = decode(raw)
    assert (json.dumps(got), repairs) == (json.dumps(value), ())


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_encode_is_undone_by_decode(value: object) -> None:
    assert decode(encode(value)) == (value, ())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from('ab:"\\'), st.sampled_from(["", ":", '":', '\\":', 1])), max_size=5),
    st.sampled_from([":", " :", ": "]),
)
def test_the_count_of_keys_never_overlooks_a_duplicate(pairs: list[tuple[str, object]], colon: str) -> None:
    raw = ("{" + ",".join(json.dumps(key) + colon + json.dumps(value) for key, value in pairs) + "}").encode()
    value = json.loads(raw)
    if len(value) < len(pairs):
        assert may_mislead(raw) or not distinct_keys(raw, value)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        pytest.param({"n": BIG, "t": "哈"}, '{"n":123456789012345678901234567890,"t":"哈"}', id="30-digits"),
        pytest.param({"t": "\ud800", "\udfff": 1}, '{"t":"�","�":1}', id="lone-surrogate"),
        pytest.param({"x": float("nan"), "n": BIG}, f'{{"x":null,"n":{BIG}}}', id="nan-beside-30-digits"),
        pytest.param({"x": float("inf")}, '{"x":null}', id="infinity"),
        pytest.param(("a", BIG), f'["a",{BIG}]', id="tuple"),
    ],
)
def test_encode(value: object, raw: str) -> None:
    assert encode(value) == raw.encode()


@pytest.mark.parametrize("value", [{1: BIG}, {1: 2}, object(), {"a": {1, 2}}], ids=["int-key", "key", "object", "set"])
def test_what_json_has_no_form_for_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="cannot be written as JSON"):
        encode(value)


def test_deep_values_that_were_read_can_be_written() -> None:
    raw = b'{"a":' * 400 + b"1" + b"}" * 400
    assert encode(decode(raw)[0]) == raw
