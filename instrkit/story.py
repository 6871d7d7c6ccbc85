"""The story of one record, told from the output folder of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instrkit.ledger import find_records

__all__ = ["stories", "tell"]


def stories(folder: Path, wanted: str) -> list[dict[str, Any]]:
    """
    Return what is known of the records that *wanted* names: ledger row and statistics.

    Raises:
        UsageError: No ledger there, or no such record.
    """
    return [row | {"statistics": _statistics(folder, row)} for row in find_records(folder, wanted)]


def _statistics(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    """What was measured on the record, by step."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = folder / "stats.parquet"
    if not file.is_file() or row.get("step") == "read":
        return {}
    place = (pc.field("path") == row["path"]) & (pc.field("index") == row["index"])
    found = pq.read_table(file, filters=place).to_pylist()
    skip = {"id", "source", "path", "index"}
    return {
        name: value for name, value in (found[0] if found else {}).items() if name not in skip and value is not None
    }


def tell(story: dict[str, Any]) -> str:
    """Return a story as lines for a person."""
    place = f"{story['path']}:{story['index']}" if "index" in story else story["path"]
    lines = [f"{story.get('id', '(no id)')}  from {place} (source {story['source']})"]
    if story.get("changed_by"):
        lines.append(f"  changed by {', '.join(story['changed_by'])}")
    for step, value in story.get("statistics", {}).items():
        lines.append(f"  {step} measured {_plain(value)}")
    if story["fate"] == "kept":
        lines.append(f"  kept, in {story.get('output', 'train')}.jsonl")
    elif story["fate"] == "rejected":
        lines.append(f"  rejected while {'reading' if story['step'] == 'read' else 'writing'}: {story['reason']}")
    else:
        lines.append(f"  dropped by {story['step']}: {story['reason']}")
        bound = f", the bound {story['bound']}" if "bound" in story else ""
        if "duplicate_of" in story:
            where = f"{story['duplicate_path']}:{story['duplicate_index']}"
            similarity = _plain(story["similarity"])
            lines.append(f"    of {story['duplicate_of']} ({where}), similarity {similarity}{bound}")
        elif "value" in story:
            lines.append(f"    {story['statistic']} is {story['value']}{bound}")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    """A measure as people write it: whole numbers whole, others to four digits."""
    if not isinstance(value, float):
        return str(value)
    return str(int(value)) if value.is_integer() else f"{value:.4g}"
