"""Kimi K2: every turn opens with a token of its role and a name, `<|im_middle|>` between that and what is said."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Kind, Piece, special, template
from instrkit.templates.shared.calls import arguments_as_given, to_json
from instrkit.templates.shared.chat import Chat

__all__ = ["KimiK2"]


@template("kimi-k2")
class KimiK2(Chat):
    r"""
    Write Kimi K2 Instruct: a default system text with a line break behind it, tools as JSON, results with call ids.

    A turn is named after the message's name, where it has one. Results are `## Return of ID`; a result without an id
    answers the first call that waits, a call without one is `functions.NAME:N`, counted from 1. The reference's branch
    for calls fails in the sandbox it is run in, as it appends to a list; this is what it does elsewhere. No trainer is
    public: loss on answers, calls and the token that ends them.
    """

    default_system: str | None = "You are Kimi, an AI assistant created by Moonshot AI."

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:models/templates/Kimi-K2-Instruct.jinja"
    summary: ClassVar[str] = "Kimi K2: <|im_user|>user<|im_middle|>text<|im_end|>, tools and calls in tokens"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = (
        "[BOS]", "[EOS]", "[PAD]", "<|im_system|>", "<|im_user|>", "<|im_assistant|>", "<|im_middle|>", "<|im_end|>",
        "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>", "<|tool_call_begin|>",
        "<|tool_call_argument_begin|>", "<|tool_call_end|>", "<|media_start|>", "<|media_content|>", "<|media_pad|>",
        "<|media_end|>",
    )  # fmt: skip

    system: ClassVar[str] = "<|im_system|>system<|im_middle|>{}<|im_end|>"
    user: ClassVar[str] = "<|im_user|>user<|im_middle|>{}<|im_end|>"
    assistant: ClassVar[str] = "<|im_assistant|>assistant<|im_middle|>⟦{}<|im_end|>⟧"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers, calls and the token that ends them are trained."""
        messages = sample.messages
        pieces: list[Piece] = []
        if sample.tools:
            declared: Piece = (to_json(list(sample.tools)), "tool", None, False, None)
            pieces += _around("<|im_system|>", ("tool_declare", "header", None, False, None), [declared], None)
        if messages and messages[0].role != "system" and self.default_system is not None:
            default: Piece = (self.default_system, "header", None, False, None)
            pieces += _around("<|im_system|>", ("system", "header", None, False, None), [default], None)
            pieces.append(("\n", "separator", None, False, None))
        calls = _Calls()
        for index, message in enumerate(messages):
            pieces += _turn(message, index, calls)
        if generate and not (messages and messages[-1].role == "assistant"):
            pieces += self.opened(sample)
        return pieces


class _Calls:
    """The ids of calls: those that wait for a result, and how many had to be made up."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.count = 1

    def begin(self, call: ToolCall) -> str:
        """Return the id of a call, which waits for its result now."""
        if call.id is None:
            found = f"functions.{call.name}:{self.count}"
            self.count += 1
        else:
            found = call.id
        self.waiting.append(found)
        return found

    def end(self, message: Message) -> str:
        """Return the id of the call that a result answers: its own if such a call waits, else the first that does."""
        if not self.waiting:
            return f"functions.{message.name or 'unknown'}:{self.count}"
        own = message.tool_call_id
        return self.waiting.pop(self.waiting.index(own) if own in self.waiting else 0)


def _turn(message: Message, index: int, calls: _Calls) -> list[Piece]:
    """One message as a turn."""
    role = message.role
    opening = {"user": "<|im_user|>", "assistant": "<|im_assistant|>"}.get(role, "<|im_system|>")
    name: Piece = (role, "header", index, False, None)
    if message.name:  # the sample's words, which could spell a token
        name = (message.name, "tool" if role == "tool" else "content", index, False, None)
    train = role == "assistant"
    if role == "tool":
        call_id: Piece = (calls.end(message), "tool", index, False, None)
        said = [("## Return of ", "header", index, False, None), call_id, ("\n", "separator", index, False, None)]
        return _around(opening, name, [*said, *_said(message, index, train=False)], index)
    pieces = _said(message, index, train=train)
    if message.tool_calls and train:
        pieces.append(("<|tool_calls_section_begin|>", "special", index, True, None))
        for call in message.tool_calls:
            pieces += [
                ("<|tool_call_begin|>", "special", index, True, None),
                (calls.begin(call), "tool", index, True, None),
                ("<|tool_call_argument_begin|>", "special", index, True, None),
                (arguments_as_given(call), "tool", index, True, None),
                ("<|tool_call_end|>", "special", index, True, None),
            ]
        pieces.append(("<|tool_calls_section_end|>", "special", index, True, None))
    return _around(opening, name, pieces, index, train=train)


def _said(message: Message, index: int, *, train: bool) -> list[Piece]:
    """What a message says; an image is four tokens around a word."""
    kind: Kind = "tool" if message.role == "tool" else "content"
    if not isinstance(message.content, tuple):
        return [(message.text, kind, index, train, None)]
    said: list[Piece] = []
    for part in message.content:
        if part.type == "image":
            said += [
                ("<|media_start|>", "special", index, train, None),
                ("image", "header", index, train, None),
                ("<|media_content|>", "special", index, train, None),
                ("<|media_pad|>", "special", index, train, None),
                ("<|media_end|>", "special", index, train, None),
            ]
        else:
            said.append((part.text or part.placeholder or "", kind, index, train, None))
    return said


def _around(opening: str, name: Piece, said: list[Piece], index: int | None, *, train: bool = False) -> list[Piece]:
    """What is said in a turn, between its opening and its end."""
    start: list[Piece] = [(opening, "special", index, False, None), name]
    middle = special("<|im_middle|>") if index is None else ("<|im_middle|>", "special", index, False, None)
    end: Piece = ("<|im_end|>", "special" if index is None else "end", index, train, None)
    return [*start, middle, *said, end]
