"""Gemma 1 to 3: turns of user and model; the system message is refused by the first two and folded in by the third."""

from __future__ import annotations

from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.by_turns import leads, refuse_unless_by_turns
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.turn import Turn

__all__ = ["Gemma", "Gemma2", "Gemma3", "Gemma7bItHF"]

_IMAGE = "<start_of_image>"


@template("gemma")
class Gemma(Chat):
    """
    Write user and model in turn, their texts without the white space around them.

    There is no system message and no tool: the reference refuses a system message, and whatever is not user and
    assistant in turn. The loss is on answers, `<end_of_turn>` and the line break behind it, as TRL's training variant
    has it (trl/chat_templates/gemma_training.jinja, for Gemma 1 and 2 alike).
    """

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/gemma.jinja"
    summary: ClassVar[str] = "Gemma: user and model in turn, no system message, texts stripped"
    bos: ClassVar[str] = "<bos>"
    eos: ClassVar[str] = "<eos>"
    control: ClassVar[tuple[str, ...]] = (
        "<bos>", "<eos>", "<pad>", "<unk>", "<start_of_turn>", "<end_of_turn>",
    )  # fmt: skip
    start: ClassVar[str] = "<bos>"
    user: ClassVar[str] = "<start_of_turn>user\n{}<end_of_turn>\n"
    assistant: ClassVar[str] = "<start_of_turn>model\n⟦{}<end_of_turn>\n⟧"
    strip: ClassVar[bool] = True
    plain: ClassVar[tuple[Condition, ...]] = ("in turn",)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*.

        Raises:
            TemplateError: There is a system message, or user and assistant do not take turns.
        """
        if leads(sample.messages):
            raise TemplateError(
                f"messages[0]: {sample.messages[0].role} message: expected none, as this model has no place for it; "
                "move its text into the first question"
            )
        refuse_unless_by_turns(sample.messages)
        return super().pieces(sample, generate=generate)


@template("gemma2")
class Gemma2(Gemma):
    """Write what Gemma 1 reads: the two ship the same template."""

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:models/templates/google-gemma-2-2b-it.jinja"
    summary: ClassVar[str] = "Gemma 2: as Gemma, user and model in turn, no system message, texts stripped"


@template("gemma-7b-it-hf")
class Gemma7bItHF(Gemma):
    """Write Gemma's turns without `<bos>`: the first template of `google/gemma-7b-it` left it to the tokenizer."""

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:tests/test-chat-template.cpp"
    summary: ClassVar[str] = "Gemma 7B it, first template: as Gemma, without <bos>"
    start: ClassVar[str] = ""


@template("gemma3")
class Gemma3(Chat):
    """
    Write user and model in turn, with the system message before the first question inside its turn.

    The system text stays as it is, all other texts lose the white space around them; a picture is `<start_of_image>`.
    A system message without a question behind it has no place and is reported as dropped.
    """

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/gemma3.jinja"
    summary: ClassVar[str] = "Gemma 3: user and model in turn, system message inside the first question"
    bos: ClassVar[str] = "<bos>"
    eos: ClassVar[str] = "<eos>"
    control: ClassVar[tuple[str, ...]] = (
        "<bos>", "<eos>", "<pad>", "<unk>", "<start_of_turn>", "<end_of_turn>",
        "<start_of_image>", "<end_of_image>", "<image_soft_token>",
    )  # fmt: skip
    start: ClassVar[str] = "<bos>"
    folded: ClassVar[str] = "{}\n\n"
    user: ClassVar[str] = Gemma.user
    assistant: ClassVar[str] = Gemma.assistant
    plain: ClassVar[tuple[Condition, ...]] = ("in turn", "stripped")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*.

        Raises:
            TemplateError: User and assistant do not take turns after the system message.
        """
        refuse_unless_by_turns(sample.messages, leads(sample.messages))
        return super().pieces(sample, generate=generate)

    def said(self, message: Message, index: int, sample: Sample, form: Turn) -> list[Piece]:
        """Return the text of message *index* without the white space around it, part by part, and its pictures."""
        del sample
        content = message.content
        if not isinstance(content, tuple):
            return [((content or "").strip(), "content", index, form.train, None)]
        pieces: list[Piece] = []
        for part in content:
            if part.type == "image":
                pieces.append((_IMAGE, "special", index, form.train, None))
            elif part.type == "text":
                pieces.append(((part.text or "").strip(), "content", index, form.train, None))
        return pieces
