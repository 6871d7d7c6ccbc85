"""Hermes-2-Pro on Llama 3: ChatML with a first system turn that lists the tools as Python signatures."""

from __future__ import annotations

from typing import ClassVar

from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, header, template
from instrkit.templates.hermes_signature import listed_tool
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import arguments_as_given
from instrkit.templates.shared.chat import Chat
from instrkit.templates.shared.chat_quick import Condition
from instrkit.templates.shared.layout import Layout, keeps_all
from instrkit.templates.shared.tool_tags import calls, spoken
from instrkit.templates.shared.turn import fixed

__all__ = ["Hermes2Pro"]

_BEFORE = (
    "<|im_start|>system\nYou are a function calling AI model. You are provided with function signatures within "
    "<tools></tools> XML tags. You may call one or more functions to assist with the user query. Don't make "
    "assumptions about what values to plug into functions. Here are the available tools: <tools> "
)
_BEHIND = (
    " </tools>Use the following pydantic model json schema for each tool call you will make: "
    '{"properties": {"name": {"title": "Name", "type": "string"}, "arguments": {"title": "Arguments", "type": '
    '"object"}}, "required": ["name", "arguments"], "title": "FunctionCall", "type": "object"}}\n'
    "For each function call return a json object with function name and arguments within <tool_call></tool_call> "
    "XML tags as follows:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-dict>}\n</tool_call><|im_end|>\n'
)


@template("hermes-2-pro", "hermes-3")
class Hermes2Pro(Chat):
    """
    Write Hermes-2-Pro's template for tools, and its plain one for samples without.

    A turn of results has no line break behind it. Beside calls the chat layout drops the content, as the template
    does; the training layout keeps it. Thinking has no place in it. The loss is on the answer and the token that ends
    it, as no trainer is known.

    Attributes:
        layout: `training` keeps the content beside calls; `chat`, and `auto`, drop it as the reference does.
    """

    layout: Layout = "auto"

    source: ClassVar[str] = (
        "lzptouch/llama.cpp@0b3d966f1855:models/templates/NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use.jinja"
    )
    summary: ClassVar[str] = "Hermes-2-Pro (Llama 3): ChatML, tools as Python signatures, results in a tool turn"
    bos: ClassVar[str] = "<|begin_of_text|>"
    eos: ClassVar[str] = "<|im_end|>"
    control: ClassVar[tuple[str, ...]] = (
        "<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>", "<tools>", "</tools>", "<tool_call>",
        "</tool_call>", "<tool_response>", "</tool_response>",
    )  # fmt: skip

    start: ClassVar[str] = "<|begin_of_text|>"
    system: ClassVar[str] = "<|im_start|>system\n{}<|im_end|>\n"
    user: ClassVar[str] = "<|im_start|>user\n{}<|im_end|>\n"
    assistant: ClassVar[str] = "<|im_start|>assistant\n⟦{}<|im_end|>⟧\n"
    plain: ClassVar[tuple[Condition, ...]] = ()

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """Return the segments; the tools come before everything that the messages say."""
        forms = self.forms()
        messages = sample.messages
        keeps = keeps_all(self.layout)
        pieces = [*forms.start]
        if sample.tools:
            listed: Piece = ("\n".join(map(listed_tool, sample.tools)), "tool", None, False, None)
            pieces += [*fixed(_BEFORE, self.control), listed, *fixed(_BEHIND, self.control)]
        if self.default_system is not None and not any(message.role in SYSTEM_ROLES for message in messages):
            pieces += forms.roles["system"].around([header(self.default_system)], None)
        for index, message in enumerate(messages):
            if message.role == "tool":
                pieces += self.result(messages, index)
            elif message.tool_calls:
                text = message.text if keeps else ""
                said = [spoken(text, index)] if text else []
                said += calls(message.tool_calls, index, after=text, arguments=arguments_as_given)
                pieces += forms.roles["assistant"].around(said, index)
            else:
                pieces += forms.roles[message.role].write(message.text, index)
        if generate and not (messages and messages[-1].role == "assistant"):
            pieces += forms.opening
        return pieces

    def result(self, messages: tuple[Message, ...], index: int) -> list[Piece]:
        """Return the tool's result *index*; the first of a row opens the turn, the last closes it."""
        opens = index > 0 and messages[index - 1].role != "tool"  # the template opens no turn for a result that leads
        last = index + 1 == len(messages)
        closes = last or messages[index + 1].role != "tool"
        pieces = fixed("<|im_start|>tool\n" if opens else "", self.control, index)
        pieces += fixed("<tool_response>\n", self.control, index)
        pieces.append((messages[index].text, "tool", index, False, None))
        pieces += fixed("\n</tool_response>" if last else "\n</tool_response>\n", self.control, index)
        return [*pieces, ("<|im_end|>", "end", index, False, None)] if closes else pieces
