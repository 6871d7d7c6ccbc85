"""The kinds of op, and the batch of samples they receive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform

import numpy as np
from numpy.typing import NDArray

from instrkit.registry import Registry
from instrkit.sample import Message, Sample
from instrkit.text import TextBlock

__all__ = [
    "OPS",
    "Batch",
    "Evidence",
    "Filter",
    "GlobalOp",
    "Map",
    "Op",
    "Scope",
    "Sketches",
    "Texts",
    "Values",
    "Verdicts",
    "op",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Values = NDArray[np.float64] | NDArray[np.str_]
"""What a filter measures: one number or one short word (a language) per sample."""

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

    def blocks(self) -> Iterator[TextBlock]:
        """Yield the texts as cache-sized blocks of code points, in order and complete."""
        return TextBlock.pack(self.strings)

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


@dataclass(frozen=True, kw_only=True)
class Op:
    """
    What all ops share.

    Attributes:
        name: The name in recipes, set by `@op`.
        version: Raised by hand whenever the op's result can differ for the same settings: results of an older version
            are not reused.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1

    def settings(self) -> dict[str, Any]:
        """Return the settings by name, as a recipe would write them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def depends(self) -> str:
        """Return what the op's result depends on beside its settings: a model's version, say; part of every key."""
        return ""

    def open(self) -> None:
        """Load what the op needs (a model, say) in the process that will run it; called once before the first batch."""


@dataclass(frozen=True, kw_only=True)
class Map(Op):
    """An op that changes samples."""

    def change(self, batch: Batch) -> list[Sample]:
        """
        Return the samples after the change, as many and in the same order.

        A sample that needs no change is returned as the same object: that is how the ledger knows what was changed.
        """
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Filter(Op):
    """
    An op that measures one value per sample and keeps those within bounds, both inclusive.

    Measuring and judging are apart: the values are stored, so that other bounds can be judged without measuring again.

    Attributes:
        scope: Which text is measured.
        min: Smallest value to keep; None is no bound.
        max: Largest value to keep; None is no bound.
        why: The reason in the ledger for a sample beyond the bounds; `why_low` and `why_high` where they differ.
    """

    scope: Scope = "response"
    min: float | None = None
    max: float | None = None
    why: ClassVar[str] = "out of bounds"
    why_low: ClassVar[str | None] = None
    why_high: ClassVar[str | None] = None
    text_valued: ClassVar[bool] = False
    """Whether `measure` returns words instead of numbers."""
    judged_by: ClassVar[frozenset[str]] = frozenset({"min", "max"})
    """The settings that only judge: changing them reuses what was measured."""

    def measure(self, batch: Batch) -> Values:
        """Return one value per sample, shape (len(batch),); NaN means there was nothing to measure and is kept."""
        return np.array([self.measure_one(sample) for sample in batch.samples], dtype=np.float64)

    def measure_one(self, sample: Sample) -> float:
        """Return the value of one sample: the slow way to write a filter, for those who do not need the fast one."""
        raise NotImplementedError

    def judge(self, values: Values) -> BoolArray:
        """Return which values are kept, shape like *values*."""
        numbers = values.astype(np.float64, copy=False)
        kept = np.ones(len(numbers), dtype=np.bool_)
        if self.min is not None:
            kept &= ~(numbers < self.min)  # written so that NaN is kept
        if self.max is not None:
            kept &= ~(numbers > self.max)
        return kept

    def reason(self, value: float | str) -> tuple[str, str]:
        """Return, for a value that was not kept, why in words and the bound it broke (`max=20000`)."""
        if self.min is not None and not isinstance(value, str) and value < self.min:
            return self.why_low or self.why, f"min={_plain(self.min)}"
        return self.why_high or self.why, f"max={_plain(self.max)}" if self.max is not None else ""


def _plain(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else repr(bound)


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    What a global op compares pairs by: one array of hashes per sample, laid end to end.

    Attributes:
        values: All arrays end to end.
        offsets: Sample k has `values[offsets[k]:offsets[k + 1]]`; shape (samples + 1,).
    """

    values: NDArray[Any]
    offsets: IntArray


