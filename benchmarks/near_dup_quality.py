"""
Measure recall and precision of `near_dedup` on the planted corpus, per language.

    python benchmarks/near_dup_quality.py --samples 20000 --seed 1 --thresholds 0.7 0.8

Truth is every pair whose exact Jaccard similarity reaches the threshold. Its pairs come from another seed and a banding
that misses a pair at 0.7 once in 10^10, and from all pairs within the families of planted copies; similarities are
checked against plain Python sets.

    recall     of the true pairs, the share of which not both are kept
    precision  of the dropped samples, the share that has a kept partner at or above the threshold
    verdicts   the share of samples judged as by the same rule over all true pairs

`--datasketch N` runs datasketch's MinHashLSH with its default banding on the first N samples beside it.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from corpus import Planted, corpus, jaccard, shingle_set, text_of

from instrkit.ops.in_memory import resolve_in_memory
from instrkit.ops.minhash import Banding, band_keys, signatures
from instrkit.ops.near_dedup import NearDedup
from instrkit.ops.pairing import band_pairs, keep_greedily
from instrkit.ops.shingles import distinct, pair_jaccard, shingle
from instrkit.sample import Message, Part, Sample
from instrkit.text import TextBlock

SURE = Banding(bands=90, rows=4)
OTHER_SEED = 977


def sample_of(record: dict[str, str]) -> Sample:
    """Return the record in the common schema."""
    asked: str | tuple[Part, ...] = record["instruction"]
    if record["input"]:
        asked = (Part(text=record["instruction"]), Part(text=record["input"], name="input"))
    return Sample((Message("user", asked), Message("assistant", record["output"])))


def families(rows: Sequence[Planted]) -> Iterator[tuple[int, int]]:
    """Yield all pairs of rows made from the same source, itself included."""
    members: dict[int, list[int]] = defaultdict(list)
    for row, planted in enumerate(rows):
        members[row if planted.source is None else planted.source].append(row)
    for family in members.values():
        yield from combinations(family, 2)


def true_pairs(rows: Sequence[Planted], texts: list[str], least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of similarity *least* or more, shape (pairs, 2), and their similarity."""
    sets, keys = [], []
    for block in TextBlock.pack(texts):
        shingles = shingle(block)
        sets.append(distinct(shingles))
        keys.append(band_keys(signatures(shingles, SURE.size, OTHER_SEED), SURE))
    values, counts = (np.concatenate(parts) for parts in zip(*sets, strict=True))
    packed = band_pairs(np.concatenate(keys, axis=1), np.arange(len(texts)), bucket=len(texts))
    planted = np.array([one << 32 | other for one, other in families(rows)], dtype=np.uint64)
    packed = np.union1d(packed, planted)
    pairs = np.stack([packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)
    exact = pair_jaccard(values, (np.cumsum(counts) - counts)[pairs], counts[pairs])
    for k in random.Random(1).sample(range(len(pairs)), min(500, len(pairs))):
        plain = jaccard(*(shingle_set(texts[row]) for row in pairs[k].tolist()))
        if abs(plain - exact[k]) > 1e-9:
            raise SystemExit(f"rows {pairs[k].tolist()}: Jaccard {exact[k]} by arrays, {plain} by sets")
    return pairs[exact >= least], exact[exact >= least]


def share(hits: np.ndarray) -> float:
    """Return the share of true values; 1.0 of none."""
    return float(hits.mean()) if len(hits) else 1.0


def judge(rows: Sequence[Planted], pairs: np.ndarray, exact: np.ndarray, dropped: np.ndarray, threshold: float) -> None:
    """Print one line per language."""
    near = pairs[exact >= threshold]
    gone = np.zeros(len(rows), dtype=bool)
    gone[dropped] = True
    ideal = np.zeros(len(rows), dtype=bool)
    ideal[keep_greedily(pairs, exact, threshold).rows] = True
    partnered = np.zeros(len(rows), dtype=bool)
    for side in (0, 1):
        partnered[near[~gone[near[:, 1 - side]], side]] = True
    language = np.array([planted.language for planted in rows])
    length = np.array([len(text_of(planted.record)) for planted in rows])
    short = (length >= 20) & (length <= 100)
    for name, those in {"en": language == "en", "zh": language == "zh", "20 to 100 characters": short}.items():
        of = near[those[near[:, 1]]]
        print(
            f"  {threshold:.2f}  {name:20}  {len(of):8,} pairs  {int((gone & those).sum()):7,} dropped"
            f"  recall {share((gone[of]).any(axis=1)):.4f}  precision {share(partnered[gone & those]):.4f}"
            f"  verdicts {share((gone == ideal)[those]):.5f}"
        )


def datasketch_drops(texts: list[str], threshold: float) -> np.ndarray:
    """Return the rows datasketch's LSH would drop: those that find an earlier kept row, unverified."""
    from datasketch import MinHash, MinHashLSH

    index, dropped = MinHashLSH(threshold=threshold, num_perm=128), []
    for row, text in enumerate(texts):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([gram.encode() for gram in shingle_set(text)])
        if index.query(sketch):
            dropped.append(row)
        else:
            index.insert(row, sketch)
    return np.array(dropped, dtype=np.int64)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--thresholds", type=float, nargs="+", default=[0.7, 0.8])
    parser.add_argument("--datasketch", type=int, default=0, metavar="N")
    asked = parser.parse_args()
    rows = list(corpus(asked.samples, asked.seed))
    texts = [text_of(planted.record) for planted in rows]
    samples = [sample_of(planted.record) for planted in rows]
    pairs, exact = true_pairs(rows, texts, min(asked.thresholds))
    print(f"{len(rows):,} samples, {sum(map(len, texts)) / len(texts):.0f} characters each, seed {asked.seed}")
    for threshold in asked.thresholds:
        begun = time.process_time()
        verdicts = resolve_in_memory(NearDedup(threshold=threshold), samples)
        print(f"near_dedup: {(time.process_time() - begun) / len(rows) * 1e6:.1f} µs of CPU per sample")
        judge(rows, pairs, exact, verdicts.rows, threshold)
    if few := min(asked.datasketch, len(rows)):
        inside = pairs.max(axis=1) < few
        begun = time.process_time()
        dropped = datasketch_drops(texts[:few], max(asked.thresholds))
        print(f"datasketch, first {few:,}: {(time.process_time() - begun) / few * 1e6:.1f} µs of CPU per sample")
        judge(rows[:few], pairs[inside], exact[inside], dropped, max(asked.thresholds))


if __name__ == "__main__":
    main()
