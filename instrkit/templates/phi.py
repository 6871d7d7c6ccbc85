"""Phi-3, Phi-3.5 and Phi-4: a control token per role; two generations of Phi-3's template are in use."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Quick, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.turn import Turn

__all__ = ["Phi3", "Phi3MiniHF", "Phi4", "Phi35"]

_PHI3_CONTROL = (
    "<s>", "</s>", "<unk>", "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>",
    "<|placeholder1|>", "<|placeholder2|>", "<|placeholder3|>", "<|placeholder4|>", "<|placeholder5|>",
    "<|placeholder6|>",
)  # fmt: skip


@template("phi3")
class Phi3(Chat):
    """
    Write a turn for each system, user and assistant message, and `<|endoftext|>` behind a whole text.

    That token carries loss where an answer stands before it, as TRL's training variant has it
    (trl/chat_templates/phi3_training.jinja).
    """

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/phi3.jinja"
    summary: ClassVar[str] = "Phi-3: <|user|>, text, <|end|>; a whole text ends with <|endoftext|>"
    eos: ClassVar[str] = "<|endoftext|>"
    control: ClassVar[tuple[str, ...]] = _PHI3_CONTROL
    system: ClassVar[str] = "<|system|>\n{}<|end|>\n"
    user: ClassVar[str] = "<|user|>\n{}<|end|>\n"
    assistant: ClassVar[str] = "<|assistant|>\n⟦{}<|end|>\n⟧"
    plain: ClassVar[tuple[Condition, ...]] = ()

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments of *sample*; what ends the text is trained behind an answer only."""
        pieces = super().pieces(sample, generate=generate)
        if not generate:
            last = len(sample.messages) - 1
            answered = last >= 0 and sample.messages[last].role == "assistant"
            # part of that answer, so that a weight of 0 takes its loss too
            pieces.append((self.eos, "special", last if answered else None, answered, None))
        return pieces

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of plain turns at once; see `Template.quick`."""
        made = super().quick(sample, generate=generate)
        if made is None or generate:
            return made
        text, spans = f"{made[0]}{self.eos}", made[1]
        if sample.messages[-1].role != "assistant":
            return text, spans
        return text, (*spans[:-1], (spans[-1][0], len(text)))


@template("phi3.5")
class Phi35(Phi3):
    """Write what Phi-3 reads, but no turn for an empty system message."""

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/phi3_5.jinja"
    summary: ClassVar[str] = "Phi-3.5: as Phi-3, without a turn for an empty system message"
    plain: ClassVar[tuple[Condition, ...]] = ()

    def turn(self, message: Message, index: int, sample: Sample) -> Turn | None:
        """Return the turn of message *index*, None for an empty system message."""
        if message.role in SYSTEM_ROLES and not message.text:
            return None
        return super().turn(message, index, sample)

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of plain turns at once; see `Template.quick`."""
        if "" in [message.content for message in sample.messages]:
            return None
        return super().quick(sample, generate=generate)


@template("phi3-mini-hf")
class Phi3MiniHF(Chat):
    """
    Write the first template of Phi-3-mini: `<s>`, no system message, and an answer opened behind every question.

    So a text that ends with a question ends with `<|assistant|>` whether or not an answer is to be generated. A system
    message has no place and is reported as dropped. No trainer of its own: the loss is that of Phi-3.
    """

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "Phi-3-mini, first template: <s>, no system message, no <|endoftext|>"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "<|endoftext|>"
    control: ClassVar[tuple[str, ...]] = _PHI3_CONTROL
    start: ClassVar[str] = "<s>"
    user: ClassVar[str] = "<|user|>\n{}<|end|>\n<|assistant|>\n"
    assistant: ClassVar[str] = "⟦{}<|end|>\n⟧"
    open: ClassVar[str] = ""


@template("phi4")
class Phi4(Chat):
    """
    Write every message between `<|im_start|>` and `<|im_end|>`, without line breaks, an answer opened behind questions.

    So a text that ends with a question ends with an opened answer whether or not one is to be generated. No trainer of
    its own: the loss is on answers and the token that ends them.
    """

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "Phi-4: <|im_start|>role<|im_sep|>, text, <|im_end|>, no line breaks"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = (
        "<|im_start|>", "<|im_sep|>", "<|im_end|>", "<|endoftext|>", "<|endofprompt|>",
        "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
    )  # fmt: skip
    system: ClassVar[str] = "<|im_start|>system<|im_sep|>{}<|im_end|>"
    user: ClassVar[str] = "<|im_start|>user<|im_sep|>{}<|im_end|><|im_start|>assistant<|im_sep|>"
    assistant: ClassVar[str] = "⟦{}<|im_end|>⟧"
    open: ClassVar[str] = ""
