r"""
Bytes ↔ JSON values: quick where nothing is odd, exact where something is.

orjson reads what is plain. Two things it would change silently are looked for beforehand: integers beyond 64 bits (it
makes them floats) and duplicate keys (the last one wins). Whatever it refuses or might change is read once more,
slowly, by the standard library, which repairs or explains.

Duplicate keys are found by counting. Every key ends in `":`, so the number of `":` in the bytes is never below the
number of keys written, as long as no blank stands before the colon; when it equals the number of keys parsed, no key
was written twice.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

from instrkit.errors import ReadError, UsageError, quote

__all__ = ["Undecodable", "count_keys", "decode", "distinct_keys", "encode", "found", "may_mislead"]

# A run of 19 digits is the shortest that may not fit 64 bits (-9223372036854775809). Mapping all digits to one and
# looking for a constant string runs at 1,200 MB/s, the regular expression [0-9]{19} at 570.
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19
_BLANK_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')
_KEY_END = re.compile(rb'"[ \t\r\n]*:')
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")

NAN_READ = "NaN read as null"
SURROGATE_READ = "lone surrogate"
DUPLICATE_READ = "duplicate key"


class Undecodable(ReadError):  # noqa: N818 - as Misfit: it is raised per record, and costs one record
    """Bytes that are no JSON value, or none that can be read without guessing; the text is the cause."""

    @property
    def cause(self) -> str:
        """What is wrong, in a few words."""
        return str(self)


def may_mislead(raw: bytes) -> bool:
    """
    Return whether *raw* (one record or many) may hold what the quick path would read wrongly.

    Costs 1.5 ns per byte; a false alarm costs time only.
    """
    return _BLANK_BEFORE_COLON.search(raw) is not None or _long_number(raw)


def _long_number(raw: bytes) -> bool:
    """Return whether a run of 19 digits stands where a number may begin: the digits of pi in a text do not."""
    flat = raw.translate(_DIGITS_TO_ZERO)
    at = flat.find(_LONG_NUMBER)
    while at >= 0:
        before = flat[max(0, at - 64) : at].removesuffix(b"-").rstrip(b" \t\r\n")
        if not before or before[-1] in b":,[":
            return True
        while flat[at : at + 1] == b"0":  # a run is short; one of a million digits in a text still is linear
            at += 1
        at = flat.find(_LONG_NUMBER, at)
    return False


def count_keys(value: Any) -> int:
    """Return the number of object keys in *value*, at all depths."""
    total = 0
    if type(value) is dict:
        total = len(value)
        value = value.values()
    elif type(value) is not list:
        return 0
    for inner in value:
        if type(inner) is dict or type(inner) is list:
            total += count_keys(inner)
    return total


def distinct_keys(raw: bytes, value: Any) -> bool:
    """
    Return whether *value*, parsed from *raw*, surely holds every key that was written.

    *raw* must have passed `may_mislead`. False is no proof of a duplicate: text that starts with a colon looks alike.
    """
    keys = count_keys(value)
    written = raw.count(b'":')
    if written == keys:
        return True
    # A quote behind one backslash stands inside a string and ends no key; behind two or more it may.
    return written - raw.count(b'\\":') + raw.count(b'\\\\":') == keys


def decode(raw: bytes) -> tuple[Any, tuple[str, ...]]:
    r"""
    Return the JSON value of *raw* and what had to be mended: `NaN read as null`, `lone surrogate`, `duplicate key`.

    NaN becomes null, a lone surrogate U+FFFD; a key given twice with equal values is kept once. Integers of any size
    up to 4,300 digits are exact.

    Raises:
        Undecodable: Broken JSON, invalid UTF-8, an infinite number, or a key given twice with different values.

    Examples:
        >>> decode(b'{"n": 123456789012345678901234567890}')
        ({'n': 123456789012345678901234567890}, ())
        >>> decode(b'{"score": NaN}')
        ({'score': None}, ('NaN read as null',))
    """
    if not may_mislead(raw):
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            pass
        else:
            if distinct_keys(raw, value):
                return value, ()
    elif (value := _blank_but_plain(raw)) is not None:
        return value, ()
    return _Careful().decode(raw)


def _blank_but_plain(raw: bytes) -> Any:
    """Return the value of a record that only writes its colons apart (`"a" : 1`), None where more is odd."""
    if _long_number(raw):
        return None
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if sum(1 for _ in _KEY_END.finditer(raw)) == count_keys(value) else None


class _Careful:
    """One decoding by the standard library, with a note of every repair."""

    def __init__(self) -> None:
        self.repairs: dict[str, None] = {}

    def decode(self, raw: bytes) -> tuple[Any, tuple[str, ...]]:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Undecodable(f"invalid UTF-8 at byte {error.start}: {error.reason}") from None
        reader = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant, parse_float=self._number
        )
        try:
            value = reader.decode(text)
        except json.JSONDecodeError as error:
            problem = error.msg[:1].lower() + error.msg[1:]
            raise Undecodable(f"invalid JSON at character {error.pos}: {problem.removesuffix(' at')}") from None
        except RecursionError:
            raise Undecodable("nested too deeply: expected at most 1,000 levels") from None
        except ValueError:  # Python's own limit on the digits of an integer, which guards against quadratic time
            raise Undecodable("an integer of more than 4,300 digits") from None
        if _SURROGATE_ESCAPE.search(raw):
            value = self._mend(value)
        return value, tuple(self.repairs)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out = dict(pairs)
        if len(out) == len(pairs):
            return out
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key not in seen:
                seen[key] = value
            elif encode(seen[key]) != encode(value):  # by bytes: 1, 1.0 and true are equal in Python
                raise Undecodable(f"duplicate key {quote(_SURROGATE.sub('�', key), 40)} with different values")
        self.repairs[DUPLICATE_READ] = None
        return seen

    def _constant(self, name: str) -> None:
        if name != "NaN":
            raise Undecodable(f"{name} is no JSON number")
        self.repairs[NAN_READ] = None

    def _number(self, digits: str) -> float:
        if math.isinf(number := float(digits)):
            raise Undecodable("a number too large for a float")
        return number

    def _mend(self, value: Any) -> Any:
        if type(value) is str:
            mended = _SURROGATE.sub("�", value)
            if mended != value:
                self.repairs[SURROGATE_READ] = None
            return mended
        if type(value) is list:
            return [self._mend(inner) for inner in value]
        if type(value) is dict:
            out = {self._mend(key): self._mend(inner) for key, inner in value.items()}
            if len(out) < len(value):
                raise Undecodable("two keys that differ only in lone surrogates")
            return out
        return value


def encode(value: Any) -> bytes:
    """
    Return *value* as compact JSON in UTF-8, keys in their order.

    Integers of any size are exact; a lone surrogate is written as U+FFFD, a float that is not finite as null.

    Raises:
        UsageError: A value JSON has no form for, or a key that is no string.
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits, a lone surrogate, 255 levels or more, or no JSON at all
        try:
            text = json.dumps(_writable(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        except (TypeError, RecursionError) as error:
            raise UsageError(f"cannot be written as JSON: {error}") from None
        return text.encode("utf-8")


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("�", value)
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("an object key that is no string")
        return {_SURROGATE.sub("�", key): _writable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def found(value: Any) -> str:
    """Return what kind of JSON value *value* is, in JSON's own words."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
