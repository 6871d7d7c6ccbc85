"""One record may hold several samples: a bad one costs itself, and writing joins them again, across shards too."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import instrkit
from instrkit import api, io
from instrkit.engines.serial import SerialEngine
from instrkit.formats import get_format
from instrkit.pipeline.job import Job, Writer
from instrkit.pipeline.outputs import run_to_file
from instrkit.pipeline.plan import open_sources
from instrkit.recipe import Source


def task(number: int, outputs: list[Any]) -> dict[str, Any]:
    instances = [{"input": f"in {number}.{k}", "output": output} for k, output in enumerate(outputs)]
    return {
        "id": f"seed_task_{number}", "name": f"task {number}", "instruction": f"Do the work number {number}.",
        "instances": instances, "is_classification": False,
    }  # fmt: skip


def write(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records), "utf-8")
    return path


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_several_samples_come_from_one_record_and_go_back_into_one(tmp_path: Path) -> None:
    tasks = [task(1, ["a", "b", "c"]), task(2, ["d"]), task(3, ["e", "f"])]
    source = write(tmp_path / "tasks.jsonl", tasks)
    report = api.convert(source, tmp_path / "out.jsonl", "self-instruct", workers=1)
    assert read(tmp_path / "out.jsonl") == tasks
    assert (report.read, report.kept, report.outputs_records, report.losses) == (6, 6, {"train": 3}, {})
    assert report.formats == {"tasks": {"self-instruct": 6}}


def test_a_bad_item_costs_one_sample(tmp_path: Path) -> None:
    source = write(tmp_path / "tasks.jsonl", [task(1, ["a", None, "c"])])
    report = api.convert(source, tmp_path / "out.jsonl", "openai", format="self-instruct", workers=1)
    assert (report.read, report.kept, report.rejected_records) == (3, 2, 1)
    (rejected,) = read(tmp_path / "out.jsonl.rejected.jsonl")
    assert (rejected["line"], rejected["cause"]) == (
        1, "not self-instruct: $.instances[1].output: expected a string, found null"
    )  # fmt: skip


@pytest.mark.parametrize("shard_bytes", [200, 1000, 1 << 20])
def test_records_are_joined_across_shards(tmp_path: Path, shard_bytes: int) -> None:
    rows = [{"instruction": "Spell the number.", "input": str(k), "output": f"number {k}"} for k in range(40)]
    rows += [{"instruction": "Double it.", "input": str(k), "output": str(2 * k)} for k in range(20)]
    source = write(tmp_path / "rows.jsonl", rows)
    files = open_sources([Source(path=str(source))])
    job = Job(files, (), Writer(format=get_format("self-instruct")), ledger=False, shard_bytes=shard_bytes)
    report = run_to_file(job, SerialEngine(), str(tmp_path / "tasks.jsonl"))
    tasks = read(tmp_path / "tasks.jsonl")
    assert [(made["instruction"], len(made["instances"])) for made in tasks] == [
        ("Spell the number.", 40), ("Double it.", 20),
    ]  # fmt: skip
    assert [one["output"] for made in tasks for one in made["instances"]] == [row["output"] for row in rows]
    assert report.outputs_records == {"train": 2}


def test_a_folder_output_counts_what_was_joined(tmp_path: Path) -> None:
    source = write(tmp_path / "tasks.jsonl", [task(1, ["alpha one", "beta two"]), task(2, ["gamma three"])])
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"version: 1\nsources: [{source}]\nsteps: [empty]\noutput: {{dir: out, format: self-instruct}}\n")
    report = api.run(recipe, workers=1)
    assert report.outputs_records == {"train": 2}
    assert len(read(tmp_path / "out" / "train.jsonl")) == 2


def test_a_json_file_of_one_envelope_is_that_object(tmp_path: Path) -> None:
    rows = [{"instruction": f"Say {k}.", "input": "", "output": str(k)} for k in range(3)]
    source = write(tmp_path / "rows.jsonl", rows)
    api.convert(source, tmp_path / "flow.json", "lmflow", workers=1)
    made = json.loads((tmp_path / "flow.json").read_text("utf-8"))
    assert (made["type"], len(made["instances"])) == ("conversation", 3)
    api.convert(tmp_path / "flow.json", tmp_path / "again.json", "lmflow", workers=1)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "flow.json").read_bytes()


@pytest.mark.parametrize("name", ["tasks.json", "tasks.json.gz"])
def test_a_json_file_of_several_envelopes_is_an_array(tmp_path: Path, name: str) -> None:
    tasks = [task(number, ["a\n", "b"][: number % 3]) for number in range(1, 30) if number % 3]
    source = write(tmp_path / "tasks.jsonl", tasks)
    files = open_sources([Source(path=str(source))])
    writer = Writer(format=get_format("self-instruct"))
    for shard_bytes in (200, 1 << 20):
        job = Job(files, (), writer, ledger=False, shard_bytes=shard_bytes)
        run_to_file(job, SerialEngine(), str(tmp_path / name), array=True)
        assert [item.record for item in io.read_file(tmp_path / name) if isinstance(item, io.Read)] == tasks
    packed = (tmp_path / name).read_bytes()
    assert json.loads(gzip.decompress(packed) if name.endswith(".gz") else packed) == tasks
    instrkit.write(instrkit.read(source), tmp_path / name, "self-instruct")
    assert (tmp_path / name).read_bytes() == packed
    empty = write(tmp_path / "empty.jsonl", [])
    api.convert(empty, tmp_path / "none.json", "self-instruct", workers=1)
    assert json.loads((tmp_path / "none.json").read_text()) == []


def test_samples_one_by_one(tmp_path: Path) -> None:
    record = task(1, ["a", "b"])
    assert [sample.messages[-1].content for sample in instrkit.parse_all(record)] == ["a", "b"]
    with pytest.raises(instrkit.Misfit, match=r"\$\.instances: found 2 items: expected one per sample"):
        instrkit.parse(record)
    source = write(tmp_path / "tasks.jsonl", [record, task(2, ["c"])])
    instrkit.write(instrkit.read(source), tmp_path / "back.jsonl", "self-instruct")
    assert read(tmp_path / "back.jsonl") == [record, task(2, ["c"])]
