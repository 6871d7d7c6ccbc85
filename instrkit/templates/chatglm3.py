"""ChatGLM3-6B: role tokens, texts encoded apart from their headers, tools as JSON and calls as Python code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import function_of, to_json
from instrkit.templates.shared.role_tokens import Block, RoleTokens

__all__ = ["ChatGLM3"]

TOOLS_SYSTEM = "Answer the following questions as best as you can. You have access to the following tools:"
"""The system message before tools (THUDM/ChatGLM3@732294f42e26:finetune_demo/preprocess_utils.py)."""


@template("chatglm3")
class ChatGLM3(RoleTokens):
    r"""
    Write `<|role|>NAME\n TEXT` for each message; `</s>` follows a whole text in training.

    The trainer and `chat()` encode a text apart from its header, so that SentencePiece puts a space before it, and one
    before the header, which the text does not show: a `prefix` without text. Tools stand as JSON behind the text of the
    first system message, which is made up where there is none. A call is an assistant's message of its own, named after
    the tool, with Python code as its text; a result is an observation. Parallel calls follow each other, words beside a
    call come before it. Thinking has no place.

    The script of that commit refuses tools; the loss on calls and not on results is that of its `preprocess_utils.py`.

    Attributes:
        tools_system: The system message in place of a missing one where there are tools.
    """

    tools_system: str = TOOLS_SYSTEM

    source: ClassVar[str] = "THUDM/ChatGLM3@732294f42e26:finetune_demo/finetune_hf.py"
    summary: ClassVar[str] = "ChatGLM3-6B: role tokens, loss on answers and the role token that follows"
    bos: ClassVar[str] = "sop"
    eos: ClassVar[str] = "</s>"
    # "sop" and "eop" are ids that no text can reach, as in ChatGLM2: the letters stay letters
    control: ClassVar[tuple[str, ...]] = (
        "[gMASK]", "[MASK]", "[sMASK]", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>",
        "<s>", "</s>", "<unk>",
    )  # fmt: skip
    start: ClassVar[tuple[str, ...]] = ("[gMASK]", "sop")
    head: ClassVar[str] = "\n▁"
    open: ClassVar[str] = "<|assistant|>"
    finish: ClassVar[str] = "</s>"

    def line(self, name: str, index: int | None, *, train: bool) -> list[Piece]:
        """Return the head of a message, which is encoded on its own: the space before it is not shown."""
        return [("", "prefix", index, train, None), *super().line(name, index, train=train)]

    def blocks(self, sample: Sample) -> Iterator[Block]:
        """Yield a block per message, per call, and one for the tools where there is no system message."""
        tools = [function_of(tool) for tool in sample.tools]
        if tools and not any(message.role in SYSTEM_ROLES for message in sample.messages):
            text: Piece = (self.tools_system, "header", None, False, None)
            yield "system", None, [*self.line("", None, train=False), text, *_listed(tools)]
            tools = []
        for index, message in enumerate(sample.messages):
            if message.content is not None or not (message.tool_calls or message.thinking):
                said = self.said(message, index)
                if message.role in SYSTEM_ROLES:
                    said += _listed(tools or _own_tools(message))
                    tools = []
                yield message.role, index, said
            for call in message.tool_calls:
                called = self.line(call.name, index, train=True)
                yield message.role, index, [*called, (_code(call), "tool", index, True, None)]


def _own_tools(message: Message) -> list[Any]:
    """The tools that stand in a system message itself, as in the history of `chat()`."""
    tools = message.extra.get("tools") if message.extra else None
    return tools if isinstance(tools, list) else []


def _listed(tools: list[Any]) -> list[Piece]:
    if not tools:
        return []
    return [("\n", "header", None, False, None), (to_json(tools, 4), "tool", None, False, None)]


def _code(call: ToolCall) -> str:
    """A call as the Python code that the model writes: `tool_call(city='北京', days=1)` in a fence."""
    arguments = call.arguments
    if call.kind == "python" and call.arguments_raw is not None:
        code = call.arguments_raw
    elif isinstance(arguments, dict):
        code = f"tool_call({', '.join(f'{name}={value!r}' for name, value in arguments.items())})"
    else:
        code = f"tool_call({call.arguments_raw or '' if arguments is None else repr(arguments)})"
    return code if code.startswith("```") else f"```python\n{code}\n```"
