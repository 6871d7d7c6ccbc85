"""Files become token rows: what is too long is accounted for, rows are the same for any number of workers."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import instrkit
from instrkit.engines import LocalEngine, SerialEngine
from instrkit.errors import LossError, UsageError
from instrkit.pipeline.job import Job, Rendering, Tokens, Writer
from instrkit.pipeline.outputs import run_to_file
from instrkit.pipeline.plan import open_sources
from instrkit.pipeline.token_sink import check_tokens
from instrkit.recipe import Source
from instrkit.report import Report
from instrkit.templates import open_template
from instrkit.tokens import IGNORED, encode, load_tokenizer
from tests.tokens.small import byte_level

SHORT = ("Hi", "Hello")
LONG = ("Tell me.", "a b c d e f g " * 9)


@pytest.fixture
def tokenizer(tmp_path: Path) -> str:
    (tmp_path / "tok").mkdir()
    byte_level(tmp_path / "tok")
    return str(tmp_path / "tok")


def dialogue(*turns: tuple[str, str], **more: Any) -> dict[str, Any]:
    messages = [
        {"role": role, "content": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
    return {"messages": messages, **more}


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def rendered(tmp_path: Path, tokens: Tokens, *records: dict[str, Any], **options: Any) -> tuple[Report, list[Any]]:
    source = write(tmp_path / "in.jsonl", *records)
    out = tmp_path / "out.jsonl"
    report = instrkit.render_files(source, out, "chatml", shape="tokens", tokens=tokens, workers=1, **options)
    return report, [json.loads(line) for line in out.read_text().splitlines()]


def balanced(report: Report) -> bool:
    return report.read == report.kept + report.dropped + report.rejected_records


def test_rows_are_ids_labels_and_mask_of_the_rendering(tmp_path: Path, tokenizer: str) -> None:
    report, (row,) = rendered(tmp_path, Tokens(tokenizer), dialogue(SHORT))
    (sample,) = instrkit.read(tmp_path / "in.jsonl")
    made = encode(instrkit.render(sample, "chatml"), load_tokenizer(tokenizer))
    assert row == {"input_ids": made.input_ids, "labels": made.labels, "attention_mask": [1] * len(made)}
    trained = [label for label in row["labels"] if label != IGNORED]
    assert load_tokenizer(tokenizer).decode(trained) == "Hello<|im_end|>"
    assert report.measures == {"tokens": len(made), "tokens with loss": len(trained), "rows": 1}


def length(tokenizer: str, *turns: tuple[str, str]) -> int:
    sample = instrkit.parse(dialogue(*turns), "openai")
    return len(encode(instrkit.render(sample, "chatml"), load_tokenizer(tokenizer)))


@pytest.mark.parametrize(
    ("truncate", "kept", "rows"),
    [("drop", 1, 1), ("left", 2, 2), ("right", 2, 2), ("split", 2, 3), ("none", 3, 3)],
)
def test_what_is_too_long_is_accounted_for(tmp_path: Path, tokenizer: str, truncate: str, kept: int, rows: int) -> None:
    most = length(tokenizer, SHORT, SHORT)
    assert length(tokenizer, LONG) > most
    records = dialogue(SHORT), dialogue(SHORT, SHORT, SHORT, SHORT), dialogue(LONG)
    report, found = rendered(tmp_path, Tokens(tokenizer, most, truncate), *records)
    assert (report.kept, report.dropped, len(found)) == (kept, 3 - kept, rows)
    assert balanced(report)
    assert report.measures["rows"] == rows
    assert report.measures["tokens"] == sum(len(row["input_ids"]) for row in found)
    if truncate != "none":
        assert max(len(row["input_ids"]) for row in found) <= most
        assert sum(report.steps["write"]["in"].dropped.values()) == 3 - kept
        assert "too long" in next(iter(report.steps["write"]["in"].dropped))
    if truncate != "drop":
        assert any(f"(over {most} tokens)" in kind for kind in report.losses)


@pytest.mark.parametrize(("truncate", "left"), [("left", "bc"), ("right", "ab")])
def test_whole_turns_go_from_the_side_that_was_named(tmp_path: Path, tokenizer: str, truncate: str, left: str) -> None:
    turns = [(name, "a b c d e f g " * 2) for name in "abc"]
    tokens = Tokens(tokenizer, length(tokenizer, *turns) - 1, truncate)
    _, (row,) = rendered(tmp_path, tokens, dialogue(*turns))
    text = load_tokenizer(tokenizer).decode(row["input_ids"])
    assert [name for name in "abc" if f"user\n{name}<|im_end|>" in text] == [*left]
    assert text.count("a b c d e f g") == 4


def test_split_keeps_every_answer_once(tmp_path: Path, tokenizer: str) -> None:
    turns = [(f"Q{k}", f"a b c d {k}") for k in range(9)]
    _, rows = rendered(tmp_path, Tokens(tokenizer, 80, "split"), dialogue(*turns))
    text = "".join(load_tokenizer(tokenizer).decode(row["input_ids"]) for row in rows)
    assert len(rows) > 1
    assert [text.count(answer) for _, answer in turns] == [1] * 9


def test_dropped_ones_are_told_with_their_length(tmp_path: Path, tokenizer: str) -> None:
    report, _ = rendered(tmp_path, Tokens(tokenizer, 70), dialogue(SHORT), dialogue(LONG), dialogue(LONG))
    assert report.steps["write"]["in"].dropped == {"too long": 2}
    assert report.to_dict()["totals"] == {"read": 3, "kept": 1, "dropped": 2, "rejected": 0}


def test_packed_rows_are_full_and_measured(tmp_path: Path, tokenizer: str) -> None:
    records = [dialogue(("Hi", "a " * k)) for k in range(1, 60)]
    report, rows = rendered(tmp_path, Tokens(tokenizer, 256, pack=True), *records)
    tokens = sum(len(row["input_ids"]) for row in rows)
    assert report.measures["rows"] == len(rows) < 59
    assert report.measures["room in rows"] == 256 * len(rows)
    assert report.measures["tokens"] == tokens >= 0.9 * 256 * len(rows)
    assert sum(len(row["seq_lengths"]) for row in rows) == report.kept == 59
    for row in rows:
        starts = [at for at, position in enumerate(row["position_ids"]) if position == 0]
        assert len(starts) == len(row["seq_lengths"])
        assert [row["labels"][at] for at in starts] == [IGNORED] * len(starts)
        assert len(row["input_ids"]) == sum(row["seq_lengths"]) <= 256
    assert balanced(report)


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("pack", [False, True], ids=["rows", "packed"])
def test_the_bytes_do_not_depend_on_the_workers(tmp_path: Path, tokenizer: str, ending: str, pack: bool) -> None:
    source = write(tmp_path / "in.jsonl", *(dialogue((f"Q{k}", "a b c " * (k % 40))) for k in range(300)))
    writer = Writer(
        rendering=Rendering(
            "chatml", (("loss", "reference"),), "tokens", Tokens(tokenizer, 200, pack=pack), arrow=ending != "jsonl"
        )
    )
    job = Job(open_sources((Source(path=str(source)),)), (), writer, ledger=False, shard_bytes=8_000)
    found = []
    for workers, engine in ((1, SerialEngine()), (2, LocalEngine(2))):
        out = tmp_path / f"{workers}.{ending}"
        with closing(engine):
            report = run_to_file(job, engine, str(out))
        found.append((out.read_bytes(), report.measures, report.losses))
    assert found[0] == found[1]
    assert found[0][1]["rows"] > 9


def test_columns_of_a_table(tmp_path: Path, tokenizer: str) -> None:
    source = write(tmp_path / "in.jsonl", dialogue(SHORT), dialogue(SHORT))
    out = tmp_path / "out.parquet"
    instrkit.render_files(source, out, "chatml", shape="tokens", tokens=Tokens(tokenizer), workers=1)
    table = pq.read_table(out)
    assert table.column_names == ["input_ids", "labels", "attention_mask"]
    assert {str(field.type) for field in table.schema} == {"list<element: int32>"}
    assert table.num_rows == 2


def test_a_sample_the_template_refuses_costs_itself_only(tmp_path: Path, tokenizer: str) -> None:
    refusing = tmp_path / "t.jinja"
    refusing.write_text(
        "{% for m in messages %}{% if m['content'] == 'no' %}{{ raise_exception('not this') }}{% endif %}"
        "{{ m['content'] }}\n{% endfor %}"
    )
    source = write(tmp_path / "in.jsonl", dialogue(SHORT), dialogue(("no", "no")), dialogue(SHORT))
    out = tmp_path / "out.jsonl"
    report = instrkit.render_files(source, out, str(refusing), shape="tokens", tokens=Tokens(tokenizer), workers=1)
    assert (report.read, report.kept, report.rejected_records) == (3, 2, 1)
    assert len(out.read_text().splitlines()) == 2
    (reject,) = map(json.loads, (tmp_path / "out.jsonl.rejected.jsonl").read_text().splitlines())
    assert reject["index"] == 2
    assert "not this" in json.dumps(reject)


def test_strict_ends_at_what_would_be_dropped_and_leaves_no_output(tmp_path: Path, tokenizer: str) -> None:
    called = dialogue(SHORT, tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}])
    with pytest.raises(LossError, match="tool definition"):
        rendered(tmp_path, Tokens(tokenizer), called, strict=True)
    assert not (tmp_path / "out.jsonl").exists()
    report, rows = rendered(tmp_path, Tokens(tokenizer), called)
    assert report.losses == {"tool definition dropped": 1}
    assert len(rows) == 1


def test_a_control_token_the_tokenizer_lacks_ends_the_run_with_the_way_out(tmp_path: Path, tokenizer: str) -> None:
    source = write(tmp_path / "in.jsonl", dialogue(SHORT))
    out = tmp_path / "out.jsonl"
    with pytest.raises(UsageError, match=r"has no control token '.+': .*missing='text'"):
        instrkit.render_files(source, out, "vicuna", shape="tokens", tokens=Tokens(tokenizer), workers=1)
    assert not out.exists()
    tokens = Tokens(tokenizer, missing="text")
    report = instrkit.render_files(source, out, "vicuna", shape="tokens", tokens=tokens, workers=1)
    assert [*report.losses] == ["control token unknown to the tokenizer, written as text"]


def test_a_control_token_that_one_sample_needs_costs_one_sample(tmp_path: Path, tokenizer: str) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = {"role": "user", "content": "q"}
    calling = {"messages": [asked, {"role": "assistant", "content": None, "tool_calls": [call]}]}
    plain = {"messages": [asked, {"role": "assistant", "content": "a"}]}
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps(record) + "\n" for record in (plain, calling, plain)), encoding="utf-8")
    report = instrkit.render_files(source, tmp_path / "out.jsonl", "qwen2.5", tokens=Tokens(tokenizer), workers=1)
    assert (report.read, report.kept, report.rejected_records) == (3, 2, 1)
    assert "'<tool_call>'" in str(report.rejected)


def test_user_text_is_never_a_control_token(tmp_path: Path, tokenizer: str) -> None:
    report, (row,) = rendered(tmp_path, Tokens(tokenizer), dialogue(("Say <|im_end|>", "<|im_start|>")))
    control = load_tokenizer(tokenizer).token_id
    assert row["input_ids"].count(control("<|im_end|>")) == row["input_ids"].count(control("<|im_start|>")) == 2
    assert report.losses == {"control token in text, kept as text": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"truncate": "lft"}, "unknown truncate 'lft': did you mean 'left'", id="truncate"),
        pytest.param({"missing": "txt"}, "unknown missing 'txt': did you mean 'text'", id="missing"),
        pytest.param({"max_length": 1}, "max_length 1: expected 2 tokens or more", id="length"),
        pytest.param({"pack": True, "max_length": None}, "pack: expected a max_length", id="pack-without-length"),
        pytest.param({"pack": True, "truncate": "none"}, "pack: a longer sample fits no row", id="pack-without-bound"),
        pytest.param({"tokenizer": "nope"}, "tokenizer: nope: no such file", id="tokenizer"),
    ],
)
def test_mistakes_are_found_before_any_file_is_read(tokenizer: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_tokens(replace(Tokens(tokenizer, max_length=64), **change), open_template("chatml"))


def test_another_tokenizer_at_the_same_place_is_another_result(tmp_path: Path, tokenizer: str) -> None:
    """Parts of a run that was killed are not joined with those of a tokenizer that took the place of the first."""
    from instrkit.pipeline.run import Run
    from instrkit.pipeline.watching import Silent
    from instrkit.pipeline.work import WorkFolder

    source = write(tmp_path / "in.jsonl", dialogue(SHORT))
    writer = Writer(rendering=Rendering("chatml", (), "tokens", Tokens(tokenizer)))
    job = Job(open_sources((Source(path=str(source)),)), (), writer, ledger=False)
    work = WorkFolder(tmp_path / "work")
    keys = []
    for keep in (True, True, False):
        if not keep:
            spec = json.loads((Path(tokenizer) / "tokenizer.json").read_text())
            spec["added_tokens"] = spec["added_tokens"][:-1]
            (Path(tokenizer) / "tokenizer.json").write_text(json.dumps(spec))
        with work.locked():
            keys += [receipt["key"] for receipt in Run(job, SerialEngine(), work, Silent()).finals()]
    assert keys[0] == keys[1] != keys[2]
