"""Model names → templates: `Qwen/Qwen2.5-7B-Instruct` wants `qwen2.5`."""

from __future__ import annotations

import re
from typing import NamedTuple

from instrkit.errors import UsageError, did_you_mean
from instrkit.templates.models_rules import RULES, Rule

__all__ = ["Advice", "advice_for", "template_for"]

_TUNED = (
    "instruct", "instruction", "chat", "it-", "sft", "dpo", "rlhf", "orpo", "kto", "assistant", "thinking", "zero",
    "distill", "coder-it",
)  # fmt: skip
"""Words that tuned models bear, each at the beginning of a word."""


class Advice(NamedTuple):
    """
    What is known about a model's layout.

    Attributes:
        model: The model's name, without owner and path.
        family: Which family it was taken for.
        templates: The templates to use, best first.
        remark: What to know before using them; empty where there is nothing.
    """

    model: str
    family: str
    templates: tuple[str, ...]
    remark: str


def template_for(model: str) -> tuple[str, ...]:
    """
    Return the names of the templates that *model* was tuned with, best first.

    Args:
        model: A model's name with or without owner, in any case, or the path of its folder or file.

    Raises:
        UsageError: The model belongs to no family there is a template for; the message names the nearest.

    Examples:
        >>> template_for("meta-llama/Llama-2-13b-chat-hf")[0]
        'llama2'
    """
    return advice_for(model).templates


def advice_for(model: str) -> Advice:
    """
    Return what is known about the layout of *model*: templates as from `template_for`, and remarks.

    Raises:
        UsageError: The model belongs to no family there is a template for.
    """
    name = _bare(model)
    rule = _rule_for(name)
    if rule is None:
        families = sorted({rule.family for rule in RULES if rule.templates})
        letters = re.match("[a-z]*", name)
        guess = letters[0] if letters else ""
        raise UsageError(f"model {model!r}: no template is known for it: {did_you_mean(guess, families)}")
    if not rule.templates:
        raise UsageError(f"model {model!r}: no template is known for it: {rule.remark}")
    return Advice(name, rule.family, rule.templates, "; ".join(filter(None, (_base_remark(name, rule), rule.remark))))


def _rule_for(name: str) -> Rule | None:
    return next((rule for rule in RULES if all(_has(name, word) for word in rule.words.split())), None)


def _has(name: str, word: str) -> bool:
    """Whether a word of *name* begins with *word*; words are parted by hyphens."""
    return f"-{word}" in f"-{name}-"


def _base_remark(name: str, rule: Rule) -> str:
    base = _has(name, "base-") or (rule.marked and not any(_has(name, word) for word in _TUNED))
    if not base:
        return ""
    return "looks like a base model, which was tuned with no template: this is what its family's tuned models use"


def _bare(model: str) -> str:
    """The model's name in lower case, words parted by hyphens, without owner, folders and checkpoint number."""
    parts = [part for part in re.split(r"[/\\]", model.strip()) if part not in {"", "."}]
    cached = [part for part in parts if part.startswith("models--")]
    if cached:  # the hub's cache: models--OWNER--NAME/snapshots/COMMIT
        parts = [cached[-1].rpartition("--")[2]]
    while len(parts) > 1 and parts[-1].startswith("checkpoint-"):
        parts.pop()
    return re.sub(r"[\s_]", "-", parts[-1].lower()) if parts else ""
