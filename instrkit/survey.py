"""What is in a file, before anything is done with it: format, counts, lengths, languages, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from instrkit import io
from instrkit.errors import Misfit
from instrkit.formats.envelope import read_all
from instrkit.ops import OPS, Batch, Filter
from instrkit.pipeline.job import FileSpec
from instrkit.sample import Sample
from instrkit.validation import Checker

if TYPE_CHECKING:
    from instrkit.survey_tokens import TokenLengths

__all__ = ["Survey", "survey", "survey_text"]

QUANTILES = (0, 5, 50, 95, 100)
SHOWN_FINDINGS = 20
_COUNTED = (
    ("formats", "formats", 9),
    ("languages", "languages", 6),
    ("with", "tasks", 9),
    ("repaired", "repairs", 9),
    ("checks", "checks", 99),
)
"""Lines of a survey's text: title, field, how many of its counts are shown."""


@dataclass
class Survey:
    """
    What is in one file.

    Attributes:
        path: The file.
        source: The source it belongs to.
        format: The format it was read as; where it was detected, that of most records.
        formats: Format → samples read as it; more than one where the file is a mixture.
        records: Records found.
        samples: Records that could be read as samples.
        turns: Messages → how many samples have that many.
        characters: Scope (prompt, response) → percentile → code points.
        tokens: With a tokenizer: lengths in tokens per sample, see `survey_tokens.TokenLengths.summary`; else empty.
        languages: Language of the response → samples; `und` where it is too short to tell or there are no words.
        tasks: How many samples have system messages, tools, tool calls, thinking, candidates.
        repairs: What the reader repaired → how often.
        checks: Check (`role-order`, `empty-turn`, …) → how many problems it found; see `validate`.
        findings: `{line or index, cause}` of what could not be read or is wrong, the first 20.
        problems: How many there are in all.
    """

    path: str
    source: str
    format: str
    formats: dict[str, int] = field(default_factory=dict)
    records: int = 0
    samples: int = 0
    turns: dict[int, int] = field(default_factory=dict)
    characters: dict[str, dict[str, int]] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    problems: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the survey as plain JSON values."""
        return vars(self) | {"turns": {str(turns): count for turns, count in self.turns.items()}}


def survey(spec: FileSpec, tokens: TokenLengths | None = None) -> Survey:
    """
    Read one file as a whole, in bounded memory but for 16 to 20 bytes per sample and 12 to 36 per id.

    Args:
        spec: The file.
        tokens: Counts tokens, where that is wanted; one for each file.
    """
    found = Survey(spec.path, spec.source, spec.format.name)
    language = OPS.get("language")()
    assert isinstance(language, Filter)
    language.open()
    lengths: dict[str, list[np.ndarray[Any, Any]]] = {"prompt": [], "response": []}
    turns: Counter[int] = Counter()
    languages: Counter[str] = Counter()
    tasks: Counter[str] = Counter()
    samples = _samples(spec, found)
    while chunk := list(islice(samples, 512)):
        batch = Batch(chunk)
        for scope, sizes in lengths.items():
            texts = batch.text(scope)  # type: ignore[arg-type]  # both keys are scopes
            sizes.append(np.fromiter(map(len, texts.strings), dtype=np.int64))
        # The filter adds "asked" to a language that the prompt asks for, which is not what is asked here.
        languages.update(str(word).split(" ", 1)[0] for word in language.measure(batch).tolist())
        turns.update(len(sample.messages) for sample in chunk)
        tasks.update(_traits(chunk))
        if tokens is not None:
            tokens.add(batch)
        found.samples += len(chunk)
    found.turns = dict(sorted(turns.items()))
    found.tokens = {} if tokens is None else tokens.summary()
    found.languages = dict(languages.most_common())
    found.tasks = dict(sorted(tasks.items()))
    found.checks = dict(sorted(found.checks.items()))
    if found.samples:
        for scope, sizes in lengths.items():
            values = np.percentile(np.concatenate(sizes), QUANTILES, method="nearest")
            names = ("min", "p5", "median", "p95", "max")
            found.characters[scope] = dict(zip(names, map(int, values), strict=True))
    return found


def _samples(spec: FileSpec, found: Survey) -> Iterator[Sample]:
    def note(where: str, at: int | None, cause: str) -> None:
        found.problems += 1
        if len(found.findings) < SHOWN_FINDINGS:
            found.findings.append({where: at, "cause": cause})

    checker = Checker()
    for item in io.read_file(spec.path, header=spec.header):
        if not isinstance(item, io.Read):
            found.records += isinstance(item, io.Reject)
            note("line", item.line, item.cause)
            continue
        found.records += 1
        where, at = ("line", item.line) if item.line else ("index", item.index)
        for repair in item.repairs:
            found.repairs[repair] = found.repairs.get(repair, 0) + 1
            note(where, at, f"repaired: {repair}")
        form = spec.format.pick(item.record)
        for k, sample in enumerate(read_all(form, item.record)):
            if isinstance(sample, Misfit):
                note(where, at, str(sample))
                continue
            found.formats[form.name] = found.formats.get(form.name, 0) + 1
            for check, path, text in checker.problems(sample, again=k > 0):
                found.checks[check] = found.checks.get(check, 0) + 1
                note(where, at, f"{path}: {text}")
            yield sample


def _traits(samples: Iterable[Sample]) -> Iterator[str]:
    for sample in samples:
        if sample.tools:
            yield "tools"
        if sample.candidates:
            yield "candidates"
        if sample.messages and sample.messages[0].role == "system":
            yield "system message"
        if any(message.tool_calls for message in sample.messages):
            yield "tool calls"
        if any(message.thinking is not None for message in sample.messages):
            yield "thinking"


def survey_text(surveys: Iterable[Survey]) -> str:
    """Return a few lines per source and format, for a person: the files of a folder are added up."""
    groups: dict[tuple[str, str], list[Survey]] = {}
    for one in surveys:
        groups.setdefault((one.source, one.format), []).append(one)
    return "\n\n".join("\n".join(_lines(source, name, group)) for (source, name), group in groups.items())


def _lines(source: str, format_name: str, group: list[Survey]) -> Iterator[str]:
    records, samples = sum(one.records for one in group), sum(one.samples for one in group)
    files = "1 file" if len(group) == 1 else f"{len(group):,} files"
    yield f"{source}: {format_name}, {files}, {records:,} records, {samples:,} samples"
    if not samples:
        return
    yield f"  messages   {_span([turns for one in group for turns in one.turns])}"
    for scope in ("prompt", "response"):
        sizes = [one.characters[scope] for one in group if one.characters]
        median = f", median {sizes[0]['median']:,}" if len(sizes) == 1 else ""
        yield f"  {scope:<10} {_span([size[k] for size in sizes for k in ('min', 'max')])} characters{median}"
    if any(one.tokens for one in group):
        from instrkit.survey_tokens import tokens_text

        yield from tokens_text([one.tokens for one in group])
    for title, field_name, most in _COUNTED:
        counts: Counter[str] = Counter()
        for one in group:
            counts.update(getattr(one, field_name))
        if counts and (title != "formats" or len(counts) > 1):
            yield f"  {title:<10} {', '.join(f'{name} {count:,}' for name, count in counts.most_common(most))}"
    yield f"  findings   {sum(one.problems for one in group):,}"


def _span(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
