"""
Speed and memory of whole commands, beside peers on the same steps in the same run.

    python benchmarks/corpus.py --samples 1000000 --seed 1 --out /tmp/corpus.jsonl
    python benchmarks/speed.py convert /tmp/corpus.jsonl
    python benchmarks/speed.py render /tmp/corpus.jsonl
    python benchmarks/speed.py clean /tmp/corpus.jsonl [--workers 2] [--recipe sft]
    python benchmarks/speed.py peers /tmp/small.jsonl [--juicer PATH/TO/dj-process]

Every figure is of whole processes: start-up, planning, workers and publication included.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from measure import Figures, measure

HERE = Path(__file__).resolve().parent
INSTRKIT = [sys.executable, "-m", "instrkit"]


def lines(path: Path) -> int:
    """Count the samples of a JSON Lines or JSON array file."""
    if path.suffix == ".json":
        return len(json.loads(path.read_bytes()))
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def show(name: str, figures: Figures, samples: int) -> None:
    """Print one row."""
    print(
        f"{name:32} {figures.cpu_s:8.2f} CPU s  {figures.wall_s:8.2f} s wall  {figures.peak_mb:7.0f} MB  "
        f"{samples / figures.cpu_s:9,.0f} samples per CPU-second  {figures.busy:.2f} CPUs busy",
        flush=True,
    )


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["convert", "render", "clean", "peers"])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--workers", default="2")
    parser.add_argument("--recipe", default="sft")
    parser.add_argument("--template", default="alpaca")
    parser.add_argument("--juicer", type=Path)
    options = parser.parse_args()
    samples = sum(lines(path) for path in options.sources)
    sources = [str(path) for path in options.sources]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        tail = ["--workers", options.workers]
        if options.what == "convert":
            command = [*INSTRKIT, "convert", *sources, "-o", str(out / "o.jsonl"), "--to", "openai", *tail]
        elif options.what == "render":
            template = ["--template", options.template]
            command = [*INSTRKIT, "render", *sources, "-o", str(out / "o.jsonl"), *template, *tail]
        else:
            recipe = ["--recipe", options.recipe]
            command = [*INSTRKIT, "clean", *sources, "-o", str(out / "o"), *recipe, *tail]
        show(f"instrkit {options.what}", measure(command), samples)
        if options.what == "peers":
            peers(sources[0], out, samples, options.juicer)


def peers(source: str, out: Path, samples: int, juicer: Path | None) -> None:
    """Run the peers on the same samples."""
    script = [sys.executable, str(HERE / "peers" / "datasets_script.py"), source, str(out / "peer.jsonl")]
    show("datasets map/filter script", measure(script), samples)
    if juicer is not None:
        recipe = (HERE / "peers" / "data_juicer.yaml").read_text()
        (out / "juicer.yaml").write_text(recipe.replace("peer-", f"{out}/peer-"))
        with Path(source).open() as rows, (out / "peer-in.jsonl").open("w") as target:
            for line in rows:
                row = json.loads(line)
                text = "\n".join([row["instruction"], row.get("input") or "", row["output"]])
                target.write(json.dumps({**row, "text": text}, ensure_ascii=False) + "\n")
        show("py-data-juicer 1.6.1", measure([str(juicer), "--config", str(out / "juicer.yaml")]), samples)
        shutil.rmtree(out / "peer-out", ignore_errors=True)


if __name__ == "__main__":
    main()
