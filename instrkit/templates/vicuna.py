"""Vicuna: v1.1, a transcript with `</s>` behind answers, and v0, whose speakers stand behind `###`."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Final

from instrkit.sample import Sample
from instrkit.templates.base import Piece, Quick, special, template
from instrkit.templates.shared.colon import Colon
from instrkit.templates.shared.layout import Layout, for_training
from instrkit.templates.shared.split_loss import split_trained

__all__ = ["VicunaOneShot", "VicunaV1", "VicunaZeroShot"]

_EXAMPLE: Final = (
    "Human: Got any creative ideas for a 10 year old’s birthday?\n"
    "### Assistant: Of course! Here are some creative ideas for a 10-year-old's birthday party:\n"
    "1. Treasure Hunt: Organize a treasure hunt in your backyard or nearby park. Create clues and riddles for "
    "the kids to solve, leading them to hidden treasures and surprises.\n"
    "2. Science Party: Plan a science-themed party where kids can engage in fun and interactive experiments. "
    "You can set up different stations with activities like making slime, erupting volcanoes, or creating "
    "simple chemical reactions.\n"
    "3. Outdoor Movie Night: Set up a backyard movie night with a projector and a large screen or white "
    "sheet. Create a cozy seating area with blankets and pillows, and serve popcorn and snacks while the kids "
    "enjoy a favorite movie under the stars.\n"
    "4. DIY Crafts Party: Arrange a craft party where kids can unleash their creativity. Provide a variety of "
    "craft supplies like beads, paints, and fabrics, and let them create their own unique masterpieces to "
    "take home as party favors.\n"
    "5. Sports Olympics: Host a mini Olympics event with various sports and games. Set up different stations "
    "for activities like sack races, relay races, basketball shooting, and obstacle courses. Give out medals "
    "or certificates to the participants.\n"
    "6. Cooking Party: Have a cooking-themed party where the kids can prepare their own mini pizzas, "
    "cupcakes, or cookies. Provide toppings, frosting, and decorating supplies, and let them get hands-on in "
    "the kitchen.\n"
    "7. Superhero Training Camp: Create a superhero-themed party where the kids can engage in fun training "
    "activities. Set up an obstacle course, have them design their own superhero capes or masks, and organize "
    "superhero-themed games and challenges.\n"
    "8. Outdoor Adventure: Plan an outdoor adventure party at a local park or nature reserve. Arrange "
    "activities like hiking, nature scavenger hunts, or a picnic with games. Encourage exploration and "
    "appreciation for the outdoors.\n"
    "Remember to tailor the activities to the birthday child's interests and preferences. Have a great "
    "celebration!\n"
    "### "
)
"""The exchange that `one_shot` shows before the first question, with its separators."""


@template("vicuna_v1.1", "vicuna")
class VicunaV1(Colon):
    """
    Write a transcript of USER and ASSISTANT as FastChat does, and train what its `train.py` trains.

    That script finds the answers by splitting the whole text at `</s>` and at ` ASSISTANT: `. A sample whose texts hold
    one of these, or that has an empty answer or ends with a question, loses **all** its loss there, and so it does
    under the loss policy `reference`: its `loss_spans` are empty. The policies `assistant` and `last` go by messages
    and are immune. The space before an answer carries loss, for it is part of the answer's first token.

    Attributes:
        layout: `training` begins with the `<s>` that the tokenizer adds, `chat` is `get_prompt` alone; `auto` is the
            trainer's text, and the chat's for generation.
        default_system: What stands in place of a missing system message.
    """

    layout: Layout = "auto"
    default_system: str = (
        "A chat between a curious user and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the user's questions."
    )

    source: ClassVar[str] = "lm-sys/FastChat@0e6d3e4beaab:fastchat/conversation.py + fastchat/train/train.py"
    summary: ClassVar[str] = "Vicuna 1.1: USER and ASSISTANT in one line, </s> behind answers"
    bos: ClassVar[str] = "<s>"

    names: ClassVar[tuple[str, str]] = ("USER", "ASSISTANT")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments, trained where splitting the text finds an answer."""
        pieces = split_trained(super().pieces(sample, generate=generate), " ASSISTANT: ", "</s>", "only")
        return [special("<s>"), *pieces] if self._begins(generate=generate) else pieces

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss of plain messages at once; see `Template.quick`."""
        for message in sample.messages:
            text = message.content  # single characters first, for they are found ten times faster
            if type(text) is not str or ("<" in text and "</s>" in text) or ("A" in text and "ASSISTANT" in text):
                return None
        if _splits(self.default_system):
            return None
        made = self.written(sample, "<s>" if self._begins(generate=generate) else "", generate=generate, early=1)
        # without separators in its words, splitting the text finds every answer, or none where the text does not end
        return made if made is None or made[0].endswith("</s>") else (made[0], ())

    def _begins(self, *, generate: bool) -> bool:
        """Whether the text begins with `<s>`."""
        return for_training(self.layout, generate=generate)


@lru_cache(maxsize=16)
def _splits(text: str) -> bool:
    """Whether *text* holds a separator."""
    return "</s>" in text or "ASSISTANT" in text


@template("vicuna_v0_zero_shot", "vicuna_v0")
class VicunaZeroShot(Colon):
    r"""
    Write a transcript of Human and Assistant, each behind `\n### `, as FastChat's `zero_shot` does.

    A text that ends with an answer ends with `\n### `. The trainer of v0 is not published with this layout: the loss is
    on answers and on the `\n###` behind them, by which the model ends its answer (FastChat stops at `###`).

    Attributes:
        default_system: What stands in place of a missing system message.
    """

    default_system: str = (
        "A chat between a curious human and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the human's questions."
    )

    source: ClassVar[str] = "lm-sys/FastChat@0e6d3e4beaab:fastchat/conversation.py"
    summary: ClassVar[str] = "Vicuna 0: ### Human and ### Assistant"

    names: ClassVar[tuple[str, str]] = ("Human", "Assistant")
    gap: ClassVar[str] = "\n### "
    stop: ClassVar[str] = "\n### "


@template("vicuna_v0_one_shot")
class VicunaOneShot(VicunaZeroShot):
    """
    Write what `vicuna_v0_zero_shot` writes, with an example exchange before the first question.

    Attributes:
        default_system: What stands in place of a missing system message.
    """

    summary: ClassVar[str] = "Vicuna 0 with an example exchange before the first question"

    example: ClassVar[str] = _EXAMPLE
