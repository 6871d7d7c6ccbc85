"""StarChat: `<|system|>`, `<|user|>` and `<|assistant|>` turns; StarChat2: ChatML."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Quick, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition

__all__ = ["StarChat", "StarChat2"]


@template("starchat")
class StarChat(Chat):
    """
    Write StarChat alpha's and beta's dialogues; the script masks user turns only.

    The system turn is always there, if empty, and carries loss; so does `<|assistant|>`. The prompt for generation
    ends with `<|assistant|>` alone, although every trained answer begins with a line break behind it.

    Attributes:
        default_system: The system text of samples without one.
    """

    default_system: str | None = ""

    source: ClassVar[str] = "bigcode-project/starcoder@d72c7fe3dda8:chat/dialogues.py"
    summary: ClassVar[str] = "StarChat: <|system|>, <|user|>, <|assistant|>, loss on all but user turns"
    eos: ClassVar[str] = "<|end|>"
    control: ClassVar[tuple[str, ...]] = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>")

    system: ClassVar[str] = "⟦<|system|>\n{}<|end|>\n⟧"
    user: ClassVar[str] = "<|user|>\n{}<|end|>\n"
    assistant: ClassVar[str] = "⟦<|assistant|>\n{}<|end|>\n⟧"
    open: ClassVar[str] = "<|assistant|>"
    plain: ClassVar[tuple[Condition, ...]] = ()

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of plain turns at once; see `Template.quick`."""
        return None if self.default_system else super().quick(sample, generate=generate)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; a default system text is trained as any other."""
        pieces = super().pieces(sample, generate=generate)
        if self.default_system and not any(message.role in SYSTEM_ROLES for message in sample.messages):
            at = len(self.forms().roles["system"].before)
            pieces[at] = (self.default_system, "header", None, True, None)
        return pieces


@template("starchat2")
class StarChat2(Chat):
    """Write StarChat2's chat template: ChatML without a default system text; the loss is on answers and their end."""

    source: ClassVar[str] = "huggingface/alignment-handbook@925acdfe4b2b:recipes/starchat2-15b/sft/config_v0.1.yaml"
    summary: ClassVar[str] = "StarChat2: ChatML, no default system text"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")

    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦{}<|im_end|>⟧\n"
    tool: ClassVar[str | None] = "<|im_start|>tool\n{}<|im_end|>\n"