@dataclass(frozen=True, slots=True)
class Verdicts:
    """
    Which rows a global op drops.

    Attributes:
        rows: The dropped rows, ascending.
        of: For each, the kept row it duplicates.
        similarity: For each, how similar the two are, 0.0 to 1.0.
    """

    rows: IntArray
    of: IntArray
    similarity: FloatArray


class Sketches:
    """
    The sketches of all samples of a run, one row per sample in input order.

    Attributes:
        alive: Rows not dropped by an earlier step; dropped rows must not take part. Shape (rows,).
    """

    def __init__(self, alive: BoolArray, load: Callable[[str], Iterator[NDArray[Any]]]) -> None:
        self.alive = alive
        self._load = load

    def column(self, name: str) -> NDArray[Any]:
        """Return one column of all rows as a new array: (rows,) or (rows, width). Costs its size in memory."""
        parts = list(self._load(name))
        return np.concatenate(parts) if parts else np.empty(0)


@dataclass(frozen=True, kw_only=True)
class GlobalOp(Op):
    """
    An op that judges a sample by all others, in four steps.

    `sketch` runs in the workers on every sample, `candidates` once on all sketches, `evidence` in the workers again for
    the samples among the candidates only, `similarity` in the workers on chunks of pairs, `resolve` once.

    Attributes:
        why: The reason in the ledger.
        verified: Whether candidates must be verified by evidence; otherwise their similarity is 1.0.
        bytes_per_sample: Peak memory of `candidates` per sample, for the plan and the docs.
        sketched_by: The settings that `sketch` depends on; changing others reuses the sketches.
    """

    why: ClassVar[str] = "duplicate"
    verified: ClassVar[bool] = True
    bytes_per_sample: ClassVar[int]
    sketched_by: ClassVar[frozenset[str]] = frozenset({"scope"})

    def sketch(self, batch: Batch) -> dict[str, NDArray[Any]]:
        """Return named arrays with one row per sample; each of shape (len(batch),) or (len(batch), width)."""
        raise NotImplementedError

    def candidates(self, sketches: Sketches) -> NDArray[np.int64]:
        """Return the pairs of rows (earlier, later) to look at, shape (pairs, 2), unique, sorted."""
        raise NotImplementedError

    def evidence(self, batch: Batch) -> Evidence:
        """Return what `similarity` compares, for the samples of *batch*."""
        raise NotImplementedError

    def similarity(self, evidence: Evidence, pairs: NDArray[np.int64]) -> FloatArray:
        """Return the similarity of each pair of rows *of evidence*, shape (len(pairs),)."""
        raise NotImplementedError

    def resolve(self, pairs: NDArray[np.int64], similarity: FloatArray) -> Verdicts:
        """Decide from the pairs and their similarity; the same for any order of arrival."""
        raise NotImplementedError

    def bound(self) -> str:
        """Return the bound a dropped sample broke, as the ledger shows it (`threshold=0.8`)."""
        return ""


OPS: Registry[type[Op]] = Registry("ops", "instrkit.ops")

C = TypeVar("C", bound=type[Op])


@dataclass_transform(frozen_default=True, kw_only_default=True)
def op(name: str) -> Callable[[C], C]:
    """Register a class as the op *name*; its fields become keyword-only settings that cannot change later."""

    def register(cls: C) -> C:
        made: C = dataclass(frozen=True, kw_only=True)(cls)  # type: ignore[assignment]  # dataclass() keeps the class
        made.name = name
        OPS.add(name, made)
        return made

    return register


def speaks(message: Message, scope: Scope) -> bool:
    """Return whether *message* is part of *scope*."""
    return message.role in _SPEAKERS[scope]
