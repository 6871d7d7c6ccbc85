"""FLAN, T5, xP3: an input for the encoder, a target for the decoder, nothing in between."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Template, template
from instrkit.templates.shared.instruction import last_exchange

__all__ = ["Flan"]


@template("flan")
class Flan(Template):
    """
    Write the last question, then its answer, as inputs and targets of a sequence-to-sequence model.

    There is no separator and no control token: inputs go to the encoder, targets to the decoder, and the `</s>` behind
    each is added where they are encoded. The targets are trained. Earlier rounds and a system message have no place.
    """

    source: ClassVar[str] = "google-research/FLAN@e9e4ec6e2701:flan/v2/templates.py"
    summary: ClassVar[str] = "FLAN, T5, xP3: inputs and targets, without roles or separator"
    control: ClassVar[tuple[str, ...]] = ("</s>", "<pad>", "<unk>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the answer is trained."""
        del generate  # an answer has no opening
        asked, answered = last_exchange(sample.messages)
        pieces: list[Piece] = [(sample.messages[asked].text, "content", asked, False, None)]
        if answered is not None:
            pieces.append((sample.messages[answered].text, "content", answered, True, None))
        return pieces
