"""Mistral Nemo, and the Jinja dialect of version 3: the chat templates of Mistral's model repositories of July 2024."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, Template, special, template
from instrkit.templates.mistral_tools import call_of
from instrkit.templates.shared.by_turns import out_of_turn
from instrkit.templates.shared.calls import function_of, to_json
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["MistralNemo", "asks_alike", "nemo_pieces", "refuse_out_of_turn"]


@template("mistral-nemo")
class MistralNemo(Template):
    """
    Write Mistral Nemo as the chat template of its repository does: version 3 without spaces.

    The reference refuses call ids that are not nine characters long; here any id is written as it is, and none where
    there is none. Arguments are written as the JSON value they stand for.

    Attributes:
        layout: `chat`, and `auto`, as the reference: the system text stands in the last user's turn only if that is
            the last message, else nowhere, and text beside calls is left out. `training` keeps the system text in the
            last user's turn and writes text before calls.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = (
        "lzptouch/llama.cpp@0b3d966f1855:models/templates/mistralai-Mistral-Nemo-Instruct-2407.jinja"
    )
    summary: ClassVar[str] = "Mistral Nemo: [INST]text[/INST]answer</s>, system in the last user's turn"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = (
        "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]",
        "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
    )  # fmt: skip

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; what the assistant writes is trained, with tools its last message only."""
        del generate
        return nemo_pieces(sample, spaced=False, whole=keeps_all(self.layout))


def nemo_pieces(sample: Sample, *, spaced: bool, whole: bool) -> list[Piece]:
    """
    Return the segments of the Jinja dialect.

    Loss as in mistralai/mistral-finetune@20704b220d6f:finetune/data/tokenize.py: everything the assistant writes, with
    a tool list in its last message only.

    Args:
        sample: The sample.
        spaced: Whether the tokenizer is SentencePiece, whose space the dialect spells out; it strips answers then.
        whole: Whether to keep what the dialect drops.

    Raises:
        TemplateError: User and assistant do not take turns, or a system message stands elsewhere than first.
    """
    messages = sample.messages
    refuse_out_of_turn(messages, system_anywhere=False)
    begins = int(bool(messages) and messages[0].role == "system")
    users = [k for k, message in enumerate(messages) if message.role == "user"]
    last, end = users[-1] if users else -1, len(messages) - 1
    writer = _Writer(" " if spaced else "")
    writer.pieces.append(special("<s>"))
    for index in range(begins, len(messages)):
        message = messages[index]
        train = index == end or not sample.tools
        if message.role == "user":
            if sample.tools and (index == last if whole else asks_alike(message, messages[last])):
                writer.write("[AVAILABLE_TOOLS]", [(_tools_of(sample.tools), "tool", None, False, None)])
                writer.pieces.append(("[/AVAILABLE_TOOLS]", "special", None, False, None))
            said: list[Piece] = [(message.text, "content", index, False, None)]
            if begins and index == (last if whole else end):
                said[:0] = [(messages[0].text, "content", 0, False, None), ("\n\n", "separator", 0, False, None)]
            writer.write("[INST]", said)
            writer.pieces.append(("[/INST]", "end", index, False, None))
        elif message.role == "assistant":
            text = message.text.strip() if spaced and not message.tool_calls else message.text
            if not message.tool_calls or (whole and text):
                writer.write("", [(text, "content", index, train, None)])
            if message.tool_calls:
                writer.write("[TOOL_CALLS]", [(_calls_of(message.tool_calls), "tool", index, train, None)])
            writer.pieces.append(("</s>", "end", index, train, None))
        else:
            writer.write("[TOOL_RESULTS]", [(_result_of(message), "tool", index, False, None)])
            writer.pieces.append(("[/TOOL_RESULTS]", "end", index, False, None))
    return writer.pieces


class _Writer:
    """The pieces being written; *space* is what stands before each text."""

    def __init__(self, space: str) -> None:
        self.pieces: list[Piece] = []
        self.space = space

    def write(self, token: str, said: Sequence[Piece]) -> None:
        """Write a control token, if any, and the texts behind it."""
        _, _, index, train, _ = said[-1]
        if token:
            self.pieces.append((token, "special", index, train, None))
        if self.space:
            self.pieces.append((self.space, "prefix", index, train, None))
        self.pieces += said


def refuse_out_of_turn(messages: Sequence[Message], *, system_anywhere: bool) -> None:
    """
    Refuse what the Jinja templates refuse: calls and results aside, every other message is the user's.

    Args:
        messages: The messages.
        system_anywhere: Whether a later system message may stand in the assistant's place.

    Raises:
        TemplateError: They are not.
    """
    turn = 0
    for index, message in enumerate(messages):
        role = message.role
        if index == 0 and role == "system":
            continue
        if role == "developer" or (role == "system" and not system_anywhere):
            raise TemplateError(f"messages[{index}]: {role} message: expected one system message, the first; remove it")
        if role == "tool" or message.tool_calls:
            continue
        if (role == "user") != (turn % 2 == 0):
            raise out_of_turn(index, role)
        turn += 1


def asks_alike(message: Message, last: Message) -> bool:
    """Whether *message* is, for the reference, the last user's: it compares what they say and not where they stand."""
    return message is last or (message.content, message.name) == (last.content, last.name)


def _tools_of(tools: Sequence[Any]) -> str:
    """The tool list: strings of a function stand between quotes as they are, its `return` not at all."""
    written: list[str] = []
    for tool in tools:
        function = function_of(tool)
        entries = [
            f'"{key}": "{value}"' if isinstance(value, str) else f'"{key}": {to_json(value)}'
            for key, value in (function.items() if isinstance(function, dict) else ())
            if key != "return"
        ]
        written.append(f'{{"type": "function", "function": {{{", ".join(entries)}}}}}')
    return f"[{', '.join(written)}]"


def _calls_of(calls: Sequence[ToolCall]) -> str:
    return to_json([call_of(call, with_id=True) for call in calls])


def _result_of(message: Message) -> str:
    """One result: its text as it stands, JSON or not, and the id of its call."""
    call_id = "" if message.tool_call_id is None else f', "call_id": "{message.tool_call_id}"'
    return f'{{"content": {message.text}{call_id}}}'
