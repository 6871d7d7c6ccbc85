"""OpenAI's prompt and completion in Self-Instruct's wording: instruction, input, and an answer ended in plain text."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Template, separator, template
from instrkit.templates.shared.instruction import last_exchange, parts_of

__all__ = ["OpenAIPromptCompletion"]

_GAP = separator("\n\n")


@template("openai-prompt-completion")
class OpenAIPromptCompletion(Template):
    r"""
    Write the last question as prompt and its answer as completion, as `encode_instance(random_template=False)` does.

    Instruction, input and output lose the white space around them. Two line breaks stand behind the instruction and
    behind the input, also where there is no input. The completion is trained, with the `<|endoftext|>` that is spelled
    at its end. Earlier rounds and a system message have no place.
    """

    source: ClassVar[str] = "yizhongw/self-instruct@0b26ccaa4159:self_instruct/prepare_for_finetuning.py"
    summary: ClassVar[str] = "OpenAI's prompt and completion as Self-Instruct writes them; all stripped"
    eos: ClassVar[str] = "<|endoftext|>"
    control: ClassVar[tuple[str, ...]] = ("<|endoftext|>",)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the answer and `<|endoftext|>` are trained."""
        messages = sample.messages
        asked, answered = last_exchange(messages)
        said, given = parts_of(messages[asked], asked)
        pieces = [*_stripped(said), _GAP, *_stripped(given)]
        if answered is not None or generate:
            pieces.append(_GAP)
        if answered is not None:
            pieces.append((messages[answered].text.strip(), "content", answered, True, None))
            pieces.append((self.eos, "end", answered, True, None))
        return pieces


def _stripped(pieces: list[Piece]) -> list[Piece]:
    """*pieces* without the white space before the first text and behind the last."""
    texts = [piece[0] for piece in pieces]
    for k in range(len(texts)):
        texts[k] = texts[k].lstrip()
        if texts[k]:
            break
    for k in reversed(range(len(texts))):
        texts[k] = texts[k].rstrip()
        if texts[k]:
            break
    return [(text, *piece[1:]) for text, piece in zip(texts, pieces, strict=True)]
