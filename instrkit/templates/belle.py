r"""BELLE: `Human: \n`, `Assistant: \n`, every answer ended by `</s>`, and nothing between the rounds."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.chat import Chat

__all__ = ["Belle"]


@template("belle")
class Belle(Chat):
    r"""
    Write questions and answers as BELLE's `sft_sample_to_ids` does.

    The heading of the answer, `\n\nAssistant: \n`, is the end of the question's turn there: it stands behind an open
    question too, so that a generation prompt has nothing to add. There is no BOS; a system message, tools and thinking
    have no place.
    """

    source: ClassVar[str] = "LianjiaTech/BELLE@645084d36454:train/src/sample_generator.py"
    summary: ClassVar[str] = "BELLE: Human and Assistant on lines of their own, </s> behind answers; no BOS"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", "<pad>")

    user: ClassVar[str] = "Human: \n{}\n\nAssistant: \n"
    assistant: ClassVar[str] = "⟦{}</s>⟧"
    open: ClassVar[str | None] = ""
