"""The report drawn for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from instrkit.report import Report

__all__ = ["draw", "draw_html"]

HTML_WIDTH = 120
"""Characters a notebook's cell shows without scrolling."""


def draw_html(report: Report) -> str:
    """Return the same as HTML, for notebooks."""
    from io import StringIO

    from rich.console import Console

    console = Console(file=StringIO(), record=True, width=HTML_WIDTH)
    console.print(draw(report))
    page = "<pre style='line-height:normal;font-family:Menlo,Consolas,monospace'>{code}</pre>"
    return console.export_html(inline_styles=True, code_format=page)


def draw(report: Report) -> Group:
    """
    Draw the fates by source, then what each step did, with its CPU time.

    Names and reasons are the user's own and may hold brackets, so they stand as `Text`, never as markup.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    fates = Table(title="records by source", title_justify="left", header_style="bold")
    fates.add_column("source")
    for name in ("read", "kept", "dropped", "rejected"):
        fates.add_column(name, justify="right")
    for source, counts in report.counts.items():
        fates.add_row(Text(source), *(f"{n:,}" for n in (counts.read, counts.kept, counts.dropped, counts.rejected)))
    if len(report.counts) > 1:
        total = (report.read, report.kept, report.dropped, report.rejected_records)
        fates.add_section()
        fates.add_row("total", *(f"{n:,}" for n in total), style="bold")
    pieces: list[Table | Text] = [fates]
    if report.steps:
        pieces.append(_steps(report))
    pieces += [Text(line) for line in _notes(report)]
    return Group(*pieces)


def _steps(report: Report) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="steps", title_justify="left", header_style="bold")
    table.add_column("step")
    for name in ("seen", "kept", "changed", "CPU s"):
        table.add_column(name, justify="right")
    table.add_column("dropped, by reason")
    if "read" in report.seconds:
        table.add_row("read", "", "", "", f"{report.seconds['read']:.2f}", "")
    for label, sources in report.steps.items():
        seen = sum(step.seen for step in sources.values())
        kept = sum(step.kept for step in sources.values())
        changed = sum(step.changed for step in sources.values())
        reasons: dict[str, int] = {}
        for step in sources.values():
            for reason, count in step.dropped.items():
                reasons[reason] = reasons.get(reason, 0) + count
        said = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
        seconds = f"{report.seconds[label]:.2f}" if label in report.seconds else ""
        table.add_row(Text(label), f"{seen:,}", f"{kept:,}", f"{changed:,}" if changed else "", seconds, Text(said))
    if "write" in report.seconds and "write" not in report.steps:
        table.add_row("write", "", "", "", f"{report.seconds['write']:.2f}", "")
    return table


def _fill(report: Report) -> str:
    """How full packed rows are."""
    room = report.measures.get("room in rows")
    return f": {report.measures['tokens'] / room:.1%} full" if room else ""


def _notes(report: Report) -> list[str]:
    notes = [f"{name}: {count:,} samples" for name, count in report.outputs_samples.items()]
    if report.measures:
        said = ", ".join(f"{name} {count:,}" for name, count in report.measures.items())
        notes.append(f"{said}{_fill(report)}")
    for source, formats in report.formats.items():
        if len(formats) > 1:
            notes.append(f"formats in {source}: {', '.join(f'{name} {count:,}' for name, count in formats.items())}")
    for source, causes in report.rejected.items():
        notes += [f"rejected in {source}: {cause} ({count:,})" for cause, count in causes.items()]
    for source, repairs in report.repaired.items():
        notes += [f"repaired in {source}: {repair} ({count:,})" for repair, count in repairs.items()]
    notes += [f"not held by the output: {kind} ({count:,})" for kind, count in report.losses.items()]
    shown = report.findings[:5]
    for finding in shown:
        place = finding["path"] if finding.get("line") is None else f"{finding['path']}:{finding['line']}"
        notes.append(f"{place}: {finding['cause']}")
    if len(report.findings) > len(shown):
        notes.append(f"… and {len(report.findings) - len(shown):,} more findings in report.json")
    state = "nothing to do: the output is up to date; " if report.unchanged else ""
    notes.append(f"{state}{report}")
    return notes
