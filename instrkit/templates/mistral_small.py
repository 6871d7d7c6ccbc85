"""Mistral Small 3.2: a system prompt between tokens, with today's date in it where the sample has none of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Sample
from instrkit.templates.base import Piece, Template, special, template
from instrkit.templates.mistral_nemo import asks_alike, refuse_out_of_turn
from instrkit.templates.mistral_tools import call_of
from instrkit.templates.shared.calls import to_json
from instrkit.templates.shared.layout import Layout, keeps_all

__all__ = ["DEFAULT_SYSTEM", "MistralSmall32"]

DEFAULT_SYSTEM = """\
You are Mistral Small 3, a Large Language Model (LLM) created by Mistral AI, a French startup headquartered in Paris.
Your knowledge base was last updated on 2023-10-01. The current date is {date}.

When you're not sure about some information or when the user's request requires up-to-date or specific data, you must \
use the available tools to fetch the information. Do not hesitate to use tools whenever they can provide a more \
accurate or complete response. If no relevant tools are available, then clearly state that you don't have the \
information and avoid making up anything.

If the user's question is not clear, ambiguous, or does not provide enough context for you to accurately answer the \
question, you do not try to answer it right away and you rather ask the user to clarify their request (e.g. "What are \
some good restaurants around me?" => "Where are you?" or "When is the next flight to Tokyo" => "Where do you travel \
from?").
You are always very attentive to dates, and when asked about information at specific dates, you discard information \
that is at another date.
You follow these instructions in all languages, and always respond to the user in the language they use or request.
Next sections describe the capabilities that you have.

# WEB BROWSING INSTRUCTIONS

You cannot perform any web search or access internet to open URLs, links etc. If it seems like the user is expecting \
you to do so, you clarify the situation and ask the user to copy paste the text directly in the chat.

# MULTI-MODAL INSTRUCTIONS

You have the ability to read images, but you cannot generate images. You also cannot transcribe audio files or videos.
You cannot read nor transcribe audio files or videos.

# TOOL CALLING INSTRUCTIONS

You may have access to tools that you can use to fetch information or perform actions. You must use these tools in the \
following situations:

1. When the request requires up-to-date information.
2. When the request requires specific data that you do not have in your knowledge base.
3. When the request involves actions that you cannot perform without tools.

