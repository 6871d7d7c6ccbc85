"""Find personal data in a text: gates, then patterns, then judges, then who wins where two hits overlap."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from instrkit.pii.base import RULES, Rule, fold, shape

__all__ = ["Audit", "Hit", "Rules", "candidates", "count", "matches", "named", "passes", "scan", "scan_audit"]

Rules = Sequence[tuple[str, Rule]]
"""Rules with their names, from `named`."""


@dataclass(frozen=True, slots=True)
class Hit:
    """
    One value in a text.

    Attributes:
        start: Where it starts in the text as given.
        end: Where it ends.
        rule: The name of the rule that found it.
        value: The value as it stands there.
        canonical: The spelling that all spellings of the value share.
        suppressed_by: Why it is left alone, None where it is personal data.
    """

    start: int
    end: int
    rule: str
    value: str = field(repr=False)
    canonical: str = field(repr=False)
    suppressed_by: str | None = None


@dataclass(slots=True)
class Audit:
    """
    What rules found, in numbers; holds no value.

    Attributes:
        found: Hits by rule.
        suppressed: Candidates left alone, by rule and reason.
        task_dependent: Values left alone because the task is about them, by rule; counted by whoever sees samples.
    """

    found: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[tuple[str, str]] = field(default_factory=Counter)
    task_dependent: Counter[str] = field(default_factory=Counter)


def named(names: Iterable[str] | None = None) -> Rules:
    """
    Return the rules called *names*, or all of them, with their names.

    Raises:
        UsageError: There is no rule of that name.
    """
    return [(name, RULES.get(name)) for name in (RULES.names() if names is None else names)]


def passes(text: str, rules: Rules) -> bool:
    """Return whether any gate lets *text* through; if not, no rule finds anything in it or in any line of it."""
    shaped = shape(text)
    return any(rule.gate(text, shaped) for _, rule in rules)


def matches(text: str, rules: Rules) -> bool:
    """Return whether any rule has a candidate in *text*: what `passes` asks, answered exactly."""
    shaped = shape(text)
    return any(rule.gate(text, shaped) and rule.pattern.search(fold(text)) for _, rule in rules)


def candidates(text: str, rules: Rules, allow: Container[str] = ()) -> tuple[Hit, ...]:
    """
    Return all that the rules look at in *text*, suppressed candidates too, in their order; hits do not overlap.

    Of two overlapping hits the longer one wins, then the rule of higher priority; suppressed candidates never win.

    Args:
        text: Any text.
        rules: Names and rules, from `named`.
        allow: Values to leave alone: canonical or as they stand in the text, for e-mail also domains; lower-case.
    """
    shaped = shape(text)
    ranked: list[tuple[int, int, Hit]] = []
    folded = None
    for name, rule in rules:
        if not rule.gate(text, shaped):
            continue
        folded = fold(text) if folded is None else folded
        group: int | str = "value" if "value" in rule.pattern.groupindex else 0
        for found in rule.pattern.finditer(folded):
            start, end = found.span(group)
            reason = rule.judge(found)
            canonical = _canonical(rule, found[group])
            if reason is None and _allowed(rule, canonical, text[start:end], allow):
                reason = "allowed"
            ranked.append((end - start, rule.priority, Hit(start, end, name, text[start:end], canonical, reason)))
    ranked.sort(key=lambda entry: (-entry[0], -entry[1], entry[2].start, entry[2].rule))
    hits = _without_overlap([hit for _, _, hit in ranked])
    return tuple(sorted(hits, key=lambda hit: (hit.start, hit.end, hit.rule)))


def _canonical(rule: Rule, folded: str) -> str:
    try:
        return rule.canonical(folded)
    except ValueError:  # no value of its kind, such as an address with an octet of 300: suppressed, and equal to itself
        return folded


def _allowed(rule: Rule, canonical: str, value: str, allow: Container[str]) -> bool:
    return value.lower() in allow or any(name.lower() in allow for name in rule.names(canonical))


def _without_overlap(best_first: list[Hit]) -> list[Hit]:
    winners: list[Hit] = []  # by position: they do not overlap, so only the two neighbours can be in the way
    for hit in best_first:
        if hit.suppressed_by is None:
            place = bisect_left(winners, hit.start, key=_start)
            before, after = winners[max(0, place - 1) : place], winners[place : place + 1]
            if all(other.end <= hit.start for other in before) and all(hit.end <= other.start for other in after):
                winners.insert(place, hit)
    return [hit for hit in best_first if hit.suppressed_by] + winners


def _start(hit: Hit) -> int:
    return hit.start


def scan(text: str, rules: Iterable[str] | None = None, *, allow: Iterable[str] = ()) -> tuple[Hit, ...]:
    """
    Return the personal data in *text*, in order, without overlap.

    Args:
        text: Any text.
        rules: Names of rules; all rules where None.
        allow: Values to leave alone, for e-mail also whole domains.

    Raises:
        UsageError: There is no rule of that name.

    Examples:
        >>> [(hit.rule, hit.value) for hit in scan("手机号13812345678，邮箱bob@corp.cn。")]
        [('cn_mobile', '13812345678'), ('email', 'bob@corp.cn')]
    """
    hits = candidates(text, named(rules), frozenset(entry.lower() for entry in allow))
    return tuple(hit for hit in hits if hit.suppressed_by is None)


def scan_audit(texts: Iterable[str], rules: Iterable[str] | None = None, *, allow: Iterable[str] = ()) -> Audit:
    """
    Count what `scan` finds in *texts* and what it leaves alone, and why.

    Raises:
        UsageError: There is no rule of that name.

    Examples:
        >>> scan_audit(["resolver 8.8.8.8"]).suppressed
        Counter({('ip', 'public resolver'): 1})
    """
    chosen, allowed = named(rules), frozenset(entry.lower() for entry in allow)
    audit = Audit()
    for text in texts:
        count(candidates(text, chosen, allowed), audit)
    return audit


def count(hits: Iterable[Hit], audit: Audit) -> None:
    """Add *hits* to *audit*."""
    for hit in hits:
        if hit.suppressed_by is None:
            audit.found[hit.rule] += 1
        else:
            audit.suppressed[hit.rule, hit.suppressed_by] += 1
