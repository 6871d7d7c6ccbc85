"""Command R: turns between `<|START_OF_TURN_TOKEN|>` and `<|END_OF_TURN_TOKEN|>`."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES, leads, refuse_unless_by_turns
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.turn import Turn

__all__ = ["CommandR"]


@template("command-r")
class CommandR(Chat):
    """
    Write a system message, then user and chatbot in turn, their texts without the white space around them.

    The system text stays as it is. Tools have a template of their own, which is not this one: they are reported as
    dropped. No trainer of its own: the loss is on answers and the token that ends them.
    """

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "Command R: system, then user and chatbot in turn, texts stripped"
    bos: ClassVar[str] = "<BOS_TOKEN>"
    eos: ClassVar[str] = "<|END_OF_TURN_TOKEN|>"
    control: ClassVar[tuple[str, ...]] = (
        "<BOS_TOKEN>", "<EOS_TOKEN>", "<PAD>", "<UNK>", "<CLS>", "<SEP>", "<MASK_TOKEN>", "<|START_OF_TURN_TOKEN|>",
        "<|END_OF_TURN_TOKEN|>", "<|SYSTEM_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>", "<EOP_TOKEN>",
    )  # fmt: skip
    start: ClassVar[str] = "<BOS_TOKEN>"
    system: ClassVar[str] = "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{}<|END_OF_TURN_TOKEN|>"
    user: ClassVar[str] = "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{}<|END_OF_TURN_TOKEN|>"
    assistant: ClassVar[str] = "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>⟦{}<|END_OF_TURN_TOKEN|>⟧"
    strip: ClassVar[bool] = True
    plain: ClassVar[tuple[Condition, ...]] = ("in turn",)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*.

        Raises:
            TemplateError: User and assistant do not take turns after the system message.
        """
        refuse_unless_by_turns(sample.messages, leads(sample.messages))
        return super().pieces(sample, generate=generate)

    def said(self, message: Message, index: int, sample: Sample, form: Turn) -> list[Piece]:
        """Return the text of message *index*, that of a system message as it is."""
        if message.role in SYSTEM_ROLES:
            return [(message.text, "content", index, form.train, None)]
        return super().said(message, index, sample, form)
