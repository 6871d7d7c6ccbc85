"""Replace personal data by tags, the same one for the same value through the whole sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from instrkit.ops.base import Batch, Map, op, scope_texts
from instrkit.ops.rewrite import rewrite_texts
from instrkit.pii.operators import OPERATORS, Language, language_of
from instrkit.pii.scan import Audit, Hit, Rules, candidates, count, matches, named, passes
from instrkit.pii.task import Exchange
from instrkit.sample import Sample

__all__ = ["Plan", "Scrub"]

Value = tuple[str, str]  # the name of a rule and a canonical value

_CHUNK = 16  # samples whose texts go through the gates as one: calls cost more than characters; 7 in 100 chunks pass
# A replacement can uncover a value that was glued to it (`a@x.cnb@y.com`); each round leaves fewer. Random texts glued
# from values needed two rounds in 1.5 % of cases and three in 4 of 120,000; real ones needed one.
_ROUNDS = 10

_TAG = re.compile("<[^<>\n]{1,40}>")


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What is to be done with one sample.

    Attributes:
        hits: All candidates of all texts, in their order, suppressed ones too.
        replacements: The text for each value, by rule and canonical value.
        task_dependent: Values that stay because the task is about them.
    """

    hits: tuple[Hit, ...]
    replacements: dict[Value, str]
    task_dependent: frozenset[Value]


