"""Where a long number stands: whether the text around it says that it is an operand, a quantity or an order number."""

from __future__ import annotations

import re

__all__ = ["no_identity"]

_LOOK = 32  # characters looked at on each side: enough for the longest cue below

_OPERATOR = "[×✕✖÷*+^%<>]|乘以?|除以|加上?|减去?|plus|minus|times|divided by|multiplied by|mod"
# An operator needs an operand behind it: `**13812345678**` is bold, and `a=13812345678` names a value.
_OPERAND_AFTER = re.compile(
    rf"[ ]?(?:{_OPERATOR}|==?)[ ]?\(?[0-9]|[ ]?/[ ]?[0-9]{{1,6}}(?![0-9])|[ ]?[×÷]|[ ]-[ ][0-9]{{1,10}}(?![0-9])",
    re.IGNORECASE,
)
_OPERAND_BEFORE = re.compile(rf"[0-9)][ ]?(?:{_OPERATOR}|/)[ ]?\(?\Z|[×÷][ ]?\(?\Z|[0-9)][ ]?=[ ]?-?\Z", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"[0-9]{7}[ ]?/[ ]?\Z")  # 13812345678/13912345678 are two telephones, not a division

_UNIT = re.compile(
    r"[ ]?(?:元(?![旦宵])|美元|美金|人民币|万|亿|个(?![人性体])|条(?!件)|次(?!日)|千?米(?![饭粉])|公里|千克|公斤|吨"
    r"|毫?秒|分钟|小时|字节|平方|立方|[%％℃‰]"
    r"|(?:km|kg|cm|mm|bytes?|bits?|[KMGT]B|dollars?|yuan|rmb|usd|meters?|metres?|miles|seconds|years|people|times)"
    r"(?![0-9A-Za-z]))",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:订单|单号|运单|快递|物流|流水|编号|货号|序列|工号|学号|发票|合同|条形?码|时间戳|商品|QQ"
    r"|(?<![0-9A-Za-z])(?:order|invoice|tracking|serial|sku|isbn|issn|doi|timestamp|part|item|product|ticket|transaction))"
    r"(?:号码?|编码|单号|编号|群|[ ]?(?:no\.?|number|num|id|#))?[ ]?(?:为|是|is)?[ ]?[:：#=]?[ ]?\Z",
    re.IGNORECASE,
)
_LONGER_BEFORE = re.compile(r"[0-9_][.-]\Z|_\Z")  # not a comma: `张三,23,13812345678,男` is a row of a table
_LONGER_AFTER = re.compile(r"\.[0-9]|-[0-9A-Za-z]|_[0-9A-Za-z]")
_MONEY = re.compile(r"[$¥￥€£][ ]?\Z")


def no_identity(found: re.Match[str]) -> str | None:
    """
    Return why the number *found* names nobody, going by the text next to it, or None where nothing speaks against it.

    Only words and signs that touch the number count: in `订单联系电话：138…` the last word is a telephone.
    """
    start, end = found.span()
    before, after = found.string[max(0, start - _LOOK) : start], found.string[end : end + _LOOK]
    if _LONGER_BEFORE.search(before) or _LONGER_AFTER.match(after):
        return "part of a longer number"
    if (_OPERAND_AFTER.match(after) or _OPERAND_BEFORE.search(before)) and not _TWO_NUMBERS.search(before):
        return "operand"
    if _UNIT.match(after) or _MONEY.search(before):
        return "quantity"
    if _LABEL.search(before):
        return "order or serial number"
    return None
