"""Keep the samples in certain languages."""

from __future__ import annotations

import numpy as np

from instrkit.errors import UsageError
from instrkit.language import CODES, UNKNOWN, Backend, asks_for_language, backend_version, detector, identify
from instrkit.ops.base import Batch, BoolArray, Filter, Texts, Values, op

__all__ = ["Language"]

_MIN_SCORES: dict[Backend, float] = {"lite": 0.5, "langdetect": 0.0}
_ASKED = " asked"
_LONGEST_REQUEST = 200  # characters; a longer text about the assistant (MOSS) speaks of languages and asks for none


class _UnknownLanguageError(UsageError, ValueError):
    """Also a ValueError, so that pydantic reports it with the other mistakes of a recipe."""


@op("language")
class Language(Filter):
    """
    Keep samples whose text is in one of the languages *keep*.

    What is measured is a word: `en`, `zh`, …; `und` where no language can be told (numbers, code, names, a word or
    two), which is always kept; `en+zh` for several texts (scope `messages`), kept if *keep* has them all; `fr asked`
    where the prompt speaks of translation, of languages or of a language by name.

    Attributes:
        keep: Languages to keep, as ISO 639 codes.
        backend: What decides where the script does not: `lite`, fastText's model lid.176.ftz (24 µs per text), or
            `langdetect`, seeded (some 3 ms). Their labels and scores differ, so the choice is stated, never made by
            what is installed.
        min_score: The model's least score for a language to be taken for sure, else the text is `und`. None stands for
            what suits the backend: 0.5 for `lite`, 0.0 for `langdetect`.
        unless_asked: Keep other languages where the prompt asks for them: "Translate into French", "用法语写".
    """

    keep: tuple[str, ...] = ("en", "zh")
    backend: Backend = "lite"
    min_score: float | None = None
    unless_asked: bool = True
    version = 2
    why = "language"
    text_valued = True
    judged_by = frozenset({"keep", "unless_asked", "min", "max"})

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.keep:
            raise UsageError("language: keep: nothing in it: expected ISO 639 codes such as [en, zh]")
        if self.min_score is not None and not 0.0 <= self.min_score <= 1.0:
            raise UsageError(f"language: min_score {self.min_score:g}: expected from 0.0 to 1.0")
        for code in self.keep:
            if code not in CODES:
                raise _UnknownLanguageError(
                    f"language: keep: no such language {code!r}: expected ISO 639 codes such as en, zh, ja, fr"
                )

    def depends(self) -> str:
        """Return the version of the model's package."""
        return backend_version(self.backend)

    def open(self) -> None:
        """Load the model."""
        detector(self.backend)

    def measure(self, batch: Batch) -> Values:
        """Return one word per sample: its languages."""
        texts = batch.text(self.scope)
        least = _MIN_SCORES[self.backend] if self.min_score is None else self.min_score
        found = identify(texts.strings, self.backend)
        labels = _joined(texts, [label if score >= least else UNKNOWN for label, score in found])
        prompts = batch.text("prompt").strings
        for k, label in enumerate(labels):
            if label != UNKNOWN:
                prompt = _system(batch, k) + prompts[k]
                if any(asks_for_language(prompt, one) for one in label.split("+")):
                    labels[k] = label + _ASKED
        return np.array(labels, dtype=np.str_)

    def judge(self, values: Values) -> BoolArray:
        """Return which of the words are kept."""
        words, where = np.unique(values.astype(np.str_), return_inverse=True)
        return np.array([self._keeps(str(word)) for word in words], dtype=np.bool_)[where]

    def reason(self, value: float | str) -> tuple[str, str]:  # noqa: ARG002 - the same for every value
        """Return why a value was not kept, and the languages that would have been."""
        return self.why, f"keep={'+'.join(self.keep)}"

    def _keeps(self, word: str) -> bool:
        if word.endswith(_ASKED) and self.unless_asked:
            return True
        return all(label in self.keep or label == UNKNOWN for label in word.removesuffix(_ASKED).split("+"))


def _system(batch: Batch, k: int) -> str:
    """What a short system message says ("Answer in French."), which is no part of the prompt's scope."""
    messages = batch.samples[k].messages
    if not messages or messages[0].role not in ("system", "developer"):
        return ""
    said = "".join(f"{message.text}\n" for message in messages if message.role in ("system", "developer"))
    return said if len(said) <= _LONGEST_REQUEST else ""


def _joined(texts: Texts, labels: list[str]) -> list[str]:
    """One word per sample: the languages of its texts in alphabetical order, `und` only where there is no other."""
    if len(labels) == texts.samples and (texts.owner == np.arange(texts.samples)).all():
        return labels
    found: list[set[str]] = [set() for _ in range(texts.samples)]
    for owner, label in zip(texts.owner.tolist(), labels, strict=True):
        if label != UNKNOWN:
            found[owner].add(label)
    return ["+".join(sorted(one)) or UNKNOWN for one in found]
