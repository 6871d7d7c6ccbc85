"""DeepSeek's texts begin with the system texts, whatever they say."""

from instrkit.templates.deepseek_tokens import BOS, CONTROL, opening_of
from tests.templates.samples import chat


def test_an_opening_holds_every_system_text_an_empty_one_too() -> None:
    pieces = opening_of(chat("s:", "u:x", "s:B").messages)
    assert [(piece[0], piece[2]) for piece in pieces] == [(BOS, None), ("", 0), ("\n\n", 2), ("B", 2)]


def test_tokens_are_all_different() -> None:
    assert len(set(CONTROL)) == len(CONTROL) == 13
