"""
What the default recipe drops from real data, class by class and reason by reason: the source of docs/calibration.md.

    python benchmarks/calibration.py [--data ../shared/data] [--recipe sft] [--examples 3] [--seed 0] [--kept 0]

Classes are rules of thumb over what is asked and answered, stated below; they overlap. The base rate of a class is what
it would lose if each source lost samples of all kinds alike; a step that takes three times as many is marked: it may
judge a kind of task rather than a defect.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import instrkit

SOURCES = ("alpaca/alpaca_en.json", "alpaca/alpaca_zh.json", "moss", "chatglm")
DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
FLAG = 3.0
FEWEST = 5  # losses of a class in a step, below which a ratio says nothing
SHOWN = 120  # characters of a quoted text

Row = dict[str, Any]
Key = tuple[str, int]


@dataclass(frozen=True)
class Exchange:
    """What the user says in a sample, and its last answer."""

    prompt: str
    response: str

    @property
    def both(self) -> str:
        """Prompt and response."""
        return f"{self.prompt}\n{self.response}"


_CODE = re.compile(
    r"```|\bdef \w{1,40}\(|\bSELECT\b.{1,200}\bFROM\b|#include|\bfunction \w{0,40}\(|\bconsole\.log\(|\bprintf?\("
    r"|\bpublic (?:static|class|void)\b|^\s{0,8}(?:import|from) \w{1,40}(?:$| import)"
    r"|</\w{1,20}>|\{[^{}\n]{0,200};\s{0,4}\}|;\n",
    re.IGNORECASE | re.MULTILINE,
)
_MATHS = re.compile(
    r"\b(?:calculat|compute\b|solve|equation|multipl|divid|subtract|square root|fraction|percent|perimeter|sum of"
    r"|average of|integral|derivative|probability|convert \d)"
    r"|计算|方程|求解|乘以|除以|平方|总和|平均值|百分比|面积|周长|概率",
    re.IGNORECASE,
)
_TRANSLATION = re.compile(r"\btranslat|翻译|译成|译为", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_FIGURES = re.compile(r"[0-9+\-*/=^%×÷√]")


def _chinese(one: Exchange) -> bool:
    return len(_HAN.findall(one.both)) > 0.1 * len(one.both)


def _maths(one: Exchange) -> bool:
    figures = len(_FIGURES.findall(one.response))
    return bool(_MATHS.search(one.prompt)) or (figures >= 3 and figures > 0.3 * len(one.response))


CLASSES: dict[str, Callable[[Exchange], bool]] = {
    "all": lambda _: True,
    "English": lambda one: not _chinese(one),
    "Chinese": _chinese,  # more than a tenth of the characters are Han
    "code": lambda one: _CODE.search(one.both) is not None,
    "maths": _maths,  # words of arithmetic in the prompt, or an answer that is three tenths figures and operators
    "translation": lambda one: _TRANSLATION.search(one.prompt) is not None,
    "answer of 1 to 29 characters": lambda one: 0 < len(one.response.strip()) < 30,
    "answer of 1 to 9 characters": lambda one: 0 < len(one.response.strip()) < 10,
}


def exchange(messages: list[Row]) -> Exchange:
    """Return the texts of messages in instrkit's own form or in that of OpenAI."""
    said: dict[str, list[str]] = {"user": [], "assistant": []}
    for message in messages:
        content = message.get("content")
        text = "\n".join(part.get("text") or "" for part in content) if isinstance(content, list) else content or ""
        said.setdefault(message["role"], []).append(text)
    return Exchange("\n".join(said["user"]), (said["assistant"] or [""])[-1])


def shown(one: Exchange) -> str:
    """Return both texts on one line, shortened."""
    prompt, response = (text.strip().replace("\n", "⏎") for text in (one.prompt, one.response))
    return f"{_cut(prompt)} → {_cut(response) or '(nothing)'}"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 2]} …"


def place(path: str, index: int) -> str:
    """Return where a record stands, as `instrkit why` takes it."""
    return f"{Path(path).name}:{index}"


class Run:
    """The results of one run."""

    def __init__(self, out: Path, sources: list[str]) -> None:
        self.report = json.loads((out / "report.json").read_bytes())
        self.rows: list[Row] = pq.read_table(out / "ledger.parquet").to_pylist()
        self.steps = [step for step in self.report["steps"] if self.dropped(step)]
        self.texts: dict[Key, Exchange] = {}
        for sample in instrkit.read(sources):
            if sample.origin is not None:
                messages = [{"role": message.role, "content": message.text} for message in sample.messages]
                self.texts[sample.origin.path, sample.origin.index] = exchange(messages)
        self.kept = dict(self._kept(out))

    def dropped(self, step: str) -> int:
        """Return how many samples *step* dropped."""
        return sum(sum(counts["dropped"].values()) for counts in self.report["steps"][step].values())

    def _kept(self, out: Path) -> Iterator[tuple[Key, Exchange]]:
        lines = {}
        for row in self.rows:
            if row["fate"] == "kept":
                name = row["output"]
                if name not in lines:
                    lines[name] = (out / f"{name}.jsonl").open("rb")
                yield (row["path"], row["index"]), exchange(json.loads(next(lines[name]))["messages"])

    def text(self, row: Row) -> Exchange:
        """Return what a row's record says, as it was read."""
        return self.texts[row["path"], row["index"]]


def print_sources(run: Run) -> None:
    """Print the fates by source, and the drops by step and reason."""
    print("\n| source | read | " + " | ".join(run.steps) + " | kept |")
    print("|---|--:|" + "--:|" * (len(run.steps) + 1))
    for source, counts in run.report["sources"].items():
        lost = [sum(run.report["steps"][step].get(source, {"dropped": {}})["dropped"].values()) for step in run.steps]
        print(f"| {source} | {counts['read']:,} | " + " | ".join(f"{n:,}" for n in lost) + f" | {counts['kept']:,} |")


