"""
See that a value is the task itself: to replace it would leave an answer to another question.

Nearly every valid-looking value in Alpaca is fictional or asked about: "convert 128.178.163.54 to binary", "generate a
fake e-mail address", "is 59.187.84.127 a valid IPv4 address?". Three signs, all on the safe side of doing nothing:

- *derived*: prompt or response has the value, and the other one something that goes with it alone (other separators,
  another base, its domain) and that does not stand beside the value too;
- *asked about*: the prompt has the value, and asks in one sentence to validate, convert or reformat such a value;
- *asked for*: only the response has the value, and the prompt asks in one sentence to make such a value up.

To extract or to repeat a value is no sign: a consistent replacement keeps such a task whole.
"""

from __future__ import annotations

import re

from instrkit.pii.base import fold
from instrkit.pii.scan import Rules, candidates

__all__ = ["Exchange"]

_SENTENCE_END = re.compile(r"[!?。！？\n]|\.(?=[ \n]|$)")
_LATIN = "(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"
_ASKED_ABOUT = re.compile(
    _LATIN.format(
        "(?:in)?valid(?:ate|ity|ation|ator)?|verif(?:y|ies|ication)|(?:re)?format(?:s|ted|ting)?|convert(?:s|ed|ing)?"
        "|binary|hexadecimal|hex|decimal|octal|subnet|cidr|class|classify|mask(?:ed|ing)?|obfuscate|anonymi[sz]e|redact"
        "|regex|regular expression|faulty|malformed|incorrect|user ?name|local part|domain|check digit|checksum"
        "|geolocat(?:e|ion)|lookup|look up|reverse"
    )
    + "|有效|合法|正确|错误的|验证|校验|核验|格式|转换|转成|转为|换成|二进制|十六进制|八进制|十进制|子网|脱敏"
    "|掩码|隐藏|正则|归属地|用户名|域名|哪一类|类别|倒序|反转",
    re.IGNORECASE,
)
_ASKED_FOR = re.compile(
    _LATIN.format(
        "generat(?:e|es|ed|ing)|creat(?:e|es|ing)|mak(?:e|ing) up|invent|fabricate|fake|fictional|fictitious|imaginary"
        "|random|dummy|mock|made-up|sample|examples? of|example|valid|construct|come up with|give|provide|suggest|list"
    )
    + "|生成|编造|编一个|虚构|虚拟|假的|随机|示例|例子|举例|有效|创建|构造|给出|写一个|列出|提供",
    re.IGNORECASE,
)
_NOT_ALNUM = re.compile(r"[^0-9A-Za-z]+")


class Exchange:
    """
    What is asked and what is answered in one sample, looked at once for all its values.

    Args:
        prompt: What the user says.
        response: What the assistant says.
        rules: The rules whose values stand in them.
    """

    def __init__(self, prompt: str, response: str, rules: Rules) -> None:
        self._prompt, self._response = _Side(prompt, rules), _Side(response, rules)
        self._sentences = _SENTENCE_END.split(fold(prompt))
        self._rules = dict(rules)
        self._asked: dict[tuple[str, bool], bool] = {}  # by rule, and whether the value is given; once for all values

    def depends_on(self, rule: str, canonical: str) -> bool:
        """Return whether the task is about the value *canonical* of *rule*."""
        given = (rule, canonical) in self._prompt.values
        if self._asks(rule, given):
            return True
        here, there = (self._prompt, self._response) if given else (self._response, self._prompt)
        forms = (form.lower() for form in self._rules[rule].derived(canonical))
        return any(there.has(form) and not here.has(form) for form in forms) or (
            canonical.isalnum() and there.spells(canonical) and not here.spells(canonical)
        )

    def _asks(self, rule: str, given: bool) -> bool:
        if (rule, given) not in self._asked:
            subject, cue = self._rules[rule].subject, _ASKED_ABOUT if given else _ASKED_FOR
            found = any(subject.search(sentence) and cue.search(sentence) for sentence in self._sentences)
            self._asked[rule, given] = found
        return self._asked[rule, given]


class _Side:
    """
    One side of an exchange: the values in it, and its text without them.

    Without, since `corp.com` in another address says nothing about this one.
    """

    def __init__(self, text: str, rules: Rules) -> None:
        hits = candidates(text, rules)
        self.values = {(hit.rule, hit.canonical) for hit in hits}
        self.spellings = {fold(hit.value).lower() for hit in hits}
        pieces, end = [], 0
        for hit in hits:
            pieces.append(text[end : hit.start])
            end = max(end, hit.end)
        self.rest = fold("\n".join([*pieces, text[end:]])).lower()
        words = _NOT_ALNUM.split(self.rest)
        self.words, self.squeezed = frozenset(words), "".join(words)

    def has(self, form: str) -> bool:
        """Whether *form* (lower-case) stands here, as a value or by itself."""
        if form in self.spellings:
            return True
        if not self.words.issuperset(filter(None, _NOT_ALNUM.split(form))):
            return False  # nearly always; without this, a table of thousands of values would take minutes
        start = self.rest.find(form)
        while start >= 0:
            around = self.rest[max(0, start - 1) : start] + self.rest[start + len(form) : start + len(form) + 1]
            if not any(char.isascii() and char.isalnum() for char in around):
                return True
            start = self.rest.find(form, start + 1)
        return False

    def spells(self, canonical: str) -> bool:
        """Whether the value stands here in a spelling that the rule does not know."""
        return canonical.lower() in self.squeezed
