"""The summary of a run: per source and step what was seen, kept, dropped and why, changed, rejected, and the time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from instrkit.ledger import WRITE, Counts

if TYPE_CHECKING:
    from rich.console import Group

    from instrkit.pipeline.job import Job

__all__ = ["Report", "StepCounts", "report_json_schema"]


@dataclass
class StepCounts:
    """
    What one step did to the samples of one source.

    Attributes:
        seen: Samples that reached the step.
        kept: Samples that went on.
        dropped: Samples dropped, by reason.
        changed: Samples changed.
    """

    seen: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    changed: int = 0


@dataclass
class Report:
    """
    What a run did.

    Attributes:
        counts: Fates by source.
        steps: Step label → source → what the step did.
        rejected: Causes of rejection → how often, by source.
        repaired: What the reader repaired → how often, by source.
        formats: Samples by the format they were read as, most first, by source: where it was detected and not stated,
            records of another format between those of the main one are read as what they are.
        losses: What the output could not hold → how often.
        measures: What was counted while writing (tokens, rows) → how many.
        findings: What is wrong with an input file but is no record: path, line, cause.
        outputs_samples: Samples by output.
        outputs_records: Records by output; more than samples where a format writes a turn per record.
        seconds: CPU seconds by step, `read` and `write` among them, added up over the workers; of reused shards the
            seconds they once took.
        seconds_wall: Seconds the run took.
        workers: Processes that shared the work.
        unchanged: Whether the output was already there, made from the same input by the same recipe.
        rejected_path: For a conversion: where the rejected records are.
    """

    counts: dict[str, Counts] = field(default_factory=dict)
    steps: dict[str, dict[str, StepCounts]] = field(default_factory=dict)
    rejected: dict[str, dict[str, int]] = field(default_factory=dict)
    repaired: dict[str, dict[str, int]] = field(default_factory=dict)
    formats: dict[str, dict[str, int]] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)
    measures: dict[str, int] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    outputs_samples: dict[str, int] = field(default_factory=dict)
    outputs_records: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    seconds_wall: float = 0.0
    workers: int = 1
    unchanged: bool = False
    rejected_path: str | None = None

    @property
    def read(self) -> int:
        """Records read."""
        return sum(counts.read for counts in self.counts.values())

    @property
    def kept(self) -> int:
        """Samples kept."""
        return sum(counts.kept for counts in self.counts.values())

    @property
    def dropped(self) -> int:
        """Samples dropped."""
        return sum(counts.dropped for counts in self.counts.values())

    @property
    def rejected_records(self) -> int:
        """Records rejected."""
        return sum(counts.rejected for counts in self.counts.values())

    @property
    def has_findings(self) -> bool:
        """Whether anything was rejected, repaired, lost or found wrong with a file."""
        return bool(self.rejected_records or self.findings or self.losses or any(self.repaired.values()))

    @property
    def nothing_read(self) -> bool:
        """Whether there was input and all of it was lost; an empty file is no input."""
        lost = self.rejected_records or [one for one in self.findings if not one["cause"].startswith("empty file")]
        return bool(lost) and not self.kept and not self.dropped

    @classmethod
    def collect(cls, job: Job, finals: Iterable[Mapping[str, Any]], stages: Iterable[Mapping[str, Any]]) -> Report:
        """Add up the receipts of a run."""
        report = cls(counts={spec.source: Counts() for spec in job.files})
        raw: dict[str, Counter[str]] = defaultdict(Counter)
        seconds: Counter[str] = Counter()
        losses: Counter[str] = Counter()
        measures: Counter[str] = Counter()
        samples: Counter[str] = Counter()
        records: Counter[str] = Counter()
        for receipt in finals:
            for source, found in receipt["counts"].items():
                raw[source].update(found)
            losses.update(receipt["losses"])
            measures.update(receipt["measures"])
            samples.update(receipt["samples"])
            records.update(receipt["records"])
            seconds.update(receipt["seconds"])
            report.findings += receipt["findings"]
        for receipt in stages:
            seconds.update(receipt.get("seconds", {}))
        for source, found in raw.items():
            fates = {fate: found[fate] for fate in ("read", "kept", "dropped", "rejected")}
            report.counts[source].add(fates)
            report.rejected[source] = _under(found, "rejected:")
            report.repaired[source] = _under(found, "repaired:")
            formats = Counter(_under(found, "format:"))
            report.formats[source] = dict(formats.most_common())
        labels = [step.label for step in job.steps]
        if any(name.startswith(f"dropped:{WRITE}:") for found in raw.values() for name in found):
            labels.append(WRITE)
        report._count_steps(labels, raw)
        report.losses, report.measures = dict(sorted(losses.items())), dict(measures)
        report.outputs_samples, report.outputs_records = dict(samples), dict(records)
        order = ["read", *(step.label for step in job.steps), WRITE]
        report.seconds = {name: round(seconds[name], 3) for name in order if name in seconds}
        return report

    def _count_steps(self, labels: list[str], raw: Mapping[str, Counter[str]]) -> None:
        left = {source: counts.read - counts.rejected for source, counts in self.counts.items()}
        for label in labels:
            self.steps[label] = {}
            for source, found in raw.items():
                dropped = _under(found, f"dropped:{label}:")
                kept = left[source] - sum(dropped.values())
                self.steps[label][source] = StepCounts(left[source], kept, dropped, found[f"changed:{label}"])
                left[source] = kept

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values: what `report.json` holds."""
        return {
            "totals": {
                "read": self.read,
                "kept": self.kept,
                "dropped": self.dropped,
                "rejected": self.rejected_records,
            },
            "sources": {
                source: vars(counts)
                | {"formats": self.formats.get(source, {})}
                | {"rejected_by_cause": self.rejected.get(source, {}), "repaired": self.repaired.get(source, {})}
                for source, counts in self.counts.items()
            },
            "steps": {
                label: {source: vars(step) for source, step in by_source.items()}
                for label, by_source in self.steps.items()
            },
            "outputs": {
                name: {"samples": count, "records": self.outputs_records.get(name, count)}
                for name, count in self.outputs_samples.items()
            },
            "losses": self.losses,
            "measures": self.measures,
            "findings": self.findings,
            "time": {
                "wall_seconds": round(self.seconds_wall, 3),
                "cpu_seconds_by_step": self.seconds,
                "workers": self.workers,
            },
        }

    def table(self) -> Group:
        """Return the report as tables for a terminal."""
        from instrkit.report_table import draw

        return draw(self)

    def _repr_html_(self) -> str:
        """Return the tables as a notebook shows them."""
        from instrkit.report_table import draw_html

        return draw_html(self)

    def __str__(self) -> str:
        """The totals in one line."""
        return (
            f"read {self.read:,}, kept {self.kept:,}, dropped {self.dropped:,}, rejected {self.rejected_records:,} "
            f"in {self.seconds_wall:.1f} s"
        )


