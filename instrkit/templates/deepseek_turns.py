"""The turns of DeepSeek V3 and R1, with the state that their chat templates carry from turn to turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from instrkit.sample import Message, ToolCall
from instrkit.templates.base import Kind, Piece
from instrkit.templates.deepseek_tokens import (
    ASSISTANT,
    CALL_END,
    CALLS,
    CALLS_END,
    EOS,
    NEW_CALL,
    NEW_OUTPUT,
    OUTPUT_END,
    OUTPUTS,
    OUTPUTS_END,
    SEP,
    THINK,
    THINK_END,
    USER,
)

__all__ = ["DeepSeekTurns"]


@dataclass(slots=True)
class DeepSeekTurns:
    r"""
    The turns being written.

    The templates never forget that there has been a call or a result: only the first call of a text is opened by the
    assistant's token and the one that begins calls, only the first result by the one that begins outputs. So it is
    here, for a text must be the one the reference writes; only where text would get lost with *whole*, a turn of calls
    is opened again.

    Attributes:
        pieces: What is written so far.
        whole: Whether to write what the templates drop: thinking, and text beside calls.
        role_loss: Whether `<｜Assistant｜>` and what else opens an answer carry loss.
        output_gap: What stands between results.
        closes: Whether each turn of calls is ended; if not, each call but the first of a text is.
        called: Whether there has been a call.
        answered: Whether there has been a result.
        in_results: Whether the last message was a result.
    """

    pieces: list[Piece]
    whole: bool
    role_loss: bool
    output_gap: str
    closes: bool
    called: bool = field(default=False, init=False)
    answered: bool = field(default=False, init=False)
    in_results: bool = field(default=False, init=False)

    def user(self, message: Message, index: int) -> None:
        """Write a user's turn."""
        self.in_results = False
        self._write(USER, "special", index)
        self._write(message.text, "content", index)

    def result(self, message: Message, index: int) -> None:
        """Write a tool result."""
        self.in_results = True
        if not self.answered:
            self._write(OUTPUTS, "special", index)
        elif self.output_gap:
            self._write(self.output_gap, "separator", index)
        self.answered = True
        self._write(NEW_OUTPUT, "special", index)
        self._write(message.text, "tool", index)
        self._write(OUTPUT_END, "end", index)

    def answer(self, message: Message, index: int) -> None:
        """Write an answer: what stands before the last `</think>` goes, except behind results, or if all is kept."""
        text = message.text
        if self.in_results:
            self._write(OUTPUTS_END, "special", index, train=self.role_loss)
        else:
            self._write(ASSISTANT, "special", index, train=self.role_loss)
            if not self.whole:
                text = text.rpartition(THINK_END)[2]
        self.in_results = False
        self._thinking(message, index)
        self._write(text, "content", index, train=True)
        self._write(EOS, "end", index, train=True)

    def calls(self, message: Message, index: int, arguments: list[str]) -> None:
        """Write a turn of calls, with the text beside them; *arguments* are those of each call."""
        said = message.text or message.thinking
        if self.whole and said and self.called:
            if self.in_results:
                self._write(OUTPUTS_END, "special", index, train=self.role_loss)
            self.called = False
        self.in_results = False
        for call, written in zip(message.tool_calls, arguments, strict=True):
            if self.called:
                self._write("\n", "separator", index, train=True)
            else:
                self._write(ASSISTANT, "special", index, train=self.role_loss)
                self._thinking(message, index)
                if message.text:
                    self._write(message.text, "content", index, train=True)
                self._write(CALLS, "special", index, train=True)
            self._call(call, index, written)
            if self.called and not self.closes:
                self._close(index)
            self.called = True
        if self.closes:
            self._close(index)

    def end(self) -> bool:
        """Write what follows the last message; return whether an answer can be opened then."""
        if self.in_results:
            self._write(OUTPUTS_END, "special", None)
        return not self.in_results

    def _call(self, call: ToolCall, index: int, arguments: str) -> None:
        kind = (call.extra or {}).get("type", "function")
        self._write(NEW_CALL, "special", index, train=True)
        self._write(str(kind), "tool", index, train=True)
        self._write(SEP, "special", index, train=True)
        self._write(call.name, "tool", index, train=True)
        self._write("\n```json\n", "header", index, train=True)
        self._write(arguments, "tool", index, train=True)
        self._write("\n```", "separator", index, train=True)
        self._write(CALL_END, "special", index, train=True)

    def _close(self, index: int) -> None:
        self._write(CALLS_END, "special", index, train=True)
        self._write(EOS, "end", index, train=True)

    def _thinking(self, message: Message, index: int) -> None:
        """The thinking that stands apart from the text, between its tags, if it is to be kept."""
        if self.whole and message.thinking:
            self._write(f"{THINK}\n", "header", index, train=True)
            self._write(message.thinking, "thinking", index, train=True)
            self._write(f"\n{THINK_END}\n\n", "separator", index, train=True)

    def _write(self, text: str, kind: Kind, index: int | None, *, train: bool = False) -> None:
        self.pieces.append((text, kind, index, train, None))
