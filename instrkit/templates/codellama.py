r"""Code Llama Instruct: Llama 2's layout; the 70B model has one of its own, with sources and steps."""

from __future__ import annotations

from typing import ClassVar, Final

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Template, header, special, template
from instrkit.templates.llama2 import Inst, refuse_tags_in
from instrkit.templates.shared.by_turns import leads, refuse_unless_by_turns

__all__ = ["CodeLlama", "CodeLlama70b"]

_TAGS = ("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<step>")

_APART: Final[Piece] = ("", "prefix", None, False, None)
"""What follows is encoded on its own: SentencePiece writes a space before it, which the text does not show."""


@template("codellama")
class CodeLlama(Inst):
    """
    Write the layout of Code Llama 7B to 34B Instruct as Meta's `chat_completion` encodes it: Llama 2's.

    Attributes:
        default_system: What stands in place of a missing system message, None where nothing does.
        refuse_tags: Whether a text that spells `[INST]`, `[/INST]`, `<<SYS>>`, `<</SYS>>` or `<step>` is refused.
    """

    source: ClassVar[str] = "meta-llama/codellama@e81b597e44db:llama/generation.py"
    summary: ClassVar[str] = "Code Llama Instruct 7B to 34B: [INST] question [/INST] answer, as Llama 2"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    tags: ClassVar[tuple[str, ...]] = _TAGS
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", *_TAGS)


@template("codellama-70b")
class CodeLlama70b(Template):
    r"""
    Write the layout of Code Llama 70B Instruct: ` Source: role`, an empty line, a text, `<step>`.

    A system turn always comes first, without a text where the sample has none. An answer is opened with
    `Destination: user`, but Meta's code writes that line in a history only where the message itself names a
    destination, here under the key `destination`.

    Attributes:
        destination: Where answers go that name no destination; `user` trains what generation opens, None is the
            reference.
        refuse_tags: Whether a text that spells `[INST]`, `[/INST]`, `<<SYS>>`, `<</SYS>>` or `<step>` is refused.
    """

    destination: str | None = None
    refuse_tags: bool = True

    source: ClassVar[str] = "meta-llama/codellama@e81b597e44db:llama/generation.py"
    summary: ClassVar[str] = "Code Llama 70B Instruct: Source: role, text, <step>"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "<step>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>", *_TAGS)

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments of *sample*; answers and the `<step>` that ends them are trained.

        Raises:
            TemplateError: User and assistant do not take turns after the system message, there is no question, or a
                text spells a tag.
        """
        messages = sample.messages
        if self.refuse_tags:
            refuse_tags_in(messages, _TAGS)
        first = leads(messages)
        refuse_unless_by_turns(messages, first)
        if len(messages) == first:
            raise TemplateError("messages: no user message: expected a question after the system message, if any")
        pieces = [special("<s>")]
        if not first:
            pieces += (_APART, header(" Source: system"), special("<step>"))
        for index, message in enumerate(messages):
            pieces += self._step(message, index)
        if generate and messages[-1].role != "assistant":
            pieces += (_APART, header(" Source: assistant\nDestination: user"), _APART, header("\n\n "))
        return pieces

    def _step(self, message: Message, index: int) -> list[Piece]:
        """One message; an empty text has no line of its own."""
        train = message.role == "assistant"
        head = f" Source: {'system' if message.role == 'developer' else message.role}"
        destination = (message.extra or {}).get("destination") or (self.destination if train else None)
        if isinstance(destination, str):
            head += f"\nDestination: {destination.strip()}"
        pieces: list[Piece] = [_APART, (head, "header", index, False, None)]
        if text := message.text:
            pieces += (_APART, ("\n\n ", "header", index, False, None), (text.strip(), "content", index, train, None))
        pieces.append(("<step>", "end", index, train, None))
        return pieces