Always prioritize using tools to provide the most accurate and helpful response. If tools are not available, inform \
the user that you cannot perform the requested action at the moment."""
"""The system prompt of the chat template; `{date}` is where it writes the day."""

_DATE = "{date}"


@template("mistral-small-3.2")
class MistralSmall32(Template):
    """
    Write Mistral Small 3.2: `[SYSTEM_PROMPT]`, tools before the last question, calls as name, id and arguments.

    The reference refuses call ids that are not nine characters long; here any id is written as it is, and none where
    there is none. No trainer is public: loss on answers and the token that ends them.

    Attributes:
        date: The day in the default system prompt, as `2025-06-20`; needed where a sample has no system message.
        default_system: What stands in place of a missing system message, with `{date}` for the day; None for nothing.
        layout: `chat`, and `auto`, leave text beside calls out as the reference does; `training` writes it before
            them.
    """

    date: str | None = None
    default_system: str | None = DEFAULT_SYSTEM
    layout: Layout = "auto"

    source: ClassVar[str] = "lzptouch/llama.cpp@0b3d966f1855:models/templates/Mistral-Small-3.2-24B-Instruct-2506.jinja"
    summary: ClassVar[str] = "Mistral Small 3.2: [SYSTEM_PROMPT], a dated default system, calls as [ARGS]"
    bos: ClassVar[str] = "<s>"
    eos: ClassVar[str] = "</s>"
    control: ClassVar[tuple[str, ...]] = (
        "<s>", "</s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]",
        "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[CALL_ID]", "[ARGS]", "[TOOL_RESULTS]", "[TOOL_CONTENT]",
        "[/TOOL_RESULTS]", "[IMG]",
    )  # fmt: skip

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments; answers and the token that ends them are trained.

        Raises:
            UsageError: A date is needed and missing.
            TemplateError: User and assistant do not take turns, or a part is neither text nor image.
        """
        del generate
        messages = sample.messages
        refuse_out_of_turn(messages, system_anywhere=True)
        whole = keeps_all(self.layout)
        pieces = [special("<s>"), *self._default(messages)]
        users = [k for k, message in enumerate(messages) if message.role == "user"]
        for index, message in enumerate(messages):
            if message.role == "user":
                if sample.tools and (index == users[-1] if whole else asks_alike(message, messages[users[-1]])):
                    tools = to_json(list(sample.tools))
                    pieces += _around("[AVAILABLE_TOOLS]", [(tools, "tool", None, False, None)], "[/AVAILABLE_TOOLS]")
                pieces += _around("[INST]", _said(message, index), "[/INST]", index)
            elif message.role == "assistant":
                if not message.tool_calls or (whole and message.content):
                    pieces += _said(message, index, train=True)
                pieces += _calls(message, index)
                pieces.append(("</s>", "end", index, True, None))
            elif message.role == "tool":
                pieces += _result(message, index)
            else:
                pieces += _around("[SYSTEM_PROMPT]", _said(message, index), "[/SYSTEM_PROMPT]", index)
        return pieces

    def _default(self, messages: Sequence[Message]) -> list[Piece]:
        """The default system prompt where the sample does not begin with its own."""
        text = self.default_system
        if text is None or (messages and messages[0].role == "system"):
            return []
        if _DATE in text:
            if self.date is None:
                raise UsageError(
                    f"template {self.name}: date: missing, and the default system prompt holds today's: expected "
                    'date="2025-06-20" or the like; or give the sample a system message, or default_system=None'
                )
            text = text.replace(_DATE, self.date)
        return _around("[SYSTEM_PROMPT]", [(text, "header", None, False, None)], "[/SYSTEM_PROMPT]")


def _around(before: str, said: Sequence[Piece], after: str, index: int | None = None) -> list[Piece]:
    start: Piece = (before, "special", index, False, None)
    return [start, *said, (after, "special" if index is None else "end", index, False, None)]


def _said(message: Message, index: int, *, train: bool = False) -> list[Piece]:
    """What a message says; an image is one token."""
    if not isinstance(message.content, tuple):
        return [(message.text, "content", index, train, None)]
    said: list[Piece] = []
    for k, part in enumerate(message.content):
        if part.type == "text":
            said.append((part.text or "", "content", index, train, None))
        elif part.type == "image":
            said.append(("[IMG]", "special", index, train, None))
        else:
            raise TemplateError(f"messages[{index}].content[{k}]: {part.type} part: expected text or image; remove it")
    return said


def _calls(message: Message, index: int) -> list[Piece]:
    """The calls, one after the other: name, id and arguments behind a token each."""
    pieces: list[Piece] = []
    for call in message.tool_calls:
        pieces += [("[TOOL_CALLS]", "special", index, True, None), (call.name, "tool", index, True, None)]
        if call.id is not None:
            pieces += [("[CALL_ID]", "special", index, True, None), (call.id, "tool", index, True, None)]
        arguments = to_json(call_of(call, with_id=False)["arguments"])
        pieces += [("[ARGS]", "special", index, True, None), (arguments, "tool", index, True, None)]
    return pieces


def _result(message: Message, index: int) -> list[Piece]:
    said: Piece = (message.text, "tool", index, False, None)
    start: list[Piece] = [
        ("[TOOL_RESULTS]", "special", index, False, None),
        (message.tool_call_id or "", "tool", index, False, None),
    ]
    return [*start, *_around("[TOOL_CONTENT]", [said], "[/TOOL_RESULTS]", index)]
