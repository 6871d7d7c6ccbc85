"""The Qwen and Llama models distilled from DeepSeek R1."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Template, special, template
from instrkit.templates.deepseek_tokens import ASSISTANT, BOS, CONTROL, EOS, opening_of
from instrkit.templates.deepseek_turns import DeepSeekTurns
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["DeepSeekR1Distill"]


@template("deepseek-r1-distill")
class DeepSeekR1Distill(Template):
    r"""
    Write the R1 distillates: role tokens, system text first, answers without their thinking, or with it for training.

    The reference ends a turn of calls only behind a second call, and behind each further one; so does this. Tool lists
    have no place. No trainer is public: loss on answers and the token that ends them.

    Attributes:
        layout: `chat`, and `auto`, drop as the reference what stands before `</think>`, calls beside text, and all
            system texts but the last. `training` drops nothing; thinking apart from the text stands before it, as
            `<think>\n…\n</think>\n\n`.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = "Evilcarbon/DeepSeek-R1-Distill-Qwen-32B@95ed18758e69:tokenizer_config.json"
    summary: ClassVar[str] = "DeepSeek R1 distillates: thinking kept for training, dropped in chat"
    bos: ClassVar[str] = BOS
    eos: ClassVar[str] = EOS
    control: ClassVar[tuple[str, ...]] = CONTROL

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers, calls and the tokens that end them are trained."""
        messages = sample.messages
        whole = keeps_all(self.layout)
        opening = opening_of(messages) if whole else _last_system(messages)
        turns = DeepSeekTurns(opening, whole=whole, role_loss=False, output_gap="\n", closes=False)
        for index, message in enumerate(messages):
            if message.role == "user":
                turns.user(message, index)
            elif message.role == "tool":
                turns.result(message, index)
            elif message.role == "assistant" and message.tool_calls and (whole or message.content is None):
                turns.calls(message, index, [arguments_as_given(call) for call in message.tool_calls])
            elif message.role == "assistant" and (message.content is not None or (whole and message.thinking)):
                turns.answer(message, index)
        if turns.end() and generate and not (messages and messages[-1].role == "assistant"):
            turns.pieces.append(special(ASSISTANT))
        return turns.pieces


def _last_system(messages: tuple[Message, ...]) -> list[Piece]:
    """The beginning of a text and the last of the system texts, which the reference takes for all of them."""
    found = [k for k, message in enumerate(messages) if message.role in SYSTEM_ROLES]
    return [special(BOS), *((messages[k].text, "content", k, False, None) for k in found[-1:])]
