r"""Llama 3.1 as Meta's own code writes it: no dates, no tool lists, texts as they are, calls in ASCII."""

from __future__ import annotations

from functools import cache

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates.base import Piece, special
from instrkit.templates.llama3 import CONTROL
from instrkit.templates.shared.calls import arguments_of, to_json
from instrkit.templates.shared.turn import Turn, fixed

__all__ = ["OPENING", "llama_turn", "meta_pieces"]

OPENING = "<|start_header_id|>assistant<|end_header_id|>\n\n"
"""What opens an answer."""

_BUILTIN = {
    "brave_search": "query",
    "wolfram_alpha": "query",
    "photogen": "query",
    "code_interpreter": "code",
}
"""The tools the model knows by itself, and the one argument of each."""

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "ipython"}


@cache
def llama_turn(role: str, end: str = "<|eot_id|>", tag: str = "") -> Turn:
    """Return the turn of *role*; what an assistant writes is trained, *tag* too, up to the token that ends it."""
    said = f"⟦{tag}{{}}{end}⟧" if role == "assistant" else f"{{}}{end}"
    return Turn.read(f"<|start_header_id|>{role}<|end_header_id|>\n\n{said}", CONTROL)


def meta_pieces(sample: Sample, *, generate: bool) -> list[Piece]:
    r"""
    Return the segments of *sample* as Meta's `ChatFormat.encode_dialog_prompt` encodes it.

    Calls follow the text of their message directly: `{"type": "function", "name": …, "parameters": …}` in ASCII, a
    search as `brave_search.call(query="…")`, code as it is after `<|python_tag|>`. A message ends with `<|eom_id|>`
    where it says so (`stop_reason` is `end_of_message`, as Meta's records have it) or, where it says nothing, where it
    calls a built-in tool; with `<|eot_id|>` otherwise.

    Source: meta-llama/llama-models@a9c89c471f79:models/llama3/chat_format.py and tool_utils.py.

    Raises:
        TemplateError: A call of a built-in tool lacks its argument.
    """
    pieces = [special("<|begin_of_text|>")]
    for index, message in enumerate(sample.messages):
        pieces += _message(message, index)
    if generate and (not sample.messages or sample.messages[-1].role != "assistant"):
        pieces += fixed(OPENING, CONTROL)
    return pieces


def _message(message: Message, index: int) -> list[Piece]:
    role = _ROLES[message.role]
    if message.role == "tool":
        return llama_turn(role).write(message.text, index, "tool")
    if message.role != "assistant":
        return llama_turn(role).write(message.text, index)
    calls = message.tool_calls
    end = "<|eom_id|>" if _goes_on(message) else "<|eot_id|>"
    tag = "<|python_tag|>" if calls and calls[0].name == "code_interpreter" else ""
    said: list[Piece] = []
    if message.text or not calls:
        said.append((message.text, "content", index, True, None))
    said += [(_written(call, f"messages[{index}].tool_calls[{k}]"), "tool", index, True, None)
             for k, call in enumerate(calls)]  # fmt: skip
    return llama_turn(role, end, tag).around(said, index)


def _goes_on(message: Message) -> bool:
    """Whether the turn goes on behind this message, once a tool has answered."""
    reason = (message.extra or {}).get("stop_reason")
    if reason is not None:
        return bool(reason == "end_of_message")
    return any(call.name in _BUILTIN for call in message.tool_calls)


def _written(call: ToolCall, where: str) -> str:
    arguments = arguments_of(call)
    key = _BUILTIN.get(call.name)
    if key is None:
        return to_json({"type": "function", "name": call.name, "parameters": arguments}, ascii=True)
    value = arguments.get(key) if isinstance(arguments, dict) else None
    if not isinstance(value, str):
        raise TemplateError(
            f"{where}: call of the built-in tool {call.name!r}: expected its argument {key!r} as a string"
        )
    return value if key == "code" else f'{call.name}.call(query="{value}")'
