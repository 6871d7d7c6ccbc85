"""Chinese mobile numbers: 1[3-9] and nine digits, with or without +86, separators, full-width digits."""

from __future__ import annotations

import re

from instrkit.pii.base import RULES, Rule
from instrkit.pii.numbers import no_identity

__all__: list[str] = []

_PATTERN = re.compile(
    r"(?:(?<![0-9A-Za-z+])|(?<![0-9A-Za-z])(?=\+)|(?<=[A-Za-z])(?=\+86))"
    r"(?:\(?(?:\+|00)?86\)?[ -]?)?"
    r"(?:1[3-9][0-9]|\(1[3-9][0-9]\))[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9A-Za-z])"
)
_HOTLINE = "13800138000"  # the prepaid hotline of China Mobile, and the number that manuals print
_OTHER_COUNTRY = re.compile(r"\+(?!86)[0-9]{1,3}[ ()-]{0,3}\Z")  # +49 152…: eleven digits too


def _judge(found: re.Match[str]) -> str | None:
    number = _canonical(found[0])
    if _OTHER_COUNTRY.search(found.string, max(0, found.start() - 8), found.start()):
        return "number of another country"
    if number == _HOTLINE:
        return "hotline"
    return "placeholder" if number.endswith("00000000") else no_identity(found)


def _canonical(value: str) -> str:
    return "".join(char for char in value if char in "0123456789")[-11:]


RULES.add(
    "cn_mobile",
    Rule(
        summary="Chinese mobile numbers; not operands, quantities, order numbers",
        tag="PHONE",
        tag_zh="手机号",
        gate=lambda _, shape: b"00000000000" in shape,
        pattern=_PATTERN,
        judge=_judge,
        canonical=_canonical,
        subject=re.compile(
            r"(?:phone|mobile|cell|telephone|contact)[ ]?(?:phone[ ])?number|(?:手机|电话|联系)号|联系(?:方式|电话)",
            re.IGNORECASE,
        ),
        priority=5,
    ),
)
