"""Markup is control, blanks and letters are text, and ordinary code is neither."""

from __future__ import annotations

import pytest

from instrkit.tokens.control_names import is_text, names_control


@pytest.mark.parametrize(
    "token", ["<s>", "</s>", "<|im_end|>", "<｜User｜>", "<reserved_106>", "[gMASK]", "[UNUSED_TOKEN_3]"]
)
def test_names_of_control_tokens(token: str) -> None:
    assert names_control(token)


@pytest.mark.parametrize("token", ["", "<", "<|", "<||>", "<br>", "[0]", "[i]", "sop", "<0x0A>", "▁<s>", "hello"])
def test_look_alikes(token: str) -> None:
    assert not names_control(token)


@pytest.mark.parametrize(
    ("token", "special", "text"),
    [
        ("    ", False, True),
        ("ø", False, True),
        ("\n\n", False, True),
        ("<think>", False, False),
        ("    ", True, False),
    ],
)
def test_added_tokens_that_are_text(token: str, special: bool, text: bool) -> None:
    assert is_text(token, special=special) is text
