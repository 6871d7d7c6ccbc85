"""GLM-4.5: GLM-4's role tokens, thinking before each answer, calls in tags of their own."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Kind, Piece, Template, header, special, template
from instrkit.templates.shared.by_turns import SYSTEM_ROLES
from instrkit.templates.shared.calls import arguments_of, to_json
from instrkit.templates.shared.layout import Layout, for_training, keeps_all
from instrkit.templates.shared.role_tokens import TOKENS
from instrkit.templates.shared.think_tags import CLOSE, read_thought
from instrkit.templates.shared.turn import fixed

__all__ = ["GLM4Moe"]

_ROLES: Final = ("[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
_MARKS: Final = (
    "<think>", "</think>", "<tool_call>", "</tool_call>", "<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>",
    "<tool_response>", "</tool_response>", "/nothink",
)  # fmt: skip
CONTROL: Final = (*_ROLES, *_MARKS, "[MASK]", "[sMASK]", "<eop>", "<|endoftext|>")

_TOOLS_BEFORE: Final = fixed(
    "<|system|>\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n",
    CONTROL,
)
_TOOLS_BEHIND: Final = fixed(
    "</tools>\n\nFor each function call, output the function name and arguments within the following XML format:\n"
    "<tool_call>{function-name}\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>\n"
    "<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>",
    CONTROL,
)
_START: Final = (special("[gMASK]"), special("<sop>"))
_LINE: Final = header("\n")
_NOTHING_THOUGHT: Final = fixed("\n<think></think>", CONTROL)


@template("glm4-moe", "glm4_moe", "glm4.5")
class GLM4Moe(Template):
    r"""
    Write `<|user|>\nQUESTION<|assistant|>\n<think>THOUGHTS</think>\nANSWER`; the next role's token ends an answer.

    Thinking that stands in the content (`<think>…</think>`) is taken out of it; answer and thinking lose the white
    space around them. Calls are `<tool_call>` with a line per argument; results share an `<|observation|>`.

    In training the token after an answer is the answer's own: `<|observation|>` after calls, else `<|system|>` or
    `<|user|>`, whatever follows; elsewhere the next role's token is, where it is that. Both references drop the
    thinking of answers before the last question.

    Attributes:
        layout: `training` (the answer's last token as in TRL's training template, and all thinking) or `chat` (the
            model's); `auto` is TRL's template, and the model's for generation.
        enable_thinking: False adds `/nothink` to questions and opens answers with nothing thought.
        clear_thinking: Whether thinking before the last question is dropped; None drops it as both references do,
            but for the layout `training`.
    """

    layout: Layout = "auto"
    enable_thinking: bool | None = None
    clear_thinking: bool | None = None

    source: ClassVar[str] = "huggingface/trl@f2cd57710ae3:trl/chat_templates/glm4moe_training.jinja"
    summary: ClassVar[str] = "GLM-4.5: thinking in <think>, calls in tags, loss on answers and the token that follows"
    bos: ClassVar[str] = "<sop>"
    eos: ClassVar[str] = "<|user|>"
    control: ClassVar[tuple[str, ...]] = CONTROL

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        """
        Return the segments; what follows `<|assistant|>` is trained.

        Raises:
            TemplateError: The arguments of a call are no JSON object.
        """
        training = for_training(self.layout, generate=generate)
        messages = sample.messages
        pieces = [*_START]
        if sample.tools:
            pieces += _TOOLS_BEFORE
            for tool in sample.tools:
                pieces += ((to_json(tool), "tool", None, False, None), _LINE)
            pieces += _TOOLS_BEHIND
        shown = self._shown(messages)
        before = None
        for index, message in enumerate(messages):
            role = "system" if message.role == "developer" else message.role
            if role == "assistant":
                pieces += self._answer(message, index, thinks=index >= shown)
                if training:
                    pieces.append((_ending(messages, index), "end", index, True, None))
            else:
                if not training and before == "assistant":
                    pieces.append(_follows(messages, index, TOKENS[role]))
                elif before != "assistant" and not (role == "tool" and (training or before == "tool")):
                    pieces.append((TOKENS[role], "special", index, False, None))
                pieces += self._heard(message, index)
            before = role
        if generate and before != "assistant":
            pieces.append(special("<|assistant|>"))
            pieces += _NOTHING_THOUGHT if self.enable_thinking is False else ()
        return pieces

    def _shown(self, messages: tuple[Message, ...]) -> int:
        """The index of the first message whose thinking is written."""
        clears = not keeps_all(self.layout) if self.clear_thinking is None else self.clear_thinking
        asked = [index for index, message in enumerate(messages) if message.role == "user"]
        return asked[-1] + 1 if clears and asked else 0

    def _heard(self, message: Message, index: int) -> list[Piece]:
        """What stands behind the role's token of a message that is no answer."""
        text = message.text
        line: Piece = ("\n", "header", index, False, None)
        if message.role == "tool":
            return [
                line, ("<tool_response>", "special", index, False, None),
                line, (text, "tool", index, False, None),
                line, ("</tool_response>", "special", index, False, None),
            ]  # fmt: skip
        said: list[Piece] = [line, (text, "content", index, False, None)]
        if message.role == "user" and self.enable_thinking is False and not text.endswith("/nothink"):
            said.append(("/nothink", "special", index, False, None))
        return said

    def _answer(self, message: Message, index: int, *, thinks: bool) -> list[Piece]:
        """An answer: thinking, text and calls, without what ends it."""
        thinking, text = _parted(message)
        thinking = thinking.strip() if thinks else ""
        answer = _Answer(index)
        answer.add("\n", "header")
        answer.tag("think", thinking, "thinking")
        if text := text.strip():
            answer.add("\n", "header")
            answer.add(text, "content")
        for k, call in enumerate(message.tool_calls):
            answer.call(call, k)
        return [("<|assistant|>", "special", index, False, None), *answer.pieces]


class _Answer:
    """The trained pieces of the answer at *index*."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.pieces: list[Piece] = []

    def add(self, text: str, kind: Kind) -> None:
        """Add one piece."""
        self.pieces.append((text, kind, self.index, True, None))

    def tag(self, name: str, text: str, kind: Kind) -> None:
        """Add *text* between a tag's two tokens."""
        self.add(f"<{name}>", "special")
        if text:
            self.add(text, kind)
        self.add(f"</{name}>", "special")

    def call(self, call: ToolCall, k: int) -> None:
        """Add the call number *k*."""
        self.add("\n", "header")
        self.add("<tool_call>", "special")
        self.add(call.name, "tool")
        self.add("\n", "header")
        for name, value in self._arguments(call, k).items():
            self.tag("arg_key", name, "tool")
            self.add("\n", "header")
            self.tag("arg_value", value if isinstance(value, str) else to_json(value), "tool")
            self.add("\n", "header")
        self.add("</tool_call>", "special")

    def _arguments(self, call: ToolCall, k: int) -> dict[str, Any]:
        arguments = arguments_of(call)
        if not isinstance(arguments, dict):
            raise TemplateError(
                f"messages[{self.index}].tool_calls[{k}].arguments: no JSON object: expected names and values, "
                "each of which stands in tags of its own; repair or drop the call"
            )
        return arguments


def _parted(message: Message) -> tuple[str, str]:
    """The thinking and the text of an answer; thinking in the text counts where there is no other."""
    text = message.text
    if message.thinking is not None or CLOSE not in text:
        return message.thinking or "", text
    thought = read_thought(text)
    return thought.reasoning, thought.content


def _follows(messages: tuple[Message, ...], index: int, token: str) -> Piece:
    """The role's *token* of message *index*, which follows an answer: that one's end where the trainer would say so."""
    if token == _ending(messages, index - 1):
        return (token, "end", index - 1, True, None)
    return (token, "special", index, False, None)


def _ending(messages: tuple[Message, ...], index: int) -> str:
    """The token that ends the answer at *index* in training."""
    if messages[index].tool_calls:
        return "<|observation|>"
    if index + 1 < len(messages) and messages[index + 1].role in SYSTEM_ROLES:
        return "<|system|>"
    return "<|user|>"