@op("scrub")
class Scrub(Map):
    """
    Replace e-mail addresses, IP addresses, Chinese mobile and resident identity numbers in every text of a sample.

    What is replaced is decided for the sample as a whole: every spelling of a value (`13812345678`, full-width,
    `+86 138-1234-5678`) gets the same replacement in all messages, thinking, candidates, tool calls, tools and meta.
    Reserved values (example.com, private addresses), look-alikes (versions, order numbers) and wrong check digits are
    left alone. Scrubbing twice changes nothing more. Numbers that are JSON numbers, and ids, are not looked at.

    Attributes:
        rules: The rules to apply, by name (`instrkit list rules`).
        operator: What stands for a value: `tag` (`<EMAIL>`, the second one `<EMAIL_2>`), `mask` (`*******5678`), or
            `flag`, which changes nothing and only counts.
        tags: The language of tags; `auto` goes by the letters of the sample.
        allow: Values to leave alone, in any spelling; for e-mail also domains, with their subdomains.
        asked: What to do where the value is the task itself (convert it, validate it, make one up): `keep` the sample
            as it is, since a tag would leave an answer to another question, or `replace` it all the same.
    """

    rules: tuple[str, ...] = ("email", "ip", "cn_mobile", "cn_resident_id")
    operator: Literal["tag", "mask", "flag"] = "tag"
    tags: Literal["auto", "en", "zh"] = "auto"
    allow: tuple[str, ...] = ()
    asked: Literal["keep", "replace"] = "keep"

    def __post_init__(self) -> None:
        named(self.rules)  # an unknown rule is an error at once, not at the first sample

    @property
    def _chosen(self) -> Rules:
        return _rules(self.rules)

    @property
    def _allowed(self) -> frozenset[str]:
        return frozenset(entry.lower() for entry in self.allow)

    def change(self, batch: Batch) -> list[Sample]:
        """Return the samples with their personal data replaced; a sample without any is the same object."""
        changed = list(batch.samples)
        for start in range(0, len(changed), _CHUNK):
            texts: list[str] = []
            for sample in changed[start : start + _CHUNK]:
                _gather(sample, texts)
            if passes("\n".join(texts), self._chosen):
                changed[start : start + _CHUNK] = map(self._scrubbed, changed[start : start + _CHUNK])
        return changed

    def _scrubbed(self, sample: Sample) -> Sample:
        texts: list[str] = []
        _gather(sample, texts)
        if not matches("\n".join(texts), self._chosen):
            return sample
        for _ in range(_ROUNDS):
            replacements = self.plan(sample).replacements
            if not replacements:
                break
            sample = rewrite_texts(sample, lambda text: self._replaced(text, replacements), arguments=True, meta=True)  # noqa: B023 - used at once
        return sample

    def plan(self, sample: Sample) -> Plan:
        """Return what `change` does with *sample*, and what it leaves alone and why."""
        texts = _texts(sample)
        hits = tuple(hit for text in texts for hit in candidates(text, self._chosen, self._allowed))
        values = dict.fromkeys((hit.rule, hit.canonical) for hit in hits if hit.suppressed_by is None)
        asked = frozenset(self._asked(sample, hits, values)) if values and self.asked == "keep" else frozenset()
        replacements = self._replacements([value for value in values if value not in asked], texts)
        return Plan(hits, replacements, asked)

    def audit(self, samples: Iterable[Sample]) -> Audit:
        """Count what is found, left alone and why, over *samples*; holds no value."""
        audit = Audit()
        for sample in samples:
            plan = self.plan(sample)
            count(plan.hits, audit)
            audit.task_dependent.update(Counter(rule for rule, _ in plan.task_dependent))
        return audit

    def _asked(self, sample: Sample, hits: Sequence[Hit], values: Iterable[Value]) -> Iterable[Value]:
        """The values among *values* that the task is about."""
        prompt, response = (scope_texts(sample, scope)[0] for scope in ("prompt", "response"))
        exchange = Exchange(prompt, response, self._chosen)
        operands = {(hit.rule, hit.canonical) for hit in hits if hit.suppressed_by == "operand"}
        return (value for value in values if value in operands or exchange.depends_on(*value))

    def _replacements(self, values: Sequence[Value], texts: Sequence[str]) -> dict[Value, str]:
        """One text per value; a tag that the sample's texts hold already is somebody else's and is not given again."""
        if not values or self.operator == "flag":
            return {}
        joined = "\n".join(texts)
        language: Language = language_of(joined) if self.tags == "auto" else self.tags
        there = set(_TAG.findall(joined)) if self.operator == "tag" else set()
        rules, operator = dict(self._chosen), OPERATORS[self.operator]
        numbers: Counter[str] = Counter()
        found: dict[Value, str] = {}
        for name, canonical in values:
            text = None
            while text is None or text in there:
                numbers[rules[name].tag] += 1
                text = operator(rules[name], canonical, numbers[rules[name].tag], language)
            found[name, canonical] = text
        return found

    def _replaced(self, text: str, replacements: dict[Value, str]) -> str:
        """*text* with its values replaced; a value that stands elsewhere in an unsuspicious place goes here too."""
        if not passes(text, self._chosen):
            return text
        pieces, end = [], 0
        for hit in candidates(text, self._chosen, self._allowed):
            new = replacements.get((hit.rule, hit.canonical))
            if new is not None and hit.start >= end:
                pieces += [text[end : hit.start], new]
                end = hit.end
        return "".join(pieces) + text[end:] if pieces else text


@cache
def _rules(names: tuple[str, ...]) -> Rules:
    """The rules of *names*; not kept in the op, which travels to the workers as its settings."""
    return named(names)


def _texts(sample: Sample) -> list[str]:
    """All texts that `rewrite_texts` would change: the same walk, with nothing changed."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    rewrite_texts(sample, note, arguments=True, meta=True)
    return found


def _gather(sample: Sample, found: list[str]) -> None:
    """
    Add all texts of *sample* to *found*, for the gates.

    Nearly all samples are plain messages with little beside them: those go without the walk, which takes longer than
    the gates.
    """
    if sample.candidates or sample.tools:
        found += _texts(sample)
        return
    for message in sample.messages:
        content = message.content
        if type(content) is not str or message.thinking or message.tool_calls or message.extra:
            found += _texts(sample)
            return
        found.append(content)
    for beside in (sample.meta, sample.labels, sample.residual):
        if beside:
            _strings(beside, found)


def _strings(value: Any, found: list[str]) -> None:
    if type(value) is str:
        found.append(value)
    elif type(value) is dict:
        for item in value.values():
            _strings(item, found)
    elif type(value) in {list, tuple}:
        for item in value:
            _strings(item, found)
