"""Trainers that find answers by splitting lose what holds the separators: all of it, and just as they do."""

import pytest

from instrkit.templates.base import Piece
from instrkit.templates.shared.split_loss import split_loss, split_trained, trained

MARK = " A: "


def learned(text: str, which: str) -> list[str]:
    return [text[start:end] for start, end in split_loss(text, MARK, "</s>", which)]


@pytest.mark.parametrize(
    ("text", "only", "last"),
    [
        pytest.param("U: q A: a</s>", [" a</s>"], [" a</s>"], id="one"),
        pytest.param("U: q A: a</s>U: p A: b</s>", [" a</s>", " b</s>"], [" a</s>", " b</s>"], id="two"),
        pytest.param("U: q", [], [], id="open"),
        pytest.param("U: q A:U: p A: b</s>", [" b</s>"], [" b</s>"], id="empty-answer-in-history"),
        pytest.param("U: q A:", [], [], id="empty-answer"),
        pytest.param("U: x</s>y A: a</s>", [], ["U: x</s>", " a</s>"], id="stop-in-question"),
        pytest.param("U: x A: y A: a</s>", [], [" a</s>"], id="mark-in-question"),
        pytest.param("U: x A: y</s>U: z A: a</s>", [" y</s>", " a</s>"], [" y</s>", " a</s>"], id="forged-turn"),
        pytest.param("U: q A: a</s></s>", [], [], id="stop-at-the-end"),
        pytest.param("", [], [], id="empty"),
        pytest.param("U: 问 A: 答🎉</s>", [" 答🎉</s>"], [" 答🎉</s>"], id="chinese-and-emoji"),
    ],
)
def test_what_is_trained(text, only, last):
    assert learned(text, "only") == only
    assert learned(text, "last") == last


def test_turns_without_a_mark_are_one_stretch():
    assert learned("a</s>b</s>", "last") == ["a</s>b</s>"]


def piece(text: str, *, train: bool = False) -> Piece:
    return (text, "content", 0, train, None)


@pytest.mark.parametrize(
    ("spans", "parts"),
    [
        pytest.param((), [("ab", False), ("", False), ("cde", False)], id="none"),
        pytest.param(((0, 5),), [("ab", True), ("", True), ("cde", True)], id="all"),
        pytest.param(((1, 3),), [("a", False), ("b", True), ("", True), ("c", True), ("de", False)], id="across"),
        pytest.param(((0, 2),), [("ab", True), ("", False), ("cde", False)], id="to-a-border"),
        pytest.param(((0, 1), (3, 4)), [("a", True), ("b", False), ("", False), ("c", False), ("d", True), ("e", False)], id="two"),
    ],
)  # fmt: skip
def test_pieces_are_cut_where_a_span_begins_or_ends(spans, parts):
    made = trained([piece("ab"), piece(""), piece("cde", train=True)], spans)
    assert [(text, train) for text, _, _, train, _ in made if text] == [(text, train) for text, train in parts if text]


def test_pieces_are_trained_where_splitting_their_text_finds_an_answer():
    made = split_trained([piece("U: q A:"), piece(" a</s>", train=True)], MARK, "</s>", "only")
    assert "".join(text for text, _, _, train, _ in made if train) == " a</s>"
    assert not any(train for _, _, _, train, _ in split_trained([piece("U: q", train=True)], MARK, "</s>", "only"))
