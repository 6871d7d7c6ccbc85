"""ToolBench (ToolLLaMA): transcripts with Thought, Action and Action Input in the assistant's turns."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Kind, Piece, Template, header, special, template
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.colon import Colon
from instrkit.templates.shared.layout import Layout, for_training
from instrkit.templates.shared.split_loss import split_trained

__all__ = ["ToolLlama", "ToolLlamaSingleRound"]

_ROLES = {
    "system": "System",
    "developer": "System",
    "user": "User",
    "tool": "Function",
    "assistant": "Assistant",
}


def _acts(message: Message, index: int, sample: Sample) -> list[list[Piece]]:
    """The Thought, Action and Action Input of each call of a message, as a ToolBench record has them."""
    manners = _manners(sample)
    acts: list[list[Piece]] = []
    thinking = message.thinking
    for k, call in enumerate(message.tool_calls):
        manner = manners.get(str(index), "") if k == 0 else ""
        said: list[Piece] = []
        if thinking is not None or not manner.startswith("bare"):
            said += [("\nThought: ", "thinking", index, True, None), (thinking or "", "thinking", index, True, None)]
        thinking = None
        raw = arguments_as_given(call)
        if call.name:
            texts = ["\nAction: ", call.name, "\nAction Input: ", raw]
        else:  # a call that could not be read: its text is all there is
            texts, said = [raw], []
        said += [(text, "tool", index, True, None) for text in texts]
        if manner.endswith("flush"):
            text, kind, *_ = said[0]
            said[0] = (text.removeprefix("\n"), kind, index, True, None)
        acts.append(said)
    return acts


def _manners(sample: Sample) -> dict[str, str]:
    """How the calls of a ToolBench record are written where that is not regular, by the position of their message."""
    residual = sample.residual
    if residual is None or residual.get("format") != "toolbench" or residual.get("count") != len(sample.messages):
        return {}
    manners: dict[str, str] = residual.get("react", {})
    return manners


def _texts(message: Message, index: int) -> list[Piece]:
    kind: Kind = "tool" if message.role == "tool" else "content"
    text = message.text
    return [(text, kind, index, False, None)] if text else []


@template("toolbench:tool-llama", "toolbench", "tool-llama")
class ToolLlama(Colon):
    r"""
    Write a transcript of Human and Assistant, `</s>` behind answers, as ToolBench's `tool-llama`.

    A call is written as the assistant's text: `\nThought: …\nAction: …\nAction Input: …`. There are two speakers, so
    that results have no place: `toolbench:tool-llama-single-round` has one for them, and for ToolBench's own records.
    The loss is found by splitting the text, see `split_loss`: texts that hold `</s>` or ` Assistant: ` shift it or
    lose all of it under the loss policy `reference`; the policies `assistant` and `last` are immune.

    Attributes:
        layout: `training` begins with the `<s>` that the tokenizer adds, `chat` is `get_prompt` alone; `auto` is the
            trainer's text, and the chat's for generation.
        default_system: What stands in place of a missing system message.
    """

    layout: Layout = "auto"
    default_system: str = (
        "A chat between a curious user and an artificial intelligence assistant who can use external tools and APIs "
        "to solve the user's question. The assistant gives tools and APIs calling processes or final answer to the "
        "human's question."
    )

    source: ClassVar[str] = "OpenBMB/ToolBench@d56fdd89faf8:toolbench/tool_conversation.py + toolbench/train/train.py"
    summary: ClassVar[str] = "ToolLLaMA: Human and Assistant in one line, </s> behind answers"
    bos: ClassVar[str] = "<s>"

    names: ClassVar[tuple[str, str]] = ("Human", "Assistant")

    def said(self, message: Message, index: int, sample: Sample) -> list[Piece]:
        """Return what message *index* says, its calls behind its text."""
        calls = _acts(message, index, sample) if message.role == "assistant" else []
        return [*_texts(message, index), *(piece for said in calls for piece in said)]

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments, trained where splitting the text finds an answer."""
        pieces = split_trained(super().pieces(sample, generate=generate), " Assistant: ", "</s>", "last")
        return [special("<s>"), *pieces] if for_training(self.layout, generate=generate) else pieces

    quick = Template.quick  # a text at once is `Colon`'s, whose loss is not this one's


@template("toolbench:tool-llama-single-round")
class ToolLlamaSingleRound(Template):
    r"""
    Write System, User, Function and Assistant on lines of their own, as ToolBench trains its own records.

    Only the very last message ends with `</s>`, and of all answers only the last is trained: each step of a ToolBench
    dialogue is a record of its own. Each call is a turn, `\nThought: …\nAction: …\nAction Input: …`. The functions are
    listed in the system message there; a list of tools beside the messages has no place.

    Attributes:
        layout: `training` begins with the `<s>` that the tokenizer adds, `chat` is `get_prompt` alone; `auto` is the
            trainer's text, and the chat's for generation.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = "OpenBMB/ToolBench@d56fdd89faf8:toolbench/tool_conversation.py + toolbench/train/train.py"
    summary: ClassVar[str] = "ToolLLaMA, single round: System, User, Function, Assistant; the last answer is trained"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = ("<s>", "</s>", "<unk>")

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments, the last answer trained."""
        turns = self._turns(sample)
        opened = generate and (not turns or sample.messages[turns[-1][0]].role != "assistant")
        pieces: list[Piece] = []
        for k, (index, said) in enumerate(turns):
            name = _ROLES[sample.messages[index].role]
            if not said:
                pieces.append((f"{name}:", "header", index, False, None))
                continue
            last = k + 1 == len(turns) and not opened
            pieces += [(f"{name}: ", "header", index, False, None), *said]
            pieces.append(("</s>", "end", index, True, None) if last else ("\n", "separator", index, False, None))
        if opened:
            pieces.append(header("Assistant:"))
        pieces = split_trained(pieces, "\nAssistant: ", "</s>", "last")
        return [special("<s>"), *pieces] if for_training(self.layout, generate=generate) else pieces

    def _turns(self, sample: Sample) -> list[tuple[int, list[Piece]]]:
        """The turns: the index of a message and what it says there; a message that calls has one for each call."""
        turns: list[tuple[int, list[Piece]]] = []
        for index, message in enumerate(sample.messages):
            calls = _acts(message, index, sample) if message.role == "assistant" else []
            texts = _texts(message, index)
            if texts or not calls:
                turns.append((index, texts))
            turns += [(index, said) for said in calls]
        return turns
