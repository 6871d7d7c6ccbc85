"""Chinese-Alpaca 1 and 2: Alpaca with the input behind the instruction, and LLaMA-2's layout for a single question."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.alpaca import Alpaca
from instrkit.templates.base import Piece, header, separator, special, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.instruction import Instruction

__all__ = ["ChineseAlpaca", "ChineseAlpaca2"]


@template("chinese-alpaca1")
class ChineseAlpaca(Instruction):
    """
    Write the last question and its answer as Chinese-LLaMA-Alpaca trains them.

    Always Alpaca's words for a task without an input: an input follows the instruction on a line of its own. A space
    stands before the response.
    """

    source: ClassVar[str] = "ymcui/Chinese-LLaMA-Alpaca@090475fbebcc:scripts/training/build_dataset.py"
    summary: ClassVar[str] = "Chinese-Alpaca 1: Alpaca, the input on a line behind the instruction"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", "[PAD]")

    with_input: ClassVar[str | None] = Alpaca.without_input + "\n{input}"
    without_input: ClassVar[str] = Alpaca.without_input
    response: ClassVar[str] = "\n\n### Response: "


@template("chinese-alpaca2")
class ChineseAlpaca2(Instruction):
    """
    Write the last question and its answer as Chinese-LLaMA-Alpaca-2 trains them: LLaMA-2's layout, one round.

    No space stands before the response in training, whereas the project's own demos put one there. A system message of
    the sample takes the place of the default, as in those demos; training never has one.

    Attributes:
        default_system: What stands in place of a missing system message.
    """

    default_system: str = "You are a helpful assistant. 你是一个乐于助人的助手。"

    source: ClassVar[str] = "ymcui/Chinese-LLaMA-Alpaca-2@2a334d1634c8:scripts/training/build_dataset.py"
    summary: ClassVar[str] = "Chinese-Alpaca 2: LLaMA-2's [INST] with a system text, one round"

    with_input: ClassVar[str | None] = "{instruction}\n{input}"
    without_input: ClassVar[str] = "{instruction}"
    response: ClassVar[str] = " [/INST]"

    def opening(self, sample: Sample) -> list[Piece]:
        """Return `<s>` and the system text between its marks."""
        systems = [k for k, message in enumerate(sample.messages) if message.role in SYSTEM_ROLES]
        pieces: list[Piece] = [special("<s>"), header("[INST] <<SYS>>\n")]
        if not systems:
            pieces.append(header(self.default_system))
        for index in systems:
            if index != systems[0]:
                pieces.append(separator("\n"))
            pieces.append((sample.messages[index].text, "content", index, False, None))
        pieces.append(header("\n<</SYS>>\n\n"))
        return pieces
