"""Stanford Alpaca: one instruction, an optional input, one response."""

from __future__ import annotations

from typing import ClassVar

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates.base import Piece, Template, header, special, template

__all__ = ["Alpaca"]

_BOS = special("<s>")
_WITH_INPUT = header(
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n### Instruction:\n"
)
_WITHOUT_INPUT = header(
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\n\n### Instruction:\n"
)
_INPUT = header("\n\n### Input:\n")
_RESPONSE = header("\n\n### Response:")
_EXCHANGE = frozenset({"user", "assistant"})


@template("alpaca")
class Alpaca(Template):
    """
    Write the last question and its answer as Stanford's `train.py` does.

    There is no line break after `### Response:`, and an input of blanks counts as an input (the test is `!= ""`). The
    layout knows neither a system message nor earlier turns: they are reported as dropped. An input that is null in the
    record counts as none, where the reference would write the word `None`.
    """

    source: ClassVar[str] = "tatsu-lab/stanford_alpaca@761dc5bfbdee:train.py"
    summary: ClassVar[str] = "Stanford Alpaca: instruction, optional input, response; single turn"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    # LLaMA's own three, and the padding token that train.py adds
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", "[PAD]")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the response and `</s>` are trained."""
        messages = sample.messages
        answer = len(messages) - 1
        while answer >= 0 and messages[answer].role not in _EXCHANGE:
            answer -= 1
        said = answer >= 0 and messages[answer].role == "assistant"
        asked = answer - 1 if said else answer
        while asked >= 0 and messages[asked].role != "user":
            asked -= 1
        if asked < 0:
            raise TemplateError("messages: no user message: expected an instruction")
        content = messages[asked].content
        if type(content) is str:
            pieces = [_BOS, _WITHOUT_INPUT, (content, "content", asked, False, None)]
        else:
            pieces = _parts(messages[asked], asked)
        if said or generate:
            pieces.append(_RESPONSE)
        if said:
            response = messages[answer].content
            text = response if type(response) is str else messages[answer].text
            pieces.append((text, "content", answer, True, None))
            pieces.append(("</s>", "end", answer, True, None))
        return pieces


def _parts(message: Message, index: int) -> list[Piece]:
    """The segments of an instruction in parts, the input among them."""
    parts = message.content or ()
    said: list[Piece] = []
    given: list[Piece] = []
    for part in parts:
        if isinstance(part, Part) and (text := part.text or part.placeholder):
            (given if part.name == "input" else said).append((text, "content", index, False, None))
    return [_BOS, _WITH_INPUT, *said, _INPUT, *given] if given else [_BOS, _WITHOUT_INPUT, *said]
