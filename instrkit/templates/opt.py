"""OPT and OPT-IML: a source and a target, joined by one space."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Template, template
from instrkit.templates.shared.instruction import last_exchange

__all__ = ["OPT"]


@template("opt-src-tgt", "opt", "opt-iml")
class OPT(Template):
    """
    Write the last question as source, then a space, its answer as target and `</s>`, as metaseq's fine-tuning does.

    The source loses the blanks at its end, but no line breaks; the target all white space at its end. The loss begins
    at the joining space, which byte-pair encoding glues to the target's first word. Earlier rounds and a system message
    have no place.
    """

    source: ClassVar[str] = (
        "facebookresearch/metaseq@f7ffa5fd61cf:metaseq/tasks/streaming_finetune_language_modeling.py"
    )
    summary: ClassVar[str] = "OPT, OPT-IML: source, a space, target, </s>; loss from the space on"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<pad>", "<unk>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the joining space, the answer and `</s>` are trained."""
        del generate  # the space is what the model writes first
        asked, answered = last_exchange(sample.messages)
        pieces: list[Piece] = [(sample.messages[asked].text.rstrip(" "), "content", asked, False, None)]
        if answered is not None:
            pieces += (
                (" ", "separator", answered, True, None),
                (sample.messages[answered].text.rstrip(), "content", answered, True, None),
                ("</s>", "end", answered, True, None),
            )
        return pieces
