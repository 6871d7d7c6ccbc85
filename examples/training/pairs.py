"""Prompt and completion for trainers that take two strings and train the whole of the second."""

import tempfile
from pathlib import Path

import tiny_tokenizer
from collator import IGNORED, check, collate
from datasets import load_dataset
from tokenizers import Tokenizer

import instrkit

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    tokenizer = Tokenizer.from_file(str(tiny_tokenizer.build(folder / "tokenizer") / "tokenizer.json"))
    out = folder / "pairs.jsonl"
    instrkit.render_files(tiny_tokenizer.DATA / "chatglm.jsonl", out, "chatml", shape="pairs", loss="last", workers=1)

    rows = load_dataset("json", data_files=str(out), split="train", cache_dir=str(folder / "cache"))
    made = []
    for row in rows:
        prompt, completion = (
            tokenizer.encode(row[part], add_special_tokens=False).ids for part in ("prompt", "completion")
        )
        assert row["prompt"].endswith("<|im_start|>assistant\n")
        assert tokenizer.decode(completion, skip_special_tokens=False) == row["completion"]
        labels = [IGNORED] * len(prompt) + completion
        made.append({"input_ids": prompt + completion, "labels": labels, "attention_mask": [1] * len(labels)})
    check(collate(made[:8], tokenizer.token_to_id("<|endoftext|>")))
    print(f"{len(rows)} pairs; the last trains {rows[-1]['completion']!r}")
