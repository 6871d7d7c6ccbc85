"""DeepSeek's control tokens, spelled with full-width bars and lower one-eighth blocks, and the opening of its texts."""

from __future__ import annotations

from collections.abc import Sequence

from instrkit.sample import Message
from instrkit.templates.base import Piece, special
from instrkit.templates.shared.by_turns import SYSTEM_ROLES

__all__ = [
    "ASSISTANT",
    "BOS",
    "CALLS",
    "CALLS_END",
    "CALL_END",
    "CONTROL",
    "EOS",
    "NEW_CALL",
    "NEW_OUTPUT",
    "OUTPUTS",
    "OUTPUTS_END",
    "OUTPUT_END",
    "SEP",
    "THINK",
    "THINK_END",
    "USER",
    "opening_of",
]

BOS = "<｜begin▁of▁sentence｜>"
EOS = "<｜end▁of▁sentence｜>"
USER = "<｜User｜>"
ASSISTANT = "<｜Assistant｜>"
CALLS, CALLS_END = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"
NEW_CALL, SEP, CALL_END = "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"
OUTPUTS, OUTPUTS_END = "<｜tool▁outputs▁begin｜>", "<｜tool▁outputs▁end｜>"
NEW_OUTPUT, OUTPUT_END = "<｜tool▁output▁begin｜>", "<｜tool▁output▁end｜>"

CONTROL = (
    BOS, EOS, USER, ASSISTANT, CALLS, CALLS_END, NEW_CALL, SEP, CALL_END, OUTPUTS, OUTPUTS_END, NEW_OUTPUT,
    OUTPUT_END,
)  # fmt: skip

# Added to the tokenizers, but not as special tokens: answers in data spell them as text, so they are text here.
THINK, THINK_END = "<think>", "</think>"


def opening_of(messages: Sequence[Message]) -> list[Piece]:
    """Return the beginning of a text and all system texts, wherever they stand, with a blank line between."""
    pieces = [special(BOS)]
    for index, message in enumerate(messages):
        if message.role in SYSTEM_ROLES:
            if len(pieces) > 1:
                pieces.append(("\n\n", "separator", index, False, None))
            pieces.append((message.text, "content", index, False, None))
    return pieces
