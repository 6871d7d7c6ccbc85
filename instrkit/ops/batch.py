"""The samples that travel together, and the texts of theirs that an op looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from instrkit.sample import Sample

__all__ = ["Batch", "Scope", "Texts", "scope_texts"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Scope = Literal["prompt", "response", "messages", "dialogue"]
"""
Which text of a sample an op looks at.

`prompt`    one text: what the user and the tools say, joined by line breaks
`response`  one text: what the assistant says
`messages`  one text per message with content, system messages among them
`dialogue`  one text: prompt and response in their order, without system messages (they repeat across a corpus)
"""

_SPEAKERS: dict[str, frozenset[str]] = {
    "prompt": frozenset({"user", "tool"}),
    "response": frozenset({"assistant"}),
    "messages": frozenset({"system", "developer", "user", "assistant", "tool"}),
    "dialogue": frozenset({"user", "tool", "assistant"}),
}


def scope_texts(sample: Sample, scope: Scope) -> list[str]:
    """
    Return the texts of *sample* that *scope* names: one, or for `messages` one per message with content.

    Candidates count as responses. Thinking belongs to the message it precedes.
    """
    speakers = _SPEAKERS[scope]
    said: list[str] = []
    for message in sample.messages:
        if message.role in speakers:
            content = message.content
            text = content if type(content) is str else message.text
            said.append(f"{message.thinking}\n{text}" if message.thinking else text)
    if sample.candidates and "assistant" in speakers:
        said += [m.text for candidate in sample.candidates for m in candidate.messages]
    if scope == "messages":
        return [text for text in said if text]
    return said if len(said) == 1 else ["\n".join(said)]


@dataclass(frozen=True, slots=True)
class Texts:
    """
    The texts of one scope of a batch.

    Attributes:
        strings: The texts, in the order of the samples.
        owner: Which sample each text belongs to, ascending; shape (len(strings),).
        samples: How many samples the batch has.
    """

    strings: list[str]
    owner: IntArray
    samples: int

    def per_sample(self, values: FloatArray, combine: Literal["max", "min", "sum"] = "max") -> FloatArray:
        """Combine one value per text into one per sample, shape (samples,); NaN where a sample has no text."""
        if len(values) == self.samples and (self.owner == np.arange(self.samples)).all():
            return values
        combined = np.full(self.samples, np.nan)
        if len(values):
            starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
            reduce = {"max": np.maximum, "min": np.minimum, "sum": np.add}[combine]
            combined[self.owner[starts]] = reduce.reduceat(values, starts)
        return combined


class Batch:
    """
    Some hundred to some thousand samples that travel together, in input order.

    Attributes:
        samples: The samples.
    """

    __slots__ = ("_texts", "samples")

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples
        self._texts: dict[str, Texts] = {}

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.samples)

    def text(self, scope: Scope) -> Texts:
        """Return the texts of *scope*; the filters of a stage share them."""
        if scope not in self._texts:
            found = [scope_texts(sample, scope) for sample in self.samples]
            owner = np.repeat(np.arange(len(found), dtype=np.int64), [len(texts) for texts in found])
            self._texts[scope] = Texts([text for texts in found for text in texts], owner, len(found))
        return self._texts[scope]
