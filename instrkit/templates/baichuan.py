"""Baichuan-13B-Chat and Baichuan2-Chat: reserved tokens; Baichuan2's trainer wants `</s>` where questions begin."""

from __future__ import annotations

from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.layout import Layout, for_training
from instrkit.templates.shared.turn import Turn

__all__ = ["Baichuan", "Baichuan2"]


class Reserved(Chat):
    """What the two have in common: the system text is bare and comes first; tools and thinking have no place."""

    eos: ClassVar[str] = "</s>"
    system: ClassVar[str] = "{}"

    def turn(self, message: Message, index: int, sample: Sample) -> Turn | None:
        """
        Return the turn of message *index*, None for one that only calls tools or thinks.

        Raises:
            TemplateError: A system message that is not the first message.
        """
        if message.role in SYSTEM_ROLES and index > 0:
            raise TemplateError(
                f"messages[{index}]: system message after others: expected it to be the first message; move or merge it"
            )
        if message.content is None and (message.tool_calls or message.thinking):
            return None
        return super().turn(message, index, sample)


def _end(pieces: list[Piece], sample: Sample, *, always: bool) -> None:
    """Add `</s>`, which ends the answer where one comes last; *always* whether it follows anything else too."""
    last = pieces[-1][2] if pieces else None
    if last is not None and sample.messages[last].role == "assistant":
        pieces.append(("</s>", "end", last, True, None))
    elif always:
        pieces.append(("</s>", "special", None, True, None))


def _labelled(piece: Piece) -> Piece:
    """The token before a question with its label; a question that spells the token stays as it is."""
    text, kind, message, train, _ = piece
    return (text, kind, message, train, "</s>") if kind == "special" else piece


@template("baichuan")
class Baichuan(Reserved):
    """
    Write `<reserved_102>QUESTION<reserved_103>ANSWER`, as `chat()` does; nothing stands between the turns.

    Its trainer is not public: the loss is on answers, and on the `</s>` that ends the last one, with which the model
    stops. Whole rounds that `chat()` drops from texts too long are written.
    """

    source: ClassVar[str] = "MrInouye/baichuan-13b-chat-batch@6938fab7507f:generation_utils.py"
    summary: ClassVar[str] = "Baichuan-13B-Chat: <reserved_102> before questions, <reserved_103> before answers"
    control: ClassVar[tuple[str, ...]] = ("<reserved_102>", "<reserved_103>", "<s>", "</s>", "<unk>")

    user: ClassVar[str] = "<reserved_102>{}"
    assistant: ClassVar[str] = "<reserved_103>⟦{}⟧"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers and the last `</s>` are trained."""
        pieces = super().pieces(sample, generate=generate)
        if not generate:
            _end(pieces, sample, always=False)
        return pieces


@template("baichuan2")
class Baichuan2(Reserved):
    """
    Write `<reserved_106>QUESTION<reserved_107>ANSWER`, and `</s>` after the last answer in training.

    `fine-tune.py` puts the label `</s>` at every `<reserved_106>`, the first one included: the model learns to stop
    where the next question stands. It knows no system messages; here they are written as `chat()` does, without loss.

    Attributes:
        layout: `training` ends with `</s>` and has those labels, `chat` does not; `auto` is the trainer's text, and
            the chat's for generation.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = "baichuan-inc/Baichuan2@ed1cf0f59837:fine-tune/fine-tune.py"
    summary: ClassVar[str] = "Baichuan2-Chat: reserved tokens, loss on answers, the label </s> at each question"
    control: ClassVar[tuple[str, ...]] = ("<reserved_106>", "<reserved_107>", "<s>", "</s>", "<unk>")

    user: ClassVar[str] = "<reserved_106>{}"
    assistant: ClassVar[str] = "<reserved_107>⟦{}⟧"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; answers and the last `</s>` are trained."""
        pieces = super().pieces(sample, generate=generate)
        if not for_training(self.layout, generate=generate):
            return pieces
        pieces = [_labelled(piece) if piece[0] == "<reserved_106>" else piece for piece in pieces]
        if not generate:
            _end(pieces, sample, always=True)
        return pieces
