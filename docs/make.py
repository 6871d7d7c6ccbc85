"""
Write the documentation that comes from the code: a page per format, their index, and the conversion matrix.

    python docs/make.py            write them
    python docs/make.py --check    exit 1 when one differs
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from docs.fields import Group, groups_of  # noqa: E402 - found through the path above
from docs.templates import templates_page  # noqa: E402 - as above
from examples.samples import sample_file, sample_records  # noqa: E402 - as above
from instrkit.formats import FORMATS, Format, get_format  # noqa: E402 - as above
from instrkit.formats.envelope import items  # noqa: E402 - as above
from instrkit.sample import Sample  # noqa: E402 - as above
from instrkit.sample.attributes import attributes, body  # noqa: E402 - as above

NOTE = "<!-- Written by `python docs/make.py`; do not edit. -->"
LONGEST = 1600
"""Characters of an example record that a page shows."""


def samples_of(form: Format) -> list[Sample]:
    """Return what the example file of a format holds."""
    return [form.to_sample(single) for record in sample_records(form.name) for single in items(form, record)]


def lost(samples: list[Sample], target: Format) -> list[str]:
    """Return the kinds of losses when *samples* are written in *target*, sorted."""
    return sorted({loss.kind for sample in samples for loss in target.from_sample(sample).losses})


def page(form: Format, samples: dict[str, list[Sample]]) -> str:
    """Return the page of one format."""
    return "\n".join(_page(form, samples)).rstrip() + "\n"


def _page(form: Format, samples: dict[str, list[Sample]]) -> Iterator[str]:
    settings = attributes(type(form))
    yield from (NOTE, "", f"# {form.name}", "", f"{marked(form.summary)}.", "", body(type(form)), "", "## Example", "")
    first = json.dumps(sample_records(form.name)[0], ensure_ascii=False, indent=2)
    shown = first if len(first) <= LONGEST else f"{first[:LONGEST]}\n…"
    yield from ("```json" if shown == first else "```text", shown, "```", "")
    file = sample_file(form.name).name
    yield from (f"Each variant once: [`{file}`](../../examples/data/{file}).", "", "## Fields", "")
    for group in groups_of(form.record_schema()):
        yield from table(group)
    yield from (f"All of it: [JSON Schema](../../schemas/formats/{form.name}.schema.json).", "")
    if settings:
        defaults = {field.name: field.default for field in fields(form)}  # type: ignore[arg-type]  # made by @register
        yield from ("## Settings", "", "| setting | default | |", "|---|---|---|")
        for name, said in settings.items():
            yield f"| `{name}` | `{json.dumps(defaults.get(name))}` | {cell(said)} |"
        yield ""
    yield from ("## What it cannot hold", "")
    everything = sorted({loss for found in samples.values() for loss in lost(found, form)})
    yield f"Of what the other formats' examples hold: {'; '.join(everything)}." if everything else "Nothing is lost."
    yield from ("", "## Written in other formats", "", "| target | what is lost |", "|---|---|")
    for name in samples:
        if name != form.name:
            yield f"| [{name}]({name}.md) | {'; '.join(lost(samples[form.name], get_format(name))) or '—'} |"


def table(group: Group) -> Iterator[str]:
    """Yield the table of the fields of a record, or of the objects inside it."""
    if group.places:
        yield from (f"Inside {', '.join(f'`{place}`' for place in group.places)}:", "")
    yield from ("| field | type | |", "|---|---|---|")
    for name, required, types, said in group.fields:
        yield f"| `{name}`{' (required)' if required else ''} | {types} | {cell(said)} |"
    yield ""


def cell(text: str) -> str:
    """Return *text* for a cell of a table: on one line, bars escaped."""
    return marked(text).replace("|", "\\|")


def marked(text: str) -> str:
    """Return *text* with `<image>` and the like, where they stand bare, as code: in Markdown they would vanish."""
    return "`".join(
        part if k % 2 else re.sub(r"<{1,2}\w{0,20}>?", lambda match: f"`{match[0]}`", part)
        for k, part in enumerate(text.split("`"))
    )


def index(forms: dict[str, Format]) -> str:
    """Return the list of all formats."""
    lines = [NOTE, "", "# Formats", "", "| format | what it is |", "|---|---|"]
    lines += [f"| [{name}]({name}.md) | {cell(form.summary)} |" for name, form in forms.items()]
    return "\n".join(lines) + "\n"


def matrix(forms: dict[str, Format], samples: dict[str, list[Sample]]) -> str:
    """Return the conversion matrix: from the rows to the columns, how many kinds of things are lost."""
    names = list(forms)
    lines = [
        NOTE,
        "",
        "# Conversions",
        "",
        "From the format of the row to the format of the column: how many kinds of things the target cannot hold of",
        "the examples in `examples/data`; `·` where nothing is lost. What they are stands on the pages of the formats.",
        "Every loss is counted in the report of the run, and `--strict` refuses it.",
        "",
        f"| from \\ to | {' | '.join(f'[{number}](formats/{name}.md)' for number, name in enumerate(names, 1))} |",
        f"|---|{'--:|' * len(names)}",
    ]
    for number, source in enumerate(names, 1):
        cells = (len(lost(samples[source], forms[target])) for target in names)
        row = " | ".join("·" if count == 0 else str(count) for count in cells)
        lines.append(f"| {number} [{source}](formats/{source}.md) | {row} |")
    lines += ["", "## What is lost, by target", "", "| target | of the other formats' examples |", "|---|---|"]
    for target in names:
        found = sorted({loss for source in names for loss in lost(samples[source], forms[target])})
        lines.append(f"| [{target}](formats/{target}.md) | {'; '.join(found) or '—'} |")
    return "\n".join(lines) + "\n"


def expected() -> dict[Path, str]:
    """Return what should be where."""
    forms = {name: get_format(name) for name, cls in FORMATS if cls.__module__.startswith("instrkit.")}
    samples = {name: samples_of(form) for name, form in forms.items()}
    pages = {FOLDER / "formats" / f"{name}.md": page(form, samples) for name, form in forms.items()}
    return pages | {
        FOLDER / "formats" / "README.md": index(forms),
        FOLDER / "conversions.md": matrix(forms, samples),
        FOLDER / "templates.md": templates_page(NOTE),
    }


def main() -> int:
    """Write or check."""
    wanted = expected()
    gone = [path for path in (FOLDER / "formats").glob("*.md") if path not in wanted]
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in (*stale, *gone):
            print(f"{path}: not fresh: run python docs/make.py")
        return bool(stale or gone)
    for path in gone:
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
