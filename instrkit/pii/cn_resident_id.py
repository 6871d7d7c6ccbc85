"""Chinese resident identity numbers: province, calendar date and check digit, or fifteen digits called one."""

from __future__ import annotations

import re
from datetime import date

from instrkit.pii.base import RULES, Rule
from instrkit.pii.numbers import no_identity

__all__: list[str] = []

_DAY = "(?:0[1-9]|1[0-2])[ ]?(?:0[1-9]|[12][0-9]|3[01])"
_PATTERN = re.compile(
    r"(?<![0-9A-Za-z])[1-8][0-9]{5}[ -]?"
    rf"(?:(?:19|20)[0-9]{{2}}[ ]?{_DAY}[ -]?[0-9]{{3}}[0-9Xx]|[0-9]{{2}}{_DAY}[0-9]{{3}})"
    r"(?![0-9A-Za-z])"
)
# GB/T 2260, and 83 on residence permits since 2018
_PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
# GB 11643-1999: ISO 7064 MOD 11-2
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_LAST_BIRTH_YEAR = 2049  # a constant, not today: the same input gives the same output whenever it is run

_CALLED_ID = re.compile(
    r"身份证|证件|身分證|(?<![0-9A-Za-z])(?:id[ ](?:card|number|no)|identity|identification|resident[ ]id)",
    re.IGNORECASE,
)


def _check_digit(seventeen: str) -> str:
    return _CHECK_DIGITS[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, seventeen, strict=True)) % 11]


def _canonical(value: str) -> str:
    """The eighteen characters; a number of the first generation as the second writes it."""
    number = value.replace(" ", "").replace("-", "").upper()
    if len(number) == 18:
        return number
    seventeen = f"{number[:6]}19{number[6:]}"
    return seventeen + _check_digit(seventeen)


def _birth(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _judge(found: re.Match[str]) -> str | None:
    number = _canonical(found[0])
    if number[:2] not in _PROVINCES.split():
        return "no such province"
    born = _birth(number)
    if born is None or born.year > _LAST_BIRTH_YEAR:
        return "no such date"
    if number[-1] != _check_digit(number[:17]):
        return "wrong check digit"
    if len(found[0]) < 18 and not _CALLED_ID.search(found.string, max(0, found.start() - 24), found.start()):
        return "no context"  # nothing but words tells fifteen digits from any other number
    return no_identity(found)


def _derived(canonical: str) -> tuple[str, ...]:
    year, month, day = canonical[6:10], canonical[10:12], canonical[12:14]
    born = (f"{year}{joint}{month}{joint}{day}" for joint in ("-", "/", ".", ""))
    return (*born, f"{year}年{month}月{day}日", f"{year}年{int(month)}月{int(day)}日")


RULES.add(
    "cn_resident_id",
    Rule(
        summary="Chinese resident identity numbers with province, date and check digit; 15 digits with context",
        tag="ID_NUMBER",
        tag_zh="身份证号",
        gate=lambda _, shape: b"00000000000000" in shape,
        pattern=_PATTERN,
        judge=_judge,
        canonical=_canonical,
        subject=re.compile(
            r"身份证|身分證|identity[ ](?:card|number)|(?<![0-9A-Za-z])id[ ](?:card|number)", re.IGNORECASE
        ),
        derived=_derived,
        priority=20,
    ),
)
