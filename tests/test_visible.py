"""Nothing in a text that is shown can move the cursor, turn the direction of writing, or fail to be encoded."""

import unicodedata

import pytest

from instrkit.visible import CONTROLS, named_controls


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("a\x1b[2Jb", "a␛[2Jb", id="escape"),
        pytest.param("\x9b2J", "⟨CSI⟩2J", id="escape-in-one-character"),
        pytest.param("a\r\n", "a␍\n", id="carriage-return"),
        pytest.param("\x00\x7f\x85", "␀␡⟨NEL⟩", id="controls"),
        pytest.param("a\u202eb\u2069\u200f", "a⟨RLO⟩b⟨PDI⟩⟨RLM⟩", id="direction"),
        pytest.param("\ud800", "⟨D800⟩", id="lone-surrogate"),
        pytest.param("\u2028\u200b", "⟨LS⟩⟨ZWSP⟩", id="lines-and-no-width"),
    ],
)
def test_what_a_terminal_would_obey_is_named(text, seen):
    assert named_controls(text) == seen


@pytest.mark.parametrize("text", ["a b\tc\nd", "你好，", "👩‍👩‍👧", "می\u200cخواهم", "\u00a0é"])
def test_all_else_stays(text):
    assert named_controls(text) == text


def test_no_control_character_or_turn_of_direction_is_left():
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    every = {code for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cs"}}
    every |= {code for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in turns}
    assert every - CONTROLS.keys() == {ord("\n"), ord("\t")}
    assert not {ord(char) for name in CONTROLS.values() for char in name} & CONTROLS.keys()