def _under(found: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in sorted(found.items()) if name.startswith(prefix)}


def report_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `report.json`."""
    count = {"type": "integer", "minimum": 0}
    counted = {"type": "object", "additionalProperties": count}
    fates = dict.fromkeys(("read", "kept", "dropped", "rejected"), count)
    source = {**fates, "formats": counted, "rejected_by_cause": counted, "repaired": counted}
    step = {"seen": count, "kept": count, "dropped": counted, "changed": count}
    finding = {
        "path": {"type": "string"},
        "line": {"type": ["integer", "null"]},
        "cause": {"type": "string"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "instrkit report",
        "type": "object",
        "properties": {
            "totals": _closed(fates),
            "sources": {"type": "object", "additionalProperties": _closed(source)},
            "steps": {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": _closed(step)},
            },
            "outputs": {
                "type": "object",
                "additionalProperties": _closed({"samples": count, "records": count}),
            },
            "losses": counted,
            "measures": counted,
            "findings": {"type": "array", "items": {"type": "object", "properties": finding}},
            "time": _closed(
                {
                    "wall_seconds": {"type": "number"},
                    "cpu_seconds_by_step": {"type": "object", "additionalProperties": {"type": "number"}},
                    "workers": count,
                }
            ),
        },
        "required": ["totals", "sources", "steps", "outputs", "losses", "measures", "findings", "time"],
        "additionalProperties": False,
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
