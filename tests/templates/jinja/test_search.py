"""Texts are looked for in what their message adds, and only where it is sure what that is."""

from instrkit.templates.jinja.marks import Spot
from instrkit.templates.jinja.search import search

MESSAGES = [{"role": "user", "content": " a "}, {"role": "assistant", "content": "a", "reasoning_content": "t"}]


def plain(messages: list, generate: bool) -> str:
    text = "".join(f"{m['role'][0]}:{m.get('reasoning_content', '')}{m['content'].strip()};" for m in messages)
    return text + "a:" * generate


def test_each_text_is_found_in_its_own_message():
    assert search(plain(MESSAGES, False), MESSAGES, plain, generate=False) == [
        Spot(2, 3, (0, "content")),
        Spot(6, 7, (1, "thinking")),
        Spot(7, 8, (1, "content")),
    ]


def test_an_altered_text_is_not_found():
    upper = lambda messages, generate: plain(messages, generate).upper()  # noqa: E731
    assert search(upper(MESSAGES, True), MESSAGES, upper, generate=True) == []


def test_a_history_that_is_rewritten_says_nothing():
    counting = lambda messages, generate: f"{len(messages)}{plain(messages, generate)}"  # noqa: E731
    assert search(counting(MESSAGES, False), MESSAGES, counting, generate=False) is None
