"""A turn is read from its notation: brackets for loss, control tokens told from text, a dummy prefix marked."""

import pytest

from instrkit.templates.shared.turn import Turn, fixed

CONTROL = ("<|im_start|>", "<|im_end|>", "</s>")


def test_parts_and_their_kinds():
    turn = Turn.read("<|im_start|>assistant\n⟦{}<|im_end|>⟧\n", CONTROL)
    assert turn.before == (("<|im_start|>", "special", False), ("assistant\n", "header", False))
    assert turn.train is True
    assert turn.after == (("<|im_end|>", "end", True), ("\n", "separator", False))


def test_only_the_first_control_token_ends_the_message():
    turn = Turn.read("{}</s>\n<|im_end|>", CONTROL)
    assert [kind for _, kind, _ in turn.after] == ["end", "separator", "special"]


def test_write():
    turn = Turn.read("A: ⟦{}</s>⟧", CONTROL)
    assert turn.write("hi", 3) == [
        ("A: ", "header", 3, False, None), ("hi", "content", 3, True, None), ("</s>", "end", 3, True, None),
    ]  # fmt: skip


def test_a_dummy_prefix_is_a_piece_of_its_own():
    assert fixed("</s>▁x", CONTROL) == [
        ("</s>", "special", None, False, None), (" ", "prefix", None, False, None), ("x", "header", None, False, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("notation", "problem"),
    [
        pytest.param("no place", "expected {} once", id="no-content"),
        pytest.param("{}{}", "expected {} once", id="twice"),
        pytest.param("⟦⟦{}", "brackets do not match", id="opened-twice"),
        pytest.param("{}⟧", "brackets do not match", id="closed-before-opened"),
    ],
)
def test_mistakes(notation, problem):
    with pytest.raises(ValueError, match=problem):
        Turn.read(notation, CONTROL)
