"""
Mistral and Mixtral, versions 1 to 7, as mistral-common encodes them.

Its code encodes each stretch between two control tokens on its own, and SentencePiece begins every such text, if there
is any, with a space: the `▁` of the first word, which belongs to the tokenizer and not to the text (kind `prefix`). In
version 1, in `mistral_v1`, `[INST]` is no token at all but the beginning of the user's text, hence the space before it.
The Tekken tokenizers (version 3 of Nemo) write no such space.

Training: mistralai/mistral-finetune@20704b220d6f:finetune/data/tokenize.py, by way of the same encoders. Loss on
everything the assistant writes, `[TOOL_CALLS]` and `</s>` among it; with a tool list on the last message only, and
calls that end a sample are written without their ids, which nobody could predict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Template, separator, special, template
from instrkit.templates.mistral_nemo import nemo_pieces
from instrkit.templates.mistral_tools import call_of, result_of, results_of, tools_of
from instrkit.templates.mistral_turns import MistralTurn, MistralTurns, refuse_bad_order, turns_of
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import to_json
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["MistralCommon", "MistralV2", "MistralV3", "MistralV3Tekken", "MistralV7"]

_BOS = special("<s>")
_GAP = separator("\n\n")
_LISTED = ("[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]")
_CONTROL = ("<s>", "</s>", *_LISTED, "[TOOL_RESULTS]", "[/TOOL_RESULTS]")


class MistralCommon(Template):
    """
    Versions 2 and 3; the others override what they do differently.

    Attributes:
        spaced: Whether the tokenizer is SentencePiece, which begins each text with a space.
        system_turns: Whether system messages have turns of their own.
        only_last: Whether the trainer trains the last message only where there is a tool list.
        ids: Whether calls have ids.
    """

    source: ClassVar[str] = "mistralai/mistral-common@bc022b91aa1c:src/mistral_common/tokens/tokenizers/instruct.py"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = _CONTROL

    spaced: ClassVar[bool] = True
    system_turns: ClassVar[bool] = False
    only_last: ClassVar[bool] = True
    ids: ClassVar[bool] = True

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; what the assistant writes is trained, with tools its last message only."""
        messages = sample.messages
        refuse_bad_order(messages, training=not generate)
        found = turns_of(messages, system_turns=self.system_turns)
        pieces = [_BOS]
        for position, turn in enumerate(found.turns):
            if turn.role == "user":
                pieces += self.user(sample, found, position)
            elif turn.role == "assistant":
                pieces += self.answer(sample, turn, last=position == len(found.turns) - 1)
            elif turn.role == "tool":
                pieces += self.result(messages[turn.members[0]], turn.members[0])
            else:
                pieces += self.around("[SYSTEM_PROMPT]", self.joined(messages, turn.members), "[/SYSTEM_PROMPT]")
        return pieces

    def user(self, sample: Sample, found: MistralTurns, position: int) -> list[Piece]:
        """Return one user's turn; before the last one stand the tools, and in it the system text."""
        pieces: list[Piece] = []
        said = self.joined(sample.messages, found.turns[position].members)
        if position == found.last_user:
            if sample.tools:
                tools: Piece = (tools_of(sample.tools), "tool", None, False, None)
                pieces += self.around("[AVAILABLE_TOOLS]", [tools], "[/AVAILABLE_TOOLS]")
            said = [*self.system(sample.messages), *said]
        index = found.turns[position].members[-1] if found.turns[position].members else None
        return [*pieces, *self.around("[INST]", said, "[/INST]", index)]

    def answer(self, sample: Sample, turn: MistralTurn, *, last: bool) -> list[Piece]:
        """
        Return one answer: its text or its calls.

        Raises:
            TemplateError: It has both.
        """
        messages = sample.messages
        train = last or not (self.only_last and sample.tools)
        index = turn.members[-1]
        said = self.joined(messages, turn.members, train=train)
        if said:  # mistral-common strips blanks, and no other white space, behind an answer
            text, kind, at, *_ = said[-1]
            said[-1] = (text.rstrip(" "), kind, at, train, None)
        calls = [call for k in turn.members for call in messages[k].tool_calls]
        if calls and said:
            self.refuse_both(messages, turn.members)
        pieces = [*self.prefix(said, train=train), *said]
        if calls:
            listed = to_json([call_of(call, with_id=self.ids and not (self.only_last and last)) for call in calls])
            written: Piece = (listed, "tool", index, train, None)
            pieces += [("[TOOL_CALLS]", "special", index, train, None), *self.prefix([written], train=train), written]
        pieces.append(("</s>", "end", index, train, None))
        return pieces

    def refuse_both(self, messages: Sequence[Message], members: tuple[int, ...]) -> None:
        """
        Refuse an answer with both text and calls.

        Raises:
            TemplateError: Always, where the version has no place for both.
        """
        index = next(k for k in members if messages[k].tool_calls)
        raise TemplateError(
            f"messages[{index}]: text beside tool calls: {self.name} writes either; expected one of them, remove the "
            "text, or take mistral-v7, which writes both"
        )

    def result(self, message: Message, index: int) -> list[Piece]:
        """Return one tool result."""
        written: Piece = (result_of(message), "tool", index, False, None)
        return self.around("[TOOL_RESULTS]", [written], "[/TOOL_RESULTS]", index)

    def system(self, messages: Sequence[Message]) -> list[Piece]:
        """Return the system texts with a gap behind each, for the user's turn they are folded into."""
        if self.system_turns:
            return []
        found = [k for k, message in enumerate(messages) if message.role in SYSTEM_ROLES and message.text]
        return [piece for k in found for piece in ((messages[k].text, "content", k, False, None), _GAP)]

    def joined(self, messages: Sequence[Message], members: tuple[int, ...], *, train: bool = False) -> list[Piece]:
        """Return the texts of one turn with gaps between; empty ones are passed over."""
        kind: Kind = "content"
        said: list[Piece] = []
        for index in members:
            if text := messages[index].text:
                if said:
                    said.append(("\n\n", "separator", index, train, None))
                said.append((text, kind, index, train, None))
        return said

    def prefix(self, said: Sequence[Piece], *, train: bool = False) -> list[Piece]:
        """Return the space SentencePiece writes before *said*: none before nothing."""
        if not self.spaced or not any(piece[0] for piece in said):
            return []
        return [(" ", "prefix", said[0][2], train, None)]

    def around(self, before: str, said: Sequence[Piece], after: str, index: int | None = None) -> list[Piece]:
        """Return *said*, which is encoded on its own, between two control tokens."""
        if index is None and said:
            index = said[-1][2]
        start: Piece = (before, "special", index, False, None)
        return [start, *self.prefix(said), *said, (after, "special" if index is None else "end", index, False, None)]


