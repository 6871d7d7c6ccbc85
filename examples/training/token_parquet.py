"""Token ids and labels in a Parquet file, as a collator takes them."""

import json
import tempfile
from pathlib import Path

import tiny_tokenizer
from collator import IGNORED, check, collate
from datasets import load_dataset

import instrkit
from instrkit.tokens import load_tokenizer

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    path = tiny_tokenizer.build(folder / "tokenizer")
    source = tiny_tokenizer.DATA / "chatglm.jsonl"
    out, text = folder / "tokens.parquet", folder / "text.jsonl"
    instrkit.render_files(source, out, "chatml", shape="tokens", tokens=instrkit.Tokens(str(path)), workers=1)
    instrkit.render_files(source, text, "chatml", workers=1)

    tokenizer = load_tokenizer(path)
    rows = load_dataset("parquet", data_files=str(out), split="train", cache_dir=str(folder / "cache"))
    with text.open(encoding="utf-8") as lines:
        for row, line in zip(rows, lines, strict=True):
            rendered = json.loads(line)
            assert tokenizer.decode(row["input_ids"]) == rendered["text"]
            trained = tokenizer.decode([label for label in row["labels"] if label != IGNORED])
            assert trained == "".join(rendered["text"][start:end] for start, end in rendered["loss_spans"])
    batch = collate(list(rows.select(range(8))), tokenizer.pad_id)
    check(batch)
    print(f"{len(rows)} rows; a batch of shape {batch['input_ids'].shape}; the last trains {trained!r}")
