r"""Llama 2 chat: questions between `[INST]` and `[/INST]`, the system message inside the first one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Template, template
from instrkit.templates.shared.by_turns import leads, refuse_unless_by_turns

__all__ = ["Inst", "Llama2", "refuse_tags_in"]


@dataclass(frozen=True, kw_only=True)
class Inst(Template):
    r"""
    What Llama 2 and Code Llama have in common: `<s>[INST] question [/INST] answer </s>`, one such line per round.

    Question and answer lose the white space around them. The system text stands as it is between `<<SYS>>` and
    `<</SYS>>` before the first question, and only the two together are stripped, so that the question keeps the white
    space before it.

    Attributes:
        default_system: What stands in place of a missing system message, None where nothing does.
        refuse_tags: Whether a text that spells one of *tags* is refused.
        tags: Text that the reference refuses anywhere in a dialog.
    """

    default_system: str | None = None
    refuse_tags: bool = True

    tags: ClassVar[tuple[str, ...]]

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*; a question ends with what opens its answer, so generation adds nothing.

        Raises:
            TemplateError: User and assistant do not take turns, there is no question, or a text spells a tag.
        """
        del generate
        messages, system = sample.messages, self.default_system
        if self.refuse_tags:
            refuse_tags_in(messages, self.tags)
        first = leads(messages)
        refuse_unless_by_turns(messages, first)
        if len(messages) == first:
            raise TemplateError("messages: no user message: expected a question after the system message, if any")
        pieces: list[Piece] = []
        for index in range(first, len(messages)):
            text = messages[index].text
            if messages[index].role == "assistant":
                pieces += _answer(text.strip(), index)
                continue
            pieces += (("<s>", "special", index, False, None), ("[INST] ", "header", index, False, None))
            if index == first and (first or system is not None):
                text = text.rstrip()
                pieces += _folded(messages[0].text if first else system or "", 0 if first else None, gap=bool(text))
            else:
                text = text.strip()
            pieces += ((text, "content", index, False, None), (" [/INST]", "header", index, False, None))
        return pieces


def _answer(text: str, index: int) -> list[Piece]:
    """An answer; what generation writes after `[/INST]` begins with the space, so the space is trained."""
    return [
        (" ", "header", index, True, None),
        (text, "content", index, True, None),
        (" ", "separator", index, True, None),
        ("</s>", "end", index, True, None),
    ]


def _folded(text: str, index: int | None, *, gap: bool) -> list[Piece]:
    """A system text before the first question; without *gap* the question is empty and its stripping ends here."""
    return [
        ("<<SYS>>\n", "header", index, False, None),
        (text, "header" if index is None else "content", index, False, None),
        ("\n<</SYS>>\n\n" if gap else "\n<</SYS>>", "header", index, False, None),
    ]


def refuse_tags_in(messages: tuple[Message, ...], tags: tuple[str, ...]) -> None:
    """
    Refuse messages that spell one of *tags*, as Meta's code does: they are plain text to the tokenizer.

    Raises:
        TemplateError: One does; the error says which and how to write it anyway.
    """
    for index, message in enumerate(messages):
        text = message.text
        for tag in tags:
            if tag in text:
                raise TemplateError(
                    f"messages[{index}].content: {tag!r} stands in the text: expected none, as the model takes it for "
                    "its own; remove it, or set refuse_tags to false and on_control_token to escape or drop"
                )


@template("llama2")
class Llama2(Inst):
    """
    Write Llama 2's chat layout as Meta's `chat_completion` encodes it.

    Tools have no place and are reported as dropped. No trainer of its own: the loss is on answers, with the spaces
    around them, and `</s>`.

    Attributes:
        default_system: What stands in place of a missing system message, None where nothing does.
        refuse_tags: Whether a text that spells `[INST]`, `[/INST]`, `<<SYS>>` or `<</SYS>>` is refused.
    """

    source: ClassVar[str] = "meta-llama/llama@689c7f261b9c:llama/generation.py"
    summary: ClassVar[str] = "Llama 2 chat: [INST] question [/INST] answer, <<SYS>> in the first question"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    tags: ClassVar[tuple[str, ...]] = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>")
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", *tags)
