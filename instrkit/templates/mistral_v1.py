"""Mistral, version 1: `[INST]` is plain text, the system text is in the first user's turn, and there are no tools."""

from __future__ import annotations

from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, template
from instrkit.templates.mistral import MistralCommon
from instrkit.templates.mistral_turns import MistralTurn, MistralTurns

__all__ = ["MistralV1"]


@template("mistral-v1")
class MistralV1(MistralCommon):
    """
    Write Mistral 7B v0.1 and v0.2 and Mixtral 8x7B: `[INST]` as plain text, the system text in the first user's turn.

    There are no tools in this version: a tool list is left out, calls and results are refused.
    """

    summary: ClassVar[str] = "Mistral v1 (7B v0.1 and v0.2, Mixtral 8x7B): [INST] as text, system in the first turn"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>")

    def user(self, sample: Sample, found: MistralTurns, position: int) -> list[Piece]:
        """Return one user's turn: all of it is one text, the markers too."""
        members = found.turns[position].members
        said = self.joined(sample.messages, members)
        if position == found.first_user:
            said = [*self.system(sample.messages), *said]
        index = members[-1] if members else None
        start: Piece = ("[INST] ", "header", index, False, None)
        return [*self.prefix([start]), start, *said, (" [/INST]", "separator", index, False, None)]

    def answer(self, sample: Sample, turn: MistralTurn, *, last: bool) -> list[Piece]:
        """
        Return one answer; blanks behind it stay.

        Raises:
            TemplateError: It calls tools.
        """
        del last
        for index in turn.members:
            if sample.messages[index].tool_calls:
                raise self._no_tools(f"messages[{index}].tool_calls")
        said = self.joined(sample.messages, turn.members, train=True)
        return [*self.prefix(said, train=True), *said, ("</s>", "end", turn.members[-1], True, None)]

    def result(self, message: Message, index: int) -> list[Piece]:
        """
        Refuse tool results.

        Raises:
            TemplateError: Always.
        """
        raise self._no_tools(f"messages[{index}]: {message.role} message")

    def _no_tools(self, where: str) -> TemplateError:
        return TemplateError(f"{where}: mistral-v1 has no tools: expected none; remove them or take a later version")
