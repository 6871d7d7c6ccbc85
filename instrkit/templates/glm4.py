"""GLM-4-9B: role tokens, tools in a system message in Chinese, calls as a tool's name and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Quick, template
from instrkit.templates.glm4_tools import TOOLS_SYSTEM, described
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.role_tokens import Block, RoleTokens

__all__ = ["GLM4"]


@template("glm4")
class GLM4(RoleTokens):
    r"""
    Write `<|role|>NAME\nTEXT` for each message that has a text; `<|user|>` follows a whole text in training.

    Tools stand in a system message of their own before the message that holds them, or first. A call is an assistant's
    message of its own, named after the tool, with its arguments as text; a result is an observation. Parallel calls
    follow each other, words beside a call come before it. Thinking has no place.

    The script counts tokens with *combine*: all but the first one after the last `<|assistant|>` are trained, later
    messages included. That first token is the line break; where a tool's name stands there, the whole name is trained.

    Attributes:
        combine: Whether only the last answer carries loss, as with the script's setting of that name.
        tools_system: How the system message with the tools begins.
    """

    combine: bool = False
    tools_system: str = TOOLS_SYSTEM

    source: ClassVar[str] = "THUDM/GLM-4@3f79b543647b:finetune/finetune.py"
    summary: ClassVar[str] = "GLM-4-9B-chat: role tokens, loss on answers and the role token that follows"
    bos: ClassVar[str] = "<sop>"
    eos: ClassVar[str] = "<|user|>"
    control: ClassVar[tuple[str, ...]] = (
        "[gMASK]", "[MASK]", "[sMASK]", "<sop>", "<eop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>",
        "<|endoftext|>", "<|begin_of_image|>", "<|end_of_image|>", "<|begin_of_video|>", "<|end_of_video|>",
    )  # fmt: skip
    start: ClassVar[tuple[str, ...]] = ("[gMASK]", "<sop>")
    head: ClassVar[str] = "\n"
    empty: ClassVar[bool] = False
    open: ClassVar[str] = "<|assistant|>\n"
    finish: ClassVar[str] = "<|user|>"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments; answers, calls and the token that follows each are trained.

        Raises:
            TemplateError: A tool is of a type the model is not told of.
        """
        pieces = super().pieces(sample, generate=generate)
        return _last_only(pieces) if self.combine else pieces

    def blocks(self, sample: Sample) -> Iterator[Block]:
        """Yield a block per message that says something, per call, and one for the tools."""
        if sample.tools:
            yield "system", None, [*self.line("", None, train=False), *described(sample.tools, self.tools_system)]
        for index, message in enumerate(sample.messages):
            if tools := _own_tools(message):
                yield "system", None, [*self.line("", None, train=False), *described(tools, self.tools_system)]
            if message.text:
                yield message.role, index, self.said(message, index)
            for call in message.tool_calls:
                called = self.line(call.name, index, train=True)
                yield message.role, index, [*called, (arguments_as_given(call), "tool", index, True, None)]

    def quick(self, sample: Sample, *, generate: bool) -> Quick | None:
        """Return text and loss spans of messages that only have a text; see `Template.quick`."""
        return None if self.combine else super().quick(sample, generate=generate)


def _own_tools(message: Message) -> list[Any]:
    """The tools that stand in a system message itself, as the model's own chat template takes them."""
    tools = message.extra.get("tools") if message.extra and message.role in SYSTEM_ROLES else None
    return tools if isinstance(tools, list) else []


def _last_only(pieces: list[Piece]) -> list[Piece]:
    """Train what follows the last `<|assistant|>` and the line break behind it, and nothing else."""
    answers = [k for k, piece in enumerate(pieces) if piece[0] == "<|assistant|>" and piece[1] in {"special", "end"}]
    last = answers[-1] if answers else len(pieces)
    marked = [(text, kind, message, k > last, label) for k, (text, kind, message, _, label) in enumerate(pieces)]
    if last + 1 < len(marked) and marked[last + 1][1] == "header":
        text, kind, message, _, label = marked[last + 1]
        marked[last + 1] = (text, kind, message, False, label)
    return marked
