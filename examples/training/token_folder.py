"""Packed rows in a folder for `load_from_disk`: several samples a row, kept apart by their positions."""

import json
import tempfile
from pathlib import Path

import tiny_tokenizer
from collator import IGNORED, check, collate
from datasets import load_from_disk

import instrkit
from instrkit.tokens import load_tokenizer

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    path = tiny_tokenizer.build(folder / "tokenizer")
    source = tiny_tokenizer.DATA / "chatglm.jsonl"
    tokens = instrkit.Tokens(str(path), max_length=512, pack=True)
    instrkit.render_files(source, folder / "text.jsonl", "chatml", workers=1)
    report = instrkit.render_files(source, folder / "packed", "chatml", shape="tokens", tokens=tokens, workers=1)

    tokenizer = load_tokenizer(path)
    rows = load_from_disk(str(folder / "packed"))
    trained = []
    for row in rows:
        assert len(row["input_ids"]) == sum(row["seq_lengths"]) <= 512
        at = 0
        for length in row["seq_lengths"]:
            assert row["position_ids"][at : at + length] == list(range(length))
            trained.append(tokenizer.decode([label for label in row["labels"][at : at + length] if label != IGNORED]))
            at += length
    with (folder / "text.jsonl").open(encoding="utf-8") as lines:
        rendered = [json.loads(line) for line in lines]
    wanted = ["".join(one["text"][start:end] for start, end in one["loss_spans"]) for one in rendered]
    assert sorted(trained) == sorted(wanted)
    check(collate(list(rows.select(range(4))), tokenizer.pad_id))
    full = report.measures["tokens"] / report.measures["room in rows"]
    print(f"{len(trained)} samples in {len(rows)} rows, {full:.0%} full")