@dataclass
class Losses:
    """How many samples of each class and source there are, and how many each step took of them."""

    samples: Counter[tuple[str, str]]
    lost: Counter[tuple[str, str, str]]
    filtered: Counter[str]

    @classmethod
    def of(cls, run: Run) -> Losses:
        """Count the samples of a run by class."""
        losses = cls(Counter(), Counter(), Counter())
        for row in run.rows:
            if row["fate"] == "rejected":
                continue
            for name, belongs in CLASSES.items():
                if belongs(run.text(row)):
                    losses.samples[name, row["source"]] += 1
                    losses.lost[name, row["source"], row["step"] or ""] += row["fate"] == "dropped"
                    losses.filtered[name] += row["fate"] == "dropped" and row["duplicate_path"] is None
        return losses

    def expected(self, name: str, source: str, step: str) -> float:
        """Return what a class would lose if *step* took samples of all kinds alike from *source*."""
        rate = self.lost["all", source, step] / max(self.samples["all", source], 1)
        return rate * self.samples[name, source]


def print_classes(run: Run) -> None:
    """Print per class the samples, the losses by step, their share, and the steps that hit it out of proportion."""
    losses, sources = Losses.of(run), list(run.report["sources"])
    print("\n| class | samples | " + " | ".join(run.steps) + " | lost | by filters | of base rate | marked |")
    print("|---|--:|" + "--:|" * (len(run.steps) + 3) + "---|")
    for name in CLASSES:
        samples = sum(losses.samples[name, source] for source in sources)
        taken = {step: sum(losses.lost[name, source, step] for source in sources) for step in run.steps}
        base = {step: sum(losses.expected(name, source, step) for source in sources) for step in run.steps}
        ratios = {step: count / base[step] for step, count in taken.items() if count >= FEWEST}
        columns = " | ".join(f"{count:,}" for count in taken.values())
        all_lost = sum(taken.values())
        ratio = all_lost / max(sum(base.values()), 1)
        marked = ", ".join(f"{step} {ratio:.1f}x" for step, ratio in ratios.items() if ratio > FLAG)
        shares = f"{all_lost / max(samples, 1):.2%} | {losses.filtered[name] / max(samples, 1):.2%}"
        print(f"| {name} | {samples:,} | {columns} | {shares} | {ratio:.2f} | {marked} |")


def print_drops(run: Run, examples: int, dice: random.Random) -> None:
    """Print, for each step and reason, the count and some examples."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in run.rows:
        if row["fate"] == "dropped":
            groups.setdefault((row["step"], row["reason"], row["source"]), []).append(row)
    for (step, reason, source), rows in sorted(groups.items()):
        print(f"\n{step}: {reason}: {len(rows):,} of {source}")
        for row in dice.sample(rows, min(examples, len(rows))):
            bound = f", bound {row['bound']}" if row["bound"] else ""
            print(f"  {place(row['path'], row['index'])} ({row['statistic']} {row['value']}{bound})")
            print(f"    {shown(run.text(row))}")
            if row["duplicate_path"]:
                other = run.texts[row["duplicate_path"], row["duplicate_index"]]
                print(f"  = {place(row['duplicate_path'], row['duplicate_index'])}, similarity {row['similarity']:.3f}")
                print(f"    {shown(other)}")


def print_changes(run: Run, examples: int, dice: random.Random) -> None:
    """Print, for each step that changes samples, the count and where some of them differ."""
    groups: dict[str, list[Row]] = {}
    for row in run.rows:
        if row["fate"] == "kept":
            for step in row["changed_by"] or ():
                groups.setdefault(step, []).append(row)
    for step, rows in sorted(groups.items()):
        print(f"\n{step}: changed and kept {len(rows):,}")
        for row in dice.sample(rows, min(examples, len(rows))):
            before, after = run.text(row).both, run.kept[row["path"], row["index"]].both
            pairs = enumerate(zip(before, after, strict=False))
            at = next((k for k, (one, other) in pairs if one != other), min(len(before), len(after)))
            old, new = (text[max(0, at - 40) : at + 40] for text in (before, after))
            print(f"  {place(row['path'], row['index'])}: {old!r}\n    → {new!r}")


def print_kept(run: Run, examples: int, dice: random.Random) -> None:
    """Print some kept samples of each source."""
    for source in run.report["sources"] if examples else ():
        rows = [row for row in run.rows if row["fate"] == "kept" and row["source"] == source]
        print(f"\nkept: {len(rows):,} of {source}")
        for row in dice.sample(rows, min(examples, len(rows))):
            print(f"  {place(row['path'], row['index'])}: {shown(run.kept[row['path'], row['index']])}")


def main() -> None:
    """Clean the data and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with alpaca/, moss/ and chatglm/")
    parser.add_argument("--recipe", default="sft")
    parser.add_argument("--examples", type=int, default=3, help="shown of each reason and source")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of examples")
    parser.add_argument("--kept", type=int, default=0, help="kept samples shown of each source")
    options = parser.parse_args()
    sources = [str(options.data / source) for source in SOURCES]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = [sys.executable, "-m", "instrkit", "clean", *sources, "-o", str(out), "--recipe", options.recipe]
        subprocess.run(command, check=True)
        run = Run(out, sources)
    dice = random.Random(options.seed)
    print_sources(run)
    print_classes(run)
    print_drops(run, options.examples, dice)
    print_changes(run, options.examples, dice)
    print_kept(run, options.kept, dice)
    print("\nCPU seconds by step:", json.dumps(run.report["time"]["cpu_seconds_by_step"]))


if __name__ == "__main__":
    main()
