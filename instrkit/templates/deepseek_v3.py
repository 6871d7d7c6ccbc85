"""DeepSeek V3, as TRL's training template of it writes and trains it."""

from __future__ import annotations

from typing import ClassVar, Literal

from instrkit.sample import Sample, ToolCall
from instrkit.templates.base import Piece, Template, header, special, template
from instrkit.templates.deepseek_tokens import ASSISTANT, BOS, CONTROL, EOS, opening_of
from instrkit.templates.deepseek_turns import DeepSeekTurns
from instrkit.templates.shared.calls import arguments_text, to_json
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["DeepSeekV3"]


@template("deepseek-v3")
class DeepSeekV3(Template):
    r"""
    Write DeepSeek V3: role tokens, system texts first, loss from `<｜Assistant｜>` to the end of an answer.

    Tool lists have no place. The training template drops what stands before `</think>` and, in all turns of calls but
    the first, the text beside the calls; both are reported.

    Attributes:
        layout: `training` keeps what the reference drops, and writes thinking apart from the text before it, as
            `<think>\n…\n</think>\n\n`; `chat` and `auto` are the reference.
        arguments: How arguments that came as a string are written: `given` as the reference, which makes a JSON string
            of them, quotes escaped; `object` as the JSON they hold, what models of this family write.
    """

    layout: Layout = "auto"
    arguments: Literal["given", "object"] = "given"

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/deepseekv3_training.jinja"
    summary: ClassVar[str] = "DeepSeek V3: role tokens, loss from the assistant's token to the end of its answer"
    bos: ClassVar[str] = BOS
    eos: ClassVar[str] = EOS
    control: ClassVar[tuple[str, ...]] = CONTROL

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; all of the assistant's turns is trained, its role token too."""
        messages = sample.messages
        whole = keeps_all(self.layout)
        turns = DeepSeekTurns(opening_of(messages), whole=whole, role_loss=True, output_gap="", closes=True)
        for index, message in enumerate(messages):
            if message.role == "user":
                turns.user(message, index)
            elif message.role == "tool":
                turns.result(message, index)
            elif message.role == "assistant" and message.tool_calls:
                turns.calls(message, index, [self._arguments(call) for call in message.tool_calls])
            elif message.role == "assistant":
                turns.answer(message, index)
        if turns.end() and generate and not (messages and messages[-1].role == "assistant"):
            turns.pieces += (special(ASSISTANT), header("<think>\n"))
        return turns.pieces

    def _arguments(self, call: ToolCall) -> str:
        raw = call.arguments_raw
        return arguments_text(call) if raw is None or self.arguments == "object" else to_json(raw)
