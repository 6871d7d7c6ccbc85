"""Control tokens part a text into runs; loss that begins inside a run is a cut in it."""

from __future__ import annotations

from instrkit.templates import render
from instrkit.tokens.runs import Run, outline
from tests.templates.samples import chat


def test_a_dialogue_in_runs(small) -> None:
    tokenizer = small["byte-level"]
    made = outline(render(chat("u:Hi", "a:Ho"), "chatml"), tokenizer, strict=True)
    shown = [(part.text, part.train, part.cuts) if isinstance(part, Run) else part[0] for part in made.parts]
    start, end = tokenizer.controls["<|im_start|>"], tokenizer.controls["<|im_end|>"]
    assert shown == [
        start, ("user\nHi", False, []), end, ("\n", False, []),
        start, ("assistant\nHo", False, [10]), end, ("\n", False, []),
    ]  # fmt: skip
    assert [part[1] for part in made.parts if not isinstance(part, Run)] == [-100, -100, -100, end]


def test_cuts_stand_where_the_loss_changes() -> None:
    run = Run(["a", "bc", "d", "ef"], [True, True, False, True], None, bare=False)
    assert (run.text, run.train, run.cuts) == ("abcdef", True, [3, 4])
    assert Run(["a", "b"], [True, True], None, bare=False).cuts == []


def test_missing_tokens_join_the_text_around_them(small) -> None:
    made = outline(render(chat("u:Hi", "a:Ho"), "alpaca"), small["byte-level"], strict=False)
    assert [part.text[-10:] for part in made.parts if isinstance(part, Run)] == ["onse:Ho</s>"[-10:]]
    assert made.missing == 2
