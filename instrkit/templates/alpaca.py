"""Stanford Alpaca: one instruction, an optional input, one response."""

from __future__ import annotations

from typing import ClassVar

from instrkit.templates.base import template
from instrkit.templates.shared.instruction import Instruction

__all__ = ["Alpaca"]


@template("alpaca")
class Alpaca(Instruction):
    """
    Write the last question and its answer as Stanford's `train.py` does.

    There is no line break after `### Response:`, and an input of blanks counts as an input (the test is `!= ""`). The
    layout knows neither a system message nor earlier turns: they are reported as dropped. An input that is null in the
    record counts as none, where the reference would write the word `None`.
    """

    source: ClassVar[str] = "tatsu-lab/stanford_alpaca@761dc5bfbdee:train.py"
    summary: ClassVar[str] = "Stanford Alpaca: instruction, optional input, response; single turn"
    # LLaMA's own three, and the padding token that train.py adds
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", "[PAD]")

    with_input: ClassVar[str | None] = (
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{instruction}\n\n### Input:\n{input}"
    )
    without_input: ClassVar[str] = (
        "Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{instruction}"
    )
    response: ClassVar[str] = "\n\n### Response:"
