"""Text with loss spans: encoded by the trainer's own code, labels from the characters that carry loss."""

import tempfile
from pathlib import Path

import tiny_tokenizer
from collator import IGNORED, check, collate
from datasets import load_dataset
from tokenizers import Tokenizer

import instrkit


def labelled(row: dict, tokenizer: Tokenizer) -> dict:
    """Return ids, and labels where a token shares a character with a span."""
    made = tokenizer.encode(row["text"], add_special_tokens=False)
    labels = [
        token if any(start < last and first < stop for first, last in row["loss_spans"]) else IGNORED
        for token, (start, stop) in zip(made.ids, made.offsets, strict=True)
    ]
    return {"input_ids": made.ids, "labels": labels, "attention_mask": [1] * len(labels)}


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    tokenizer = Tokenizer.from_file(str(tiny_tokenizer.build(folder / "tokenizer") / "tokenizer.json"))
    instrkit.render_files(tiny_tokenizer.DATA / "chatglm.jsonl", folder / "text.jsonl", "chatml", workers=1)

    rows = load_dataset("json", data_files=str(folder / "text.jsonl"), split="train", cache_dir=str(folder / "cache"))
    for row in rows:
        made = labelled(row, tokenizer)
        trained = tokenizer.decode([label for label in made["labels"] if label != IGNORED], skip_special_tokens=False)
        assert trained == "".join(row["text"][start:end] for start, end in row["loss_spans"])
    batch = collate([labelled(row, tokenizer) for row in rows.select(range(8))], tokenizer.token_to_id("<|endoftext|>"))
    check(batch)
    print(f"{len(rows)} texts; a batch of {batch['input_ids'].shape[0]}; the last trains {trained!r}")
