"""A run of token columns ends as a data set folder, or as one table; an old output gives way as a whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, load_from_disk

import instrkit
from instrkit.errors import RunError, UsageError
from instrkit.pipeline.job import Tokens
from instrkit.report import Report
from tests.tokens.small import byte_level


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    (tmp_path / "tok").mkdir()
    return Tokens(str(byte_level(tmp_path / "tok")), max_length=64)


def write(path: Path, *outputs: str) -> Path:
    rows = [json.dumps({"instruction": "Go on.", "input": "", "output": output}) for output in outputs]
    path.write_text("\n".join(rows) + "\n")
    return path


def render(source: Path, out: Path, tokens: Tokens, **more: Any) -> Report:
    return instrkit.render_files(source, out, "chatml", shape="tokens", tokens=tokens, workers=1, **more)


def dataset(folder: Path) -> Dataset:
    found = load_from_disk(str(folder))
    assert isinstance(found, Dataset)
    return found


def test_a_name_without_an_ending_is_a_data_set_for_load_from_disk(tmp_path: Path, tokens: Tokens) -> None:
    report = render(write(tmp_path / "a.jsonl", "a", "b", "c"), tmp_path / "new" / "out", tokens)
    found = dataset(tmp_path / "new" / "out")
    assert found.column_names == ["input_ids", "labels", "attention_mask"]
    assert (len(found), report.kept, report.measures["rows"]) == (3, 3, 3)
    assert sum(map(len, found["input_ids"])) == report.measures["tokens"]
    assert {feature.feature.dtype for feature in found.features.values()} == {"int32"}
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["out"]


def test_the_data_set_can_be_mapped_saved_and_read_again(tmp_path: Path, tokens: Tokens) -> None:
    render(write(tmp_path / "a.jsonl", "a", "b"), tmp_path / "out", tokens)
    longer = dataset(tmp_path / "out").map(lambda row: {"size": len(row["input_ids"])}, keep_in_memory=True)
    longer.save_to_disk(str(tmp_path / "again"))
    assert dataset(tmp_path / "again")["size"] == [len(ids) for ids in dataset(tmp_path / "out")["input_ids"]]


def test_the_fingerprint_is_of_the_contents(tmp_path: Path, tokens: Tokens) -> None:
    def fingerprint(*outputs: str) -> str:
        render(write(tmp_path / "a.jsonl", *outputs), tmp_path / "out", tokens)
        return str(json.loads((tmp_path / "out" / "state.json").read_text())["_fingerprint"])

    assert fingerprint("a") == fingerprint("a") != fingerprint("b")


def test_an_earlier_output_is_replaced_as_a_whole(tmp_path: Path, tokens: Tokens) -> None:
    render(write(tmp_path / "a.jsonl", "a", "{torn"), tmp_path / "out", tokens)
    (tmp_path / "b.jsonl").write_text('{"instruction": "?", "input": "", "output": "b"}\n{"instruction": "torn\n')
    report = render(tmp_path / "b.jsonl", tmp_path / "out", tokens)
    assert (report.kept, report.rejected_records) == (1, 1)
    assert report.rejected_path == str(tmp_path / "out" / "rejected.jsonl")
    (reject,) = map(json.loads, Path(report.rejected_path).read_text().splitlines())
    assert reject["index"] == 2
    render(write(tmp_path / "a.jsonl", "a", "b"), tmp_path / "out", tokens)
    assert not Path(report.rejected_path).exists()
    assert len(dataset(tmp_path / "out")) == 2


def test_what_no_run_wrote_is_never_replaced(tmp_path: Path, tokens: Tokens) -> None:
    source = write(tmp_path / "a.jsonl", "a")
    render(source, tmp_path / "out", tokens)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds 'notes\.txt', which no run wrote"):
        render(source, tmp_path / "out", tokens)
    assert len(dataset(tmp_path / "out")) == 1
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is a file: expected a folder"):
        render(source, tmp_path / "file", tokens)


def test_a_source_in_the_folder_is_not_replaced(tmp_path: Path, tokens: Tokens) -> None:
    (tmp_path / "out").mkdir()
    source = write(tmp_path / "out" / "a.jsonl", "a")
    with pytest.raises(UsageError, match="holds the source"):
        render(source, tmp_path / "out", tokens)
    assert source.is_file()


@pytest.mark.parametrize("out", ["out", "out.parquet", "out.arrow"])
def test_a_table_without_a_row_is_an_error_and_leaves_what_was_there(tmp_path: Path, tokens: Tokens, out: str) -> None:
    render(write(tmp_path / "a.jsonl", "a"), tmp_path / out, tokens)
    place = tmp_path / out
    before = {path.name: path.read_bytes() for path in ([place] if place.is_file() else place.iterdir())}
    with pytest.raises(RunError, match="nothing to write: no sample was left"):
        render(write(tmp_path / "a.jsonl", "a b c d e f g " * 99), tmp_path / out, tokens)
    after = {path.name: path.read_bytes() for path in ([place] if place.is_file() else place.iterdir())}
    assert before == after


def test_an_arrow_file_and_a_data_set_hold_the_same_rows(tmp_path: Path, tokens: Tokens) -> None:
    source = write(tmp_path / "a.jsonl", "a", "b c", "d")
    for name in ("out", "out.arrow", "out.parquet", "out.jsonl"):
        render(source, tmp_path / name, tokens)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    with pa.memory_map(str(tmp_path / "out.arrow")) as mapped:
        assert pa.ipc.open_file(mapped).read_all().to_pylist() == rows
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == rows
    assert dataset(tmp_path / "out").to_list() == rows


def test_packed_rows_load_with_their_borders(tmp_path: Path, tokens: Tokens) -> None:
    packed = Tokens(tokens.tokenizer, max_length=128, pack=True)
    report = render(write(tmp_path / "a.jsonl", *"abcdefgh"), tmp_path / "out", packed)
    found = dataset(tmp_path / "out")
    assert found.column_names == ["input_ids", "labels", "attention_mask", "position_ids", "seq_lengths"]
    assert sum(map(len, found["seq_lengths"])) == report.kept == 8
    assert len(found) < 8
