"""The kinds of op."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, TypeVar, dataclass_transform

import numpy as np
from numpy.typing import NDArray

from instrkit.errors import UsageError
from instrkit.ops.batch import Batch, Scope, Texts, scope_texts
from instrkit.registry import Registry
from instrkit.sample import Sample

__all__ = [
    "OPS",
    "Batch",
    "BoolArray",
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
    "scope_texts",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Values = NDArray[np.float64] | NDArray[np.str_]
"""What a filter measures: one number or one short word (a language) per sample."""


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

    @classmethod
    def placed(cls, settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:  # noqa: ARG003 - most have no paths
        """Return *settings* as a recipe in *folder* means them: relative paths among them are relative to it."""
        return dict(settings)

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

    def __post_init__(self) -> None:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise UsageError(f"{self.name}: min {self.min:g} over max {self.max:g}: expected room between the bounds")

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
        bytes_per_sample: Peak memory of `candidates` per sample, measured: what a run is sized by.
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
