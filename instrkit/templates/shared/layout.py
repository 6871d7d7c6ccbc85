"""What `layout` means in all templates that have it: which text is written where a model is known by several."""

from __future__ import annotations

from typing import Literal

__all__ = ["Layout", "for_training", "keeps_all"]

Layout = Literal["auto", "training", "chat"]
"""
Which text of a model is written.

`training`  the text to train from: the trainer's, if it is known, and nothing of the sample is dropped
`chat`      the text of the model's chat template, which may drop what its inference has no use for
`auto`      what the reference prints. Where trainer and chat template both are known and differ: the trainer's text,
            and the chat template's for generation. Where all references drop something: their text, drops included,
            which the rendering reports and `strict` refuses.

A template has this variable only where the texts differ. Jobs that make training data out of files ask for `training`.
"""


def for_training(layout: Layout, *, generate: bool) -> bool:
    """Return whether *layout* is the trainer's text, of a template whose trainer and chat template differ."""
    return layout == "training" or (layout == "auto" and not generate)


def keeps_all(layout: Layout) -> bool:
    """Return whether *layout* writes what the references of a template drop."""
    return layout == "training"
