"""
One step of a recipe per file.

A *filter* measures and judges, a *map* changes, a *global op* needs to have seen everything. An op is a class with
typed fields as its settings, registered by `@op("name")`; `base` holds the kinds, `batch` what they see.
"""

from instrkit.ops.base import (
    OPS,
    Batch,
    Evidence,
    Filter,
    GlobalOp,
    Map,
    Op,
    Scope,
    Sketches,
    Texts,
    Verdicts,
    op,
)

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
    "Verdicts",
    "op",
]
