"""A tokenizer small enough to make on the spot: byte-level BPE over the example data, with ChatML's control tokens."""

import json
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

import instrkit

DATA = Path(__file__).resolve().parents[1] / "data"
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def build(folder: Path) -> Path:
    """Write tokenizer.json and tokenizer_config.json into *folder* and return it."""
    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, show_progress=False)
    library.train_from_iterator(texts(), trainer)
    library.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in CONTROL])
    folder.mkdir(parents=True, exist_ok=True)
    library.save(str(folder / "tokenizer.json"))
    roles = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(roles), encoding="utf-8")
    return folder


def texts() -> Iterator[str]:
    """Yield what the example data says."""
    for sample in instrkit.read(DATA / "openai.jsonl"):
        for message in sample.messages:
            yield message.text
