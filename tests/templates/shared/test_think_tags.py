"""A content is taken apart at its `<think>` tags, or written to the letter with the tags as tokens."""

import pytest

from instrkit.templates.shared.think_tags import Thought, read_thought, thinking, word_for_word


@pytest.mark.parametrize(
    ("content", "thought"),
    [
        pytest.param("<think>\nT\n</think>\n\nA", Thought("T", "A"), id="canonical"),
        pytest.param("\n<think>T</think>", Thought("T", ""), id="no-answer"),
        pytest.param("T</think>A", Thought("T", "A"), id="no-start"),
        pytest.param("x<think>T</think>A", Thought("T", "A", whole=False), id="text-before"),
        pytest.param("<think>T</think>A</think>B", Thought("T", "B", whole=False), id="two-ends"),
        pytest.param("</think><think>A", Thought("", "<think>A"), id="wrong-way-round"),
    ],
)
def test_reading(content, thought):
    assert read_thought(content) == thought


@pytest.mark.parametrize(
    "content", ["A", "<think>T</think>A", "T</think>", "x<think>T</think>A</think>B", "<think>T", "</think><think>A"]
)
def test_the_letter_is_kept(content):
    assert "".join(piece[0] for piece in word_for_word(content, 0)) == content


def test_kinds():
    assert [(text, kind) for text, kind, *_ in word_for_word("x<think>T</think>A", 0)] == [
        ("x", "content"), ("<think>", "end"), ("T", "thinking"), ("</think>", "end"), ("A", "content"),
    ]  # fmt: skip
    assert [piece[:4] for piece in thinking("T", 2)] == [
        ("<think>", "end", 2, True), ("\nT\n", "thinking", 2, True), ("</think>", "end", 2, True),
    ]  # fmt: skip
