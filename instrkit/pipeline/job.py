"""The job as plain data, cut into stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from instrkit.formats import Format
from instrkit.ops import Filter, GlobalOp, Map, Op

__all__ = ["FileSpec", "Job", "Rendering", "Shape", "Stage", "Step", "Tokens", "Writer", "cut_stages"]


@dataclass(frozen=True)
class FileSpec:
    """
    One input file.

    Attributes:
        path: Where it is.
        source: The name of the source it belongs to.
        label: What ids made from a position start with: the source's name, and the file's where it has several.
        format: How its records are read.
        header: Whether the first row of a CSV or TSV file names its columns; None looks.
    """

    path: str
    source: str
    label: str
    format: Format
    header: bool | None = None

    @property
    def shown(self) -> str:
        """The path as ledger and reports can hold it: what of a name is not UTF-8 stands as U+FFFD."""
        return self.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@dataclass(frozen=True)
class Step:
    """
    One op at its place in the recipe.

    Attributes:
        position: Its place, from 1.
        op: The op with its settings.
    """

    position: int
    op: Op

    @property
    def label(self) -> str:
        """What ledger, report and statistics call the step: `3.length`."""
        return f"{self.position}.{self.op.name}"


@dataclass(frozen=True)
class Stage:
    """
    Steps that run in one pass over the samples: maps, then what judges the result.

    A map after a filter or a global op starts a new stage, so that whatever was measured stays valid for the samples
    as they are in the stage's part, and a changed bound needs no sample at all.

    Attributes:
        maps: Applied first, in order.
        judges: Filters and global ops, judged in order at the barrier; empty in the last stage only.
    """

    maps: tuple[Step, ...]
    judges: tuple[Step, ...]


@dataclass(frozen=True)
class Tokens:
    """
    How rendered samples become token ids.

    Attributes:
        tokenizer: The tokenizer's path.
        max_length: Most tokens of a row, None for no bound.
        truncate: What becomes of a longer sample, see `tokens.truncation`.
        pack: Whether samples share rows of *max_length* tokens.
        missing: What becomes of a control token that the tokenizer does not have, see `tokens.encoding`.
    """

    tokenizer: str
    max_length: int | None = None
    truncate: str = "drop"
    pack: bool = False
    missing: str = "error"


Shape = Literal["text", "pairs", "tokens"]
"""
What a rendered sample is written as.

`text`    its text with the spans that carry loss
`pairs`   two strings: the prompt, and the completion that carries loss
`tokens`  token ids with their labels
"""


@dataclass(frozen=True)
class Rendering:
    """
    How samples are rendered.

    Attributes:
        template: The template's name, or the path of a tokenizer's chat template.
        options: Loss policy, control-token policy and template variables.
        shape: What a rendered sample is written as.
        tokens: For the shape `tokens`: how.
        arrow: Whether parts are Arrow streams, not JSON Lines: for tokens that end in a Parquet or Arrow file.
    """

    template: str
    options: tuple[tuple[str, Any], ...] = ()
    shape: Shape = "text"
    tokens: Tokens | None = None
    arrow: bool = False


@dataclass(frozen=True)
class Writer:
    """
    What the last stage writes per sample: records of a format, or renderings.

    Attributes:
        format: The format, where records are written.
        rendering: How samples are rendered, where that is what is written.
        strict: Whether anything the target cannot hold ends the run.
        separator: What follows each record: a line end, or a comma and a line end for a JSON array.
    """

    format: Format | None = None
    rendering: Rendering | None = None
    strict: bool = False
    separator: bytes = b"\n"


@dataclass(frozen=True)
class Job:
    """
    Everything a run needs to know.

    Attributes:
        files: The input files; a slice names them by position.
        steps: The ops at their places.
        writer: What is written per kept sample.
        split: Shares of the kept samples for further outputs, by name.
        seed: What the split is drawn from.
        ledger: Whether ledger, statistics and dropped samples are written (a conversion only counts).
        batch_size: Samples that travel together; never changes the result.
        shard_bytes: Input bytes per shard; part of every key, because parts are per shard.
    """

    files: tuple[FileSpec, ...]
    steps: tuple[Step, ...]
    writer: Writer
    split: tuple[tuple[str, float], ...] = ()
    seed: int = 0
    ledger: bool = True
    batch_size: int = 512
    shard_bytes: int = 4 << 20


def cut_stages(steps: tuple[Step, ...]) -> tuple[Stage, ...]:
    """Cut *steps* into stages; the last one has no judges."""
    stages: list[Stage] = []
    maps: list[Step] = []
    judges: list[Step] = []
    for step in steps:
        if isinstance(step.op, Map):
            if judges:
                stages.append(Stage(tuple(maps), tuple(judges)))
                maps, judges = [], []
            maps.append(step)
        elif isinstance(step.op, (Filter, GlobalOp)):
            judges.append(step)
        else:
            raise TypeError(f"{step.label}: an op is a Map, a Filter or a GlobalOp, not {type(step.op).__mro__[1]}")
    if judges:
        stages.append(Stage(tuple(maps), tuple(judges)))
        maps = []
    return (*stages, Stage(tuple(maps), ()))
