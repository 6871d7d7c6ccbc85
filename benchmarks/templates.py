"""
Text with loss spans, beside the peers' rendering of the same conversations, and tokens beside the bare tokenizer.

    python benchmarks/templates.py text [MOSS-FOLDER]              text and spans
    python benchmarks/templates.py tokens TOKENIZER [ALPACA-FILE]  ids and labels

Conversations of eight messages, as long as MOSS's: real ones where a folder of MOSS files is given, else made up. CPU
time of this process, the best of five passes; peers and instrkit take turns, in one run. The peers, where installed:

    transformers   `render_jinja_template` with `return_assistant_tokens_mask`, before any tokenizer: text and spans
    FastChat       `get_conv_template("vicuna_v1.1")` and `"Yi-34b-chat"` (ChatML), the messages appended,
                   `get_prompt()`: text alone (`pip install --no-deps fschat`)

`tokens` renders Alpaca's samples anew for every pass, off the clock, and times `encode_many` (ids, labels, control
tokens told from look-alikes, alignment checked) beside the library's own batch encode of the same texts, control tokens
left to it. TOKENIZER is a folder with vocab.json and merges.txt, a tokenizer.json, a tiktoken file or a SentencePiece
model.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import instrkit
from instrkit.sample import Message, Sample

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # one thread, so that CPU time can be compared
os.environ["RAYON_NUM_THREADS"] = "1"

PASSES = 5
SAMPLES = 5_000
CONVERSATIONS = 500
MESSAGES = 8
TEXT = "The river rises in the hills north of the town and runs past the old mill before it meets the sea. "

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    "{{ '\n' }}{% else %}{{ message['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
)
"""ChatML with the marks transformers wants; the same text and the same loss as our `chatml`."""


def conversations(folder: Path | None) -> list[Sample]:
    """Return conversations of eight messages, user and assistant in turn."""
    found: list[Sample] = []
    if folder is not None:
        for sample in instrkit.read(folder):
            plain = tuple(
                Message(message.role, message.text)
                for message in sample.messages
                if message.role in {"user", "assistant"} and message.text
            )
            if len(plain) >= MESSAGES:
                found.append(Sample(plain[:MESSAGES]))
    while len(found) < CONVERSATIONS:
        k = len(found)
        said = (Message("user" if n % 2 == 0 else "assistant", TEXT * (1 + (k + n) % 5)) for n in range(MESSAGES))
        found.append(Sample(tuple(said)))
    return found[:CONVERSATIONS]


def best(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the CPU seconds of each call, the best of several passes in which they take turns."""
    seconds = dict.fromkeys(calls, float("inf"))
    for _ in range(PASSES):
        for name, call in calls.items():
            start = process_time()
            call()
            seconds[name] = min(seconds[name], process_time() - start)
    return seconds


def text(folder: Path | None) -> None:
    """Print what a conversation takes, in microseconds, and the ratios."""
    samples = conversations(folder)
    rows = [[{"role": message.role, "content": message.text} for message in sample.messages] for sample in samples]
    calls: dict[str, Callable[[], object]] = {
        "instrkit chatml": lambda: [instrkit.render(sample, "chatml") for sample in samples],
        "instrkit vicuna": lambda: [instrkit.render(sample, "vicuna") for sample in samples],
        "instrkit qwen2.5": lambda: [instrkit.render(sample, "qwen2.5") for sample in samples],
    }
    try:
        from transformers.utils.chat_template_utils import render_jinja_template
    except ImportError:
        print("transformers is not installed")
    else:
        calls["transformers"] = lambda: [
            render_jinja_template([row], chat_template=CHATML, return_assistant_tokens_mask=True) for row in rows
        ]
    try:
        from fastchat.conversation import get_conv_template
    except ImportError:
        print("FastChat is not installed")
    else:
        calls["FastChat vicuna"] = lambda: [_fastchat(get_conv_template, "vicuna_v1.1", row) for row in rows]
        calls["FastChat chatml"] = lambda: [_fastchat(get_conv_template, "Yi-34b-chat", row) for row in rows]
    for name, seconds in (took := best(calls)).items():
        print(f"{name:20} {seconds / len(samples) * 1e6:8.1f} µs a conversation of {MESSAGES} messages")
    if "transformers" in took:
        print(f"transformers takes {took['transformers'] / took['instrkit chatml']:.1f} times as long (limit: 10)")
    for name in ("vicuna", "chatml"):
        if f"FastChat {name}" in took:
            ratio = took[f"instrkit {name}"] / took[f"FastChat {name}"]
            print(f"{name}: instrkit takes {ratio:.2f} of FastChat's time (limit: 1.00)")


