"""Model names → templates: `Qwen/Qwen2.5-7B-Instruct` wants `qwen2.5`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from instrkit.errors import UsageError, did_you_mean
from instrkit.templates.models_rules import RULES, Rule

__all__ = ["Advice", "advice_for", "template_for"]

_TUNED = ("it-", "sft", "dpo", "rlhf", "orpo", "kto", "assistant", "thinking", "zero", "distill", "lora", "qlora",
          "tuned", "finetune", "ft-", "tool")  # fmt: skip
"""Words that tuned models bear, each at the beginning of a word."""

_TUNED_ANYWHERE = ("chat", "instruct")
"""The same, anywhere in the name: AquilaChat."""

_CLOSE = 0.75
"""How much alike names are, of 1, for one to be taken for a misspelling of the other: qwem is qwen, gpt not opt."""

_OWN = "it has a chat template of its own: `--template {}` renders with it"


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
    own = _OWN.format(model if re.search(r"[/\\]", model) else f"./{model}") if _has_own(model) else ""
    if rule is None:
        raise UsageError(f"model {model!r}: no template is known for it: {own or _hint(name)}")
    if not rule.templates:
        raise UsageError(f"model {model!r}: no template is known for it: {own or rule.remark}")
    remarks = (own, _base_remark(name, rule), rule.remark)
    return Advice(name, rule.family, rule.templates, "; ".join(filter(None, remarks)))


def _has_own(model: str) -> bool:
    """Whether *model* is a folder with a chat template in it."""
    if not model.strip() or not Path(model).is_dir():
        return False
    from instrkit.templates.jinja.source import read_source

    try:
        return bool(read_source(model).templates)
    except UsageError:
        return False


def _hint(name: str) -> str:
    """What helps with a name of no rule: the family it may be meant for, or what is known of its family."""
    from difflib import get_close_matches  # 5 ms, and only when something is already wrong

    families = sorted({rule.family for rule in RULES if rule.templates})
    letters = re.match("[a-z]*", name)
    guess = letters[0] if letters else ""
    if guess in families:
        known = sorted({rule.words.rstrip("-") for rule in RULES if rule.family == guess and rule.templates})
        return f"known of the family {guess!r}: {', '.join(known)}"
    return did_you_mean(guess if get_close_matches(guess, families, n=1, cutoff=_CLOSE) else "", families)


def _rule_for(name: str) -> Rule | None:
    return next((rule for rule in RULES if all(_has(name, word) for word in rule.words.split())), None)


def _has(name: str, word: str) -> bool:
    """Whether a word of *name* begins with *word*; words are parted by hyphens."""
    return f"-{word}" in f"-{name}-"


def _base_remark(name: str, rule: Rule) -> str:
    base = rule.marked and name != rule.words and not _says_tuned(name)  # a family's name alone says nothing
    if not (base or _has(name, "base-")):
        return ""
    return "looks like a base model, which was tuned with no template: this is what its family's tuned models use"


def _says_tuned(name: str) -> bool:
    return any(word in name for word in _TUNED_ANYWHERE) or any(_has(name, word) for word in _TUNED)


def _bare(model: str) -> str:
    """The model's name in lower case, words parted by hyphens, without owner, folders and checkpoint number."""
    parts = [part for part in re.split(r"[/\\]", model.strip()) if part not in {"", "."}]
    cached = [part for part in parts if part.startswith("models--")]
    if cached:  # the hub's cache: models--OWNER--NAME/snapshots/COMMIT
        parts = [cached[-1].rpartition("--")[2]]
    while len(parts) > 1 and parts[-1].startswith("checkpoint-"):
        parts.pop()
    return re.sub(r"[\s_]", "-", parts[-1].lower()) if parts else ""
