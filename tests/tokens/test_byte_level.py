"""In a byte-level vocabulary, places follow from the sizes of tokens; a split character belongs to all its tokens."""

from __future__ import annotations

from instrkit.tokens.byte_level import byte_cuts, byte_offsets

SIZES = [1, 2, 3]


def test_a_cut_is_the_first_token_behind_it() -> None:
    assert byte_cuts("abcdef", [1, 2, 0], SIZES, [0, 1, 2, 5, 6]) == [
        (0, False), (1, True), (1, False), (2, False), (3, False),
    ]  # fmt: skip


def test_characters_are_not_bytes() -> None:
    assert byte_cuts("你a好", [2, 0, 2], SIZES, [1, 2, 3]) == [(1, False), (2, False), (3, False)]
    assert byte_cuts("你a", [1, 1], SIZES, [1]) == [(2, True)]


def test_a_token_that_holds_part_of_a_character_stands_for_all_of_it() -> None:
    assert byte_offsets("你a", [0, 1, 0], SIZES) == ([0, 1, 0], [0, 0, 1], [1, 1, 2])
    assert byte_offsets("", [], SIZES) == ([], [], [])
