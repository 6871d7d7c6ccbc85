"""InternLM2: ChatML behind `<s>`, with turns for plugins and for what they answer."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import arguments_text, function_of, to_json
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.tool_tags import spoken
from instrkit.templates.shared.turn import Turn

__all__ = ["InternLM2"]


@template("internlm2")
class InternLM2(Chat):
    """
    Write InternLM2-Chat's layout: tools in a system turn of their own, calls and results as its plugin protocol says.

    The chat template knows plain turns only; the protocol is in InternLM/InternLM@1182cbbb1660:chat/chat_format.md.
    Thinking has no place in it. The loss is on the answer and the token that ends it, as no trainer is known.
    """

    source: ClassVar[str] = "NanSang2000/S1mpleAgent@4275caa205db:tokenizer_config.json"
    summary: ClassVar[str] = "InternLM2: <s> and ChatML, plugins in a system turn, results in an environment turn"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = (
        "<s>", "</s>", "<unk>", "<|im_start|>", "<|im_end|>", "<|action_start|>", "<|action_end|>", "<|interpreter|>",
        "<|plugin|>",
    )  # fmt: skip

    start: ClassVar[str] = "<s>"
    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦{}<|im_end|>⟧\n"
    tool: ClassVar[str | None] = "<|im_start|>environment name=<|plugin|>\n{}<|im_end|>\n"
    plain: ClassVar[tuple[Condition, ...]] = ()

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the tools follow the system message, or come first without one."""
        pieces = super().pieces(sample, generate=generate)
        if not sample.tools:
            return pieces
        forms = self.forms()
        at = len(forms.start)
        if self.default_system is not None or (sample.messages and sample.messages[0].role in SYSTEM_ROLES):
            at += len(forms.roles["system"].write("", None))
        form = Turn.read("<|im_start|>system name=<|plugin|>\n{}<|im_end|>\n", self.control)
        listed = to_json([function_of(tool) for tool in sample.tools], indent=4)
        return [*pieces[:at], *form.write(listed, None, "tool"), *pieces[at:]]

    def said(self, message: Message, index: int, sample: Sample, form: Turn) -> list[Piece]:
        """Return what stands inside the turn of message *index*: its text, then its calls."""
        pieces = super().said(message, index, sample, form)
        for call in message.tool_calls:
            written = f'\n{{"name": {to_json(call.name)}, "parameters": {arguments_text(call)}}}'
            pieces.append(spoken("<|action_start|>", index, "end"))
            pieces.append(spoken("<|plugin|>", index, "end"))
            pieces.append(spoken(written, index, "tool"))
            pieces.append(spoken("<|action_end|>", index, "end"))
        return pieces