@template("mistral-v2")
class MistralV2(MistralCommon):
    """
    Write the second version: control tokens around turns and tools, the system text in the last user's turn.

    Attributes:
        layout: `chat`, and `auto`, leave calls and results before the last question out, as the reference does, and
            take one result for each answer; `training` leaves nothing out.
    """

    layout: Layout = "auto"

    summary: ClassVar[str] = "Mistral v2: [INST] as tokens, system in the last user's turn, calls without ids"
    ids: ClassVar[bool] = False

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; see `MistralV3`."""
        if keeps_all(self.layout):
            return super().pieces(sample, generate=generate)
        asked = turns_of(sample.messages, system_turns=False)
        dropped: set[int | None] = set()
        results = 0
        for position, turn in enumerate(asked.turns):
            calls = [k for k in turn.members if sample.messages[k].tool_calls]
            if position < asked.last_user:
                dropped.update(turn.members if turn.role == "tool" or calls else ())
                continue
            results = results + 1 if turn.role == "tool" else 0
            if results > 1:
                raise TemplateError(
                    f"messages[{turn.members[0]}]: second result for one answer: mistral-v2 takes one; "
                    "remove the others or take mistral-v3"
                )
        return [piece for piece in super().pieces(sample, generate=generate) if piece[2] not in dropped]

    def result(self, message: Message, index: int) -> list[Piece]:
        """Return one tool result: a list of one."""
        written: Piece = (results_of(message), "tool", index, False, None)
        return self.around("[TOOL_RESULTS]", [written], "[/TOOL_RESULTS]", index)


@template("mistral-v3")
class MistralV3(MistralCommon):
    """
    Write Mistral 7B v0.3, Mixtral 8x22B and Large 2407: as version 2, with ids for calls and results.

    Attributes:
        layout: `chat`, and `auto`, are the chat template of the model repository for a text that is whole: it writes
            the system text only if the last message is the user's, and strips answers (ggml-org/llama.cpp@03f94f19a2c4:
            tests/test-chat-template.cpp). `training`, and generation at any rate, are mistral-common's.
    """

    layout: Layout = "auto"

    summary: ClassVar[str] = "Mistral v3 (7B v0.3, Mixtral 8x22B, Large 2407): [INST] ▁text[/INST], calls with ids"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; what the assistant writes is trained, with tools its last message only."""
        if generate or keeps_all(self.layout):
            return super().pieces(sample, generate=generate)
        return nemo_pieces(sample, spaced=True, whole=False)


@template("mistral-v3-tekken")
class MistralV3Tekken(MistralCommon):
    """Write version 3 with the Tekken tokenizer, without spaces; `mistral-nemo` is the same in its Jinja dialect."""

    summary: ClassVar[str] = "Mistral v3-tekken (Nemo, Pixtral): version 3 without the spaces of SentencePiece"
    spaced: ClassVar[bool] = False


@template("mistral-v7")
class MistralV7(MistralCommon):
    """
    Write Large 2411: system messages between `[SYSTEM_PROMPT]` where they stand, results as they are.

    Its trainer is not public: loss on all answers and the token that ends them.
    """

    summary: ClassVar[str] = "Mistral v7 (Large 2411): [SYSTEM_PROMPT] turns, text beside calls, results as they are"
    control: ClassVar[tuple[str, ...]] = (*_CONTROL, "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]")
    system_turns: ClassVar[bool] = True
    only_last: ClassVar[bool] = False

    def refuse_both(self, messages: Sequence[Message], members: tuple[int, ...]) -> None:
        """Take text and calls in one answer."""

    def result(self, message: Message, index: int) -> list[Piece]:
        """Return one tool result: the call's id, then the text as it is."""
        call_id: Piece = (message.tool_call_id or "", "tool", index, False, None)
        written: Piece = (message.text, "tool", index, False, None)
        start: list[Piece] = [("[TOOL_RESULTS]", "special", index, False, None), *self.prefix([call_id]), call_id]
        return [*start, *self.around("[TOOL_CONTENT]", [written], "[/TOOL_RESULTS]", index)]
