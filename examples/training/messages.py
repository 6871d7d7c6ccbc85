"""Messages with a chat template beside them: the trainer renders, and its assistant mask is our loss."""

import tempfile
from pathlib import Path

import tiny_tokenizer
from datasets import load_dataset
from transformers import PreTrainedTokenizerFast

import instrkit

with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    source = tiny_tokenizer.DATA / "chatglm.jsonl"
    instrkit.render_files(source, folder / "messages.jsonl", "chatml", shape="messages", workers=1)

    tokenizer = PreTrainedTokenizerFast.from_pretrained(tiny_tokenizer.build(folder / "tokenizer"))
    tokenizer.chat_template = (folder / "messages.jsonl.chat_template.jinja").read_text(encoding="utf-8")
    rows = load_dataset(
        "json", data_files=str(folder / "messages.jsonl"), split="train", cache_dir=str(folder / "cache")
    )
    for row in rows:
        made = tokenizer.apply_chat_template(
            row["messages"], tokenize=True, return_dict=True, return_assistant_tokens_mask=True
        )
        ours = instrkit.render(instrkit.parse({"messages": row["messages"]}, "openai"), "chatml")
        assert tokenizer.decode(made["input_ids"]) == ours.text
        trained = tokenizer.decode(
            [token for token, mask in zip(made["input_ids"], made["assistant_masks"], strict=True) if mask]
        )
        assert trained == "".join(ours.text[start:end] for start, end in ours.loss_spans)
    print(f"{len(rows)} conversations; the last trains {trained!r}")
