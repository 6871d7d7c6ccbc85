"""AquilaChat: `### Human:` and `### Assistant:` on lines in training, glued by `###` in its own chat."""

from __future__ import annotations

from typing import ClassVar, Final

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Template, header, template
from instrkit.templates.shared.layout import Layout, for_training

__all__ = ["Aquila"]

SYSTEM: Final = (
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions."
)
"""What every text begins with (FlagAI-Open/FlagAI@9a885f3384be:examples/Aquila/Aquila-chat/cyg_conversation.py)."""

_ROLES: Final = {"system": "System", "developer": "System", "user": "Human", "assistant": "Assistant"}
_TRAINED: Final = frozenset({"system", "developer", "assistant"})


@template("aquila")
class Aquila(Template):
    r"""
    Write `### Role: TEXT\n` for each message, `[CLS]` and a description of the chat first, `</s>` last.

    The trainer trains all but the human's lines: `[CLS]` and the description too, the `### Assistant: ` before answers,
    and the instruction (`### System: …`), which is what becomes of a system message. Tools and thinking have no place.
    The chat of the same repository writes `###Role: TEXT` without line breaks and without control tokens, and has no
    trainer: the loss is on answers and the `###` that ends them.

    Attributes:
        layout: `training` or `chat`; `auto` is the trainer's text, and the chat's for generation.
        default_system: The description; it stays where there is a system message.
    """

    layout: Layout = "auto"
    default_system: str = SYSTEM

    source: ClassVar[str] = "FlagAI-Open/FlagAI@9a885f3384be:examples/Aquila/Aquila-chat/aquila_chat.py"
    summary: ClassVar[str] = "AquilaChat: ### Human and ### Assistant, loss on all but the human's lines"
    bos: ClassVar[str] = "[CLS]"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("[CLS]", "</s>", "<|endoftext|>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments in the layout asked for."""
        if for_training(self.layout, generate=generate):
            return self._training(sample, generate=generate)
        return self._chat(sample, generate=generate)

    def _training(self, sample: Sample, *, generate: bool) -> list[Piece]:
        pieces: list[Piece] = [
            ("[CLS]", "special", None, True, None),
            (f"{self.default_system}\n\n", "header", None, True, None),
        ]
        said = _said(sample)
        for index, message in said:
            train = message.role in _TRAINED
            pieces += (
                (f"### {_ROLES[message.role]}: ", "header", index, train, None),
                (message.text, "content", index, train, None),
                ("\n", "separator", index, train, None),
            )
        answered = bool(said) and said[-1][1].role == "assistant"
        if not generate:
            last = said[-1][0] if answered else None
            pieces.append(("</s>", "end" if answered else "special", last, True, None))
        elif not answered:
            pieces.append(header("### Assistant:"))
        return pieces

    def _chat(self, sample: Sample, *, generate: bool) -> list[Piece]:
        pieces = [header(f"{self.default_system}###")]
        said = _said(sample)
        for index, message in said:
            name, train = _ROLES[message.role], message.role == "assistant"
            if not message.text:  # `get_prompt()` takes an empty message for one that is to be written
                pieces.append((f"{name}:", "header", index, False, None))
                continue
            pieces += (
                (f"{name}: ", "header", index, False, None),
                (message.text, "content", index, train, None),
                ("###", "separator", index, train, None),
            )
        if generate and not (said and said[-1][1].role == "assistant"):
            pieces.append(header("Assistant:"))
        return pieces


def _said(sample: Sample) -> list[tuple[int, Message]]:
    """The messages that have a place, with their indices: none of tools, none that only calls them or thinks."""
    return [
        (index, message)
        for index, message in enumerate(sample.messages)
        if message.role in _ROLES and (message.content is not None or not (message.tool_calls or message.thinking))
    ]
