"""In memory a global op gives the verdicts an engine would give."""

from __future__ import annotations

from instrkit.ops.exact_dedup import ExactDedup
from instrkit.ops.in_memory import resolve_in_memory
from instrkit.ops.near_dedup import NearDedup
from instrkit.sample import Message, Sample


def sample(text: str) -> Sample:
    return Sample((Message("user", text),))


def test_rows_are_positions() -> None:
    verdicts = resolve_in_memory(ExactDedup(), [sample("a"), sample("b"), sample("a")])
    assert (verdicts.rows.tolist(), verdicts.of.tolist()) == ([2], [0])


def test_evidence_is_asked_for_candidates_only() -> None:
    asked: list[int] = []

    class Watched(NearDedup):
        def evidence(self, batch):
            asked.append(len(batch))
            return super().evidence(batch)

    copies = [
        sample("one text that comes twice"),
        sample("another text altogether"),
        sample("one text that comes twice"),
    ]
    assert resolve_in_memory(Watched(), copies).rows.tolist() == [2]
    assert asked == [2]


def test_no_samples_are_no_verdicts() -> None:
    assert resolve_in_memory(NearDedup(), []).rows.size == 0
