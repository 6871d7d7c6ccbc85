"""The base of FastChat's plain transcripts: `ROLE: text`, and one separator behind questions, one behind answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Quick, Template, header, separator

__all__ = ["Colon"]

_SYSTEM = frozenset({"system", "developer"})
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
        if messages and messages[0].role in _SYSTEM:
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
                raise TemplateError(
                    f"messages[{index}]: {messages[index].role} message out of turn: expected user and assistant in "
                    "turn, beginning with the user; merge or remove one"
                )
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

    def written(self, sample: Sample, before: str, *, generate: bool) -> Quick | None:
        """Return what `quick` does, *before* in front of it."""
        messages = sample.messages
        if not messages or sample.tools or sample.candidates or not all(map(_plain, messages)):
            return None
        begin = 1 if messages[0].role in _SYSTEM else 0
        user, assistant = self.names
        gap, stop = self.gap, self.stop
        texts = [before, messages[0].content if begin else self.default_system, gap, self.example]
        at = sum(map(len, texts))  # type: ignore[arg-type]  # all are strings, as was just seen
        spans: list[tuple[int, int]] = []
        for k, message in enumerate(messages[begin:]):
            content: str = message.content  # type: ignore[assignment]  # as above
            if not content:
                return None
            if k % 2:
                if message.role != "assistant":
                    return None
                texts += (assistant, ": ", content, stop)
                start = at + len(assistant) + 2
                at = start + len(content) + len(stop)
                spans.append((start, at - len(stop) + self.stopped))
            elif message.role == "user":
                texts += (user, ": ", content, gap)
                at += len(user) + 2 + len(content) + len(gap)
            else:
                return None
        if generate and ((len(messages) - begin) % 2 or len(messages) == begin):
            texts += (assistant, ":")
        return "".join(texts), tuple(spans)  # type: ignore[arg-type]  # as above


def _plain(message: Message) -> bool:
    """Whether *message* is nothing but a text that is trained as the template says."""
    return (
        type(message.content) is str
        and message.thinking is None
        and not message.tool_calls
        and message.weight is None
        and not message.train_spans
    )
