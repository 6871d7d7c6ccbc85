"""ChatGLM-6B and ChatGLM2-6B: numbered rounds of question and answer, loss on the last answer only."""

from __future__ import annotations

from typing import ClassVar, Literal

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Template, header, separator, special, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES

__all__ = ["ChatGLM", "ChatGLM2"]

_MASK = special("[gMASK]")
_SOP = special("sop")

Round = tuple[int, int | None]
"""The indices of a question and of its answer, None where the question is open."""


class Rounds(Template):
    r"""
    What the two have in common: `[Round n]`, `问：`, `答：`, with one line break between them or two.

    A system message, tools and thinking have no place in the layout and are reported as dropped.

    Attributes:
        gap: What stands between a question, its answer and the next round.
    """

    gap: ClassVar[str]

    def rounds(self, sample: Sample) -> list[Round]:
        """
        Return the rounds of *sample*; messages that have no place are left out.

        Raises:
            TemplateError: Questions and answers do not take turns.
        """
        rounds: list[Round] = []
        asked: int | None = None
        for index, message in enumerate(sample.messages):
            if message.role == "user":
                if asked is not None:
                    raise TemplateError(_out_of_turn(asked, index, "two user messages without an answer between them"))
                asked = index
            elif message.role == "assistant" and _answers(message):
                if asked is None:
                    raise TemplateError(_out_of_turn(index - 1, index, "an answer without a question before it"))
                rounds.append((asked, index))
                asked = None
        if asked is not None:
            rounds.append((asked, None))
        if not rounds:
            raise TemplateError("messages: no user message: expected a question")
        return rounds

    def opening(self, sample: Sample, prefix: str, system: str) -> list[Piece]:
        """Return what stands before the first round: the prefix, and system messages if they are to be written."""
        pieces: list[Piece] = [header(prefix)] if prefix else []
        if system == "prefix":
            for index, message in enumerate(sample.messages):
                if message.role in SYSTEM_ROLES and (text := message.text):
                    pieces += ((text, "content", index, False, None), separator(self.gap))
        return pieces

    def history(self, messages: tuple[Message, ...], rounds: list[Round], first: int) -> list[Piece]:
        """Return the rounds that lie before the last one, the first of them numbered *first*."""
        gap = self.gap
        between = separator(gap)
        pieces: list[Piece] = []
        for number, (asked, answered) in enumerate(rounds[:-1], first):
            pieces += (
                (f"[Round {number}]{gap}问：", "header", asked, False, None),
                (messages[asked].text, "content", asked, False, None),
                (f"{gap}答：", "header", answered, False, None),
                (messages[answered].text if answered is not None else "", "content", answered, False, None),
                between,
            )
        return pieces


def _answers(message: Message) -> bool:
    """Whether an assistant message is an answer: one that only calls tools, or thinks before a result, is none."""
    if message.content:
        return True
    return not message.tool_calls and (message.content is not None or message.thinking is None)


def _out_of_turn(before: int, index: int, problem: str) -> str:
    place = f"messages[{before}] and messages[{index}]" if before >= 0 else f"messages[{index}]"
    return f"{place}: {problem}: expected user and assistant in turn; merge or remove one"


@template("chatglm")
class ChatGLM(Rounds):
    """
    Write rounds from 0, and the control tokens after the prompt: `PROMPT[gMASK]<sop>ANSWER<eop>`.

    A question without history is written bare, as `chat()` and evaluation do. Training differs where the record has a
    history that is empty: `ptuning/main.py` with a history column numbers such a round, without the column it does not.
    Rows with an empty prompt or response, which that script skips, are written.

    Attributes:
        first_round: Number of the first round.
        number_single: Whether a single training round is numbered; None numbers it where the record's history is there
            and empty.
        prefix: Text before the prompt (the script's `source_prefix`).
        system: What becomes of system messages, for which the layout has no place: `drop`, or written after the prefix.
    """

    first_round: int = 0
    number_single: bool | None = None
    prefix: str = ""
    system: Literal["drop", "prefix"] = "drop"

    source: ClassVar[str] = "THUDM/ChatGLM-6B@401bf3a8a7dd:ptuning/main.py"
    summary: ClassVar[str] = "ChatGLM-6B: rounds from 0, loss on <sop>, the last answer and <eop>"
    bos: ClassVar[str] = "<sop>"
    eos: ClassVar[str] = "<eop>"
    control: ClassVar[tuple[str, ...]] = (
        "[gMASK]", "[MASK]", "[sMASK]", "<sop>", "<eop>", "<s>", "</s>", "<unk>", "<pad>",
    )  # fmt: skip
    gap: ClassVar[str] = "\n"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; `<sop>`, the last answer and `<eop>` are trained."""
        messages = sample.messages
        rounds = self.rounds(sample)
        asked, answered = rounds[-1]
        pieces = self.opening(sample, self.prefix, self.system)
        numbered = len(rounds) > 1 or (answered is not None and self._numbers_single(sample))
        if numbered:
            pieces += self.history(messages, rounds, self.first_round)
            number = self.first_round + len(rounds) - 1
            pieces.append((f"[Round {number}]\n问：", "header", asked, False, None))
        pieces.append((messages[asked].text, "content", asked, False, None))
        if answered is None and not generate:
            return pieces
        if numbered:
            pieces.append(("\n答：", "header", answered, False, None))
        pieces.append(_MASK)
        pieces.append(("<sop>", "special", answered, answered is not None, None))
        if answered is not None:
            pieces.append((messages[answered].text, "content", answered, True, None))
            pieces.append(("<eop>", "end", answered, True, None))
        return pieces

    def _numbers_single(self, sample: Sample) -> bool:
        if self.number_single is not None:
            return self.number_single
        residual = sample.residual
        return residual is not None and residual.get("format") == "chatglm" and residual.get("history") == "empty"


@template("chatglm2")
class ChatGLM2(Rounds):
    """
    Write rounds from 1, the first among them, after the control tokens `[gMASK]sop`.

    Attributes:
        first_round: Number of the first round.
        prefix: Text before the prompt (the script's `source_prefix`).
        system: What becomes of system messages, for which the layout has no place: `drop`, or written after the prefix.
    """

    first_round: int = 1
    prefix: str = ""
    system: Literal["drop", "prefix"] = "drop"

    source: ClassVar[str] = "THUDM/ChatGLM2-6B@cb8e8b43c095:ptuning/main.py"
    summary: ClassVar[str] = "ChatGLM2-6B: rounds from 1, loss on the last answer and </s>"
    bos: ClassVar[str] = "sop"
    eos: ClassVar[str] = "</s>"
    # "sop" and "eop" are ids that no text can reach: the letters stay letters, in "philosophy" too
    control: ClassVar[tuple[str, ...]] = ("[gMASK]", "[MASK]", "[sMASK]", "<s>", "</s>", "<unk>")
    gap: ClassVar[str] = "\n\n"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the last answer and `</s>` are trained."""
        messages = sample.messages
        rounds = self.rounds(sample)
        asked, answered = rounds[-1]
        number = self.first_round + len(rounds) - 1
        pieces: list[Piece] = [
            _MASK,
            _SOP,
            *self.opening(sample, self.prefix, self.system),
            *self.history(messages, rounds, self.first_round),
            (f"[Round {number}]\n\n问：", "header", asked, False, None),
            (messages[asked].text, "content", asked, False, None),
        ]
        if answered is not None or generate:
            pieces.append(("\n\n答：", "header", answered, False, None))
        if answered is not None:
            pieces.append((messages[answered].text, "content", answered, True, None))
            pieces.append(("</s>", "end", answered, True, None))
        return pieces
