"""The base of FastChat's plain transcripts: `ROLE: text`, and one separator behind questions, one behind answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Quick, Template, header, separator
from instrkit.templates.shared.by_turns import SYSTEM_ROLES, out_of_turn
from instrkit.templates.shared.text_only import content_only, text_only

__all__ = ["Colon"]

_SPEAKERS = frozenset({"user", "assistant"})


@dataclass(frozen=True, kw_only=True)
class Colon(Template):
    """
    Write a system text, then questions and answers in turn, each behind its speaker's name and a colon.

    A message without text is its name and colon only, without a separator, as in FastChat's `get_prompt`. A leading
    system message takes the place of the default text. An answer before the first question is left out, as FastChat's
    trainer does, and reported; messages that do not take turns otherwise are refused, as there. System messages further
    on, tools and thinking have no place.

    Attributes:
        default_system: What stands in place of a missing system message.
        names: The names of user and assistant.
        gap: What stands behind the system text and behind questions.
        stop: What stands behind answers: text, or the control token *eos*.
        stopped: How much of *stop* carries loss, in characters.
        example: Turns of the template's own before the first question.
    """

    default_system: str

    names: ClassVar[tuple[str, str]]
    gap: ClassVar[str] = " "
    stop: ClassVar[str] = "</s>"
    stopped: ClassVar[int] = 4
    example: ClassVar[str] = ""

    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the answers are trained."""
        messages = sample.messages
        pieces = self.opening(sample)
        order = self.speakers(messages)
        for index in order:
            message = messages[index]
            answer = message.role == "assistant"
            said = self.said(message, index, sample)
            name = self.names[answer]
            if not said:
                pieces.append((f"{name}:", "header", index, False, None))
                continue
            pieces += [(f"{name}: ", "header", index, False, None), *said]
            pieces += self._stop(index) if answer else [(self.gap, "separator", index, False, None)]
        if generate and (not order or messages[order[-1]].role == "user"):
            pieces.append(header(f"{self.names[1]}:"))
        return pieces

    def said(self, message: Message, index: int, sample: Sample) -> list[Piece]:
        """Return what message *index* says; empty where it says nothing."""
        del sample
        text = message.text
        return [(text, "content", index, message.role == "assistant", None)] if text else []

    def opening(self, sample: Sample) -> list[Piece]:
        """Return the system text, what stands behind it, and the example."""
        messages = sample.messages
        pieces = [header(self.default_system), separator(self.gap)]
        if messages and messages[0].role in SYSTEM_ROLES:
            pieces[0] = (messages[0].text, "content", 0, False, None)
        return [*pieces, header(self.example)] if self.example else pieces

    def speakers(self, messages: tuple[Message, ...]) -> list[int]:
        """
        Return the indices of the messages that are written, the system message aside.

        Raises:
            TemplateError: User and assistant do not take turns.
        """
        order = [index for index, message in enumerate(messages) if message.role in _SPEAKERS]
        if order and messages[order[0]].role == "assistant":
            del order[0]
        for k, index in enumerate(order):
            if messages[index].role != ("assistant" if k % 2 else "user"):
                raise out_of_turn(index, messages[index].role)
        return order

    def _stop(self, index: int) -> list[Piece]:
        """What stands behind an answer."""
        if self.stop == self.eos:
            return [(self.stop, "end", index, True, None)]
        kind: Kind = "separator"
        head, tail = self.stop[: self.stopped], self.stop[self.stopped :]
        return [(head, kind, index, True, None), (tail, kind, index, False, None)]

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of plain messages at once; see `Template.quick`."""
        return self.written(sample, "", generate=generate)

    def written(self, sample: Sample, before: str, *, generate: bool, early: int = 0) -> Quick | None:
        """Return what `quick` does, *before* in front; the loss of answers begins *early* characters before them."""
        messages: Sequence[Message] = sample.messages
        if not messages or sample.tools or sample.candidates:
            return None
        system = self.default_system
        if messages[0].role in SYSTEM_ROLES:
            if not text_only(messages[0]):
                return None
            system = messages[0].text
            messages = messages[1:]
        texts = [before, system, self.gap, self.example]
        spans: list[tuple[int, int]] = []
        if not self._turns(messages, texts, spans, early):
            return None
        if generate and (not messages or messages[-1].role == "user"):
            texts.append(f"{self.names[1]}:")
        return "".join(texts), tuple(spans)

    def _turns(self, messages: Sequence[Message], texts: list[str], spans: list[tuple[int, int]], early: int) -> bool:
        """Write *messages* into *texts* and *spans*; False where one is more than its text, empty, or out of turn."""
        question, answer = f"{self.names[0]}: ", f"{self.names[1]}: "
        gap, stop = self.gap, self.stop
        lead, rest = len(question) + len(gap), len(answer)
        stopped, over = self.stopped, len(stop) - self.stopped
        at = sum(map(len, texts))
        wanted = "user"
        for message in messages:
            content = message.content
            if message.role != wanted or not content or type(content) is not str or not content_only(message):
                return False
            if wanted == "user":
                texts += (question, content, gap)
                at += lead + len(content)
                wanted = "assistant"
            else:
                texts += (answer, content, stop)
                start = at + rest
                end = start + len(content) + stopped
                spans.append((start - early, end))
                at = end + over
                wanted = "user"
        return True