def _fastchat(get_template: Any, name: str, row: list[dict[str, str]]) -> str:
    talk = get_template(name)
    for message in row:
        talk.append_message(talk.roles[message["role"] == "assistant"], message["content"])
    return str(talk.get_prompt())


def tokens(tokenizer: Path, alpaca: Path | None, template: str) -> None:
    """Print what ids and labels take, and what the library takes for the ids of the same texts."""
    from instrkit.tokens import encode_many, load_tokenizer

    if alpaca is None:
        samples = [Sample((Message("user", TEXT), Message("assistant", TEXT * 3)))] * SAMPLES
    else:
        samples = [sample for _, sample in zip(range(SAMPLES), instrkit.read(alpaca), strict=False)]
    loaded = load_tokenizer(tokenizer)
    bare = _bare(tokenizer)
    ours = theirs = float("inf")
    for _ in range(PASSES):
        rendered = [instrkit.render(sample, template) for sample in samples]
        texts = [made.text for made in rendered]
        start = process_time()
        made = encode_many(rendered, loaded, missing="text")
        ours = min(ours, process_time() - start)
        start = process_time()
        ids = bare(texts)
        theirs = min(theirs, process_time() - start)
    count = sum(len(one.input_ids) for one in made)
    print(f"instrkit, {template:16} {ours / len(samples) * 1e6:8.1f} µs a sample, {count:,} tokens")
    print(f"the library alone          {theirs / len(samples) * 1e6:8.1f} µs a sample, {sum(map(len, ids)):,} tokens")
    print(f"instrkit takes {ours / theirs:.2f} times as long (limit: 1.30)")


def _bare(tokenizer: Path) -> Callable[[list[str]], list[list[int]]]:
    if tokenizer.is_dir():
        from tokenizers import ByteLevelBPETokenizer

        library = ByteLevelBPETokenizer(str(tokenizer / "vocab.json"), str(tokenizer / "merges.txt"))
        return lambda texts: [encoded.ids for encoded in library.encode_batch(texts)]
    if tokenizer.suffix == ".json":
        from tokenizers import Tokenizer

        whole = Tokenizer.from_file(str(tokenizer))
        return lambda texts: [encoded.ids for encoded in whole.encode_batch_fast(texts, add_special_tokens=False)]
    if tokenizer.suffix == ".tiktoken":
        from instrkit.tokens import load_tokenizer

        encoding = load_tokenizer(tokenizer)._library  # type: ignore[attr-defined]  # the library's own object
        return lambda texts: [*map(encoding.encode_ordinary, texts)]  # its batches are threads around this
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_file=str(tokenizer))
    encode: Callable[[list[str]], list[list[int]]] = processor.encode
    return encode


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="what", required=True)
    plain = kinds.add_parser("text")
    plain.add_argument("folder", nargs="?", type=Path, help="a folder of MOSS conversations")
    ids = kinds.add_parser("tokens")
    ids.add_argument("tokenizer", type=Path, help="a folder or a file of a tokenizer")
    ids.add_argument("alpaca", nargs="?", type=Path, help="a file of Alpaca records")
    ids.add_argument("--template", help="aquila for a folder, chinese-alpaca2 for a model unless given")
    asked = parser.parse_args()
    for path in (given for given in vars(asked).values() if isinstance(given, Path)):
        if not path.exists():
            parser.error(f"{path}: no such file or folder")
    if asked.what == "text":
        text(asked.folder)
    else:
        usual = "aquila" if asked.tokenizer.is_dir() else "chinese-alpaca2"
        tokens(asked.tokenizer, asked.alpaca, asked.template or usual)


if __name__ == "__main__":
    main()
