"""DeepSeek V3.1: every answer to a user opens with `</think>`, or with `<think>` where it thinks."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Template, header, special, template
from instrkit.templates.deepseek_tokens import (
    ASSISTANT,
    BOS,
    CALL_END,
    CALLS,
    CALLS_END,
    CONTROL,
    EOS,
    NEW_CALL,
    NEW_OUTPUT,
    OUTPUT_END,
    SEP,
    THINK,
    THINK_END,
    USER,
    opening_of,
)
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["DeepSeekV31"]


@template("deepseek-v3.1")
class DeepSeekV31(Template):
    """
    Write DeepSeek V3.1: system texts first, calls as name and arguments, nothing between a result and what follows it.

    Tool lists have no place. No trainer is public: loss on answers, calls and the token that ends them, not on the
    `</think>` or `<think>` that a prompt for generation holds already.

    Attributes:
        thinking: Whether a prompt for generation lets the model think.
        enable_thinking: Another name for it, which counts where *thinking* is not given.
        layout: `chat`, and `auto`, drop as the reference what stands before `</think>` and thinking apart from the
            text. `training` keeps both: such an answer opens with `<think>`.
    """

    thinking: bool | None = None
    enable_thinking: bool | None = None
    layout: Layout = "auto"

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:models/templates/deepseek-ai-DeepSeek-V3.1.jinja"
    summary: ClassVar[str] = "DeepSeek V3.1: </think> before answers, <think> before those that think"
    bos: ClassVar[str] = BOS
    eos: ClassVar[str] = EOS
    control: ClassVar[tuple[str, ...]] = CONTROL

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers, calls and the tokens that end them are trained."""
        messages = sample.messages
        thinks = bool(self.enable_thinking if self.thinking is None else self.thinking)
        whole = keeps_all(self.layout)
        pieces = opening_of(messages)
        before = ""
        for index, message in enumerate(messages):
            role = message.role
            if role == "user":
                pieces += (_special(USER, index), (message.text, "content", index, False, None))
            elif role == "tool":
                said: Piece = (message.text, "tool", index, False, None)
                pieces += (_special(NEW_OUTPUT, index), said, (OUTPUT_END, "end", index, False, None))
            elif role == "assistant":
                pieces += _answer(message, index, before=before, whole=whole, thinks=thinks)
            if role in {"user", "tool", "assistant"}:
                before = role
        if generate and before == "user":
            pieces += (special(ASSISTANT), header(THINK if thinks else THINK_END))
        return pieces


def _answer(message: Message, index: int, *, before: str, whole: bool, thinks: bool) -> list[Piece]:
    """One turn of the assistant, after a message of the role *before*."""
    text = message.text
    opened = THINK_END
    thinking = message.thinking if whole else None
    inside = THINK_END in text and not message.tool_calls and before != "tool"
    if inside and not whole:
        text = text.partition(THINK_END)[2]
    elif inside and thinking is None:
        opened = "" if text.startswith(THINK) else THINK
    if not message.tool_calls and thinks and (message.extra or {}).get("prefix"):
        opened = THINK  # an answer begun for the model to go on with
    pieces: list[Piece] = []
    if before == "user":
        pieces.append(_special(ASSISTANT, index))
    if thinking:
        pieces += [
            (THINK, "header", index, before != "user", None),
            (thinking, "thinking", index, True, None),
            (THINK_END, "separator", index, True, None),
        ]
    elif before == "user" and opened:
        pieces.append((opened, "header", index, False, None))
    if text or not message.tool_calls:
        pieces.append((text, "content", index, True, None))
    return [*pieces, *_calls(message, index), (EOS, "end", index, True, None)]


def _calls(message: Message, index: int) -> list[Piece]:
    if not message.tool_calls:
        return []
    pieces = [_special(CALLS, index, train=True)]
    for call in message.tool_calls:
        said: tuple[tuple[str, Kind], ...] = (
            (NEW_CALL, "special"),
            (call.name, "tool"),
            (SEP, "special"),
            (arguments_as_given(call), "tool"),
            (CALL_END, "special"),
        )
        pieces += [(text, kind, index, True, None) for text, kind in said]
    return [*pieces, _special(CALLS_END, index, train=True)]


def _special(token: str, index: int, *, train: bool = False) -> Piece:
    return (token, "special", index, train, None)
