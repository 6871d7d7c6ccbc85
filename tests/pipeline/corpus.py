"""A small corpus with every fate in it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

WORDS = (
    "river",
    "stone",
    "cloud",
    "lamp",
    "garden",
    "paper",
    "winter",
    "train",
    "violin",
    "market",
    "silver",
    "candle",
)


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) + rng.choice(["", "s", "ed", "ing", "ly"]) for _ in range(words))


def record(rng: random.Random) -> dict[str, Any]:
    return {"instruction": f"Explain: {sentence(rng, 8)}.", "input": "", "output": f"It is {sentence(rng, 30)}."}


def write_corpus(path: Path, count: int = 400, seed: int = 7) -> Path:
    """Write *count* lines: mostly good ones, with duplicates, near-duplicates, empties, PII and lines that are broken."""
    rng = random.Random(seed)
    good: list[dict[str, Any]] = []
    lines: list[str] = []
    for number in range(count):
        kind = number % 20
        if kind == 3 and good:
            lines.append(json.dumps(rng.choice(good)))
        elif kind == 5 and good:
            source = rng.choice(good)
            lines.append(json.dumps(source | {"output": source["output"][:-1] + "!"}))
        elif kind == 7:
            lines.append(json.dumps(record(rng) | {"output": ""}))
        elif kind == 9:
            lines.append('{"instruction": "torn')
        elif kind == 11:
            lines.append(json.dumps(record(rng) | {"output": None}))
        elif kind == 15:
            lines.append(json.dumps(record(rng) | {"output": f"At length: {sentence(rng, 90)}."}))
        elif kind == 13:
            lines.append(
                json.dumps(
                    record(rng) | {"output": f"Write to anna.{number}@mailhaus-demo.net for {sentence(rng, 9)}."}
                )
            )
        else:
            good.append(record(rng))
            lines.append(json.dumps(good[-1]))
    path.write_text("\n".join(lines) + "\n")
    return path
