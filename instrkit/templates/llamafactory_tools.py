"""How LLaMA-Factory writes tool lists and calls: one format per model family, none of them the models' own code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from instrkit.errors import TemplateError
from instrkit.sample import Message
from instrkit.templates.shared.calls import arguments_of, arguments_text, function_of, to_json

__all__ = ["FORMATS", "ToolFormat"]

Said = tuple[str, bool]
"""A text, and whether it comes from the sample."""

Call = tuple[str, Any, str]
"""A call's name, its arguments, and those as JSON text."""


class ToolFormat(NamedTuple):
    """
    How a family's tools are written; both return their text in pieces, in order.

    Attributes:
        tools: The tool list, as it stands behind the system text; takes the definitions and the date.
        calls: The calls of an answer; takes the message's path, for errors.
    """

    tools: Callable[[tuple[Any, ...], str], list[Said]]
    calls: Callable[[Message, str], list[Said]]


def _calls_of(message: Message) -> list[Call]:
    return [(call.name, arguments_of(call), arguments_text(call)) for call in message.tool_calls]


def _listed(texts: Iterable[str], between: str = "\n") -> list[Said]:
    """Texts of the sample with the template's own text *between*."""
    said: list[Said] = []
    for text in texts:
        said += [(between, False), (text, True)] if said else [(text, True)]
    return said


def _wrapped(tool: Any) -> Any:
    """The definition with `type` and `function` around it."""
    if isinstance(tool, dict) and tool.get("type") == "function":
        return tool
    return {"type": "function", "function": tool}


# --- the default: ReAct-like -------------------------------------------------------------------------------------


_DEFAULT_END = (
    "])\nAction Input: the input to the tool, in a JSON format representing the kwargs "
    '(e.g. ```{"input": "hello world", "num_beams": 5}```)\n```\n'
)


def _default_tools(tools: tuple[Any, ...], date: str) -> list[Said]:
    del date
    functions = [function for tool in tools if isinstance(function := function_of(tool), dict)]
    names = ", ".join(str(function.get("name", "")) for function in functions)
    return [
        ("You have access to the following tools:\n", False),
        ("".join(map(_described, functions)), True),
        ("Use the following format if using a tool:\n```\nAction: tool name (one of [", False),
        (names, True),
        (_DEFAULT_END, False),
    ]


def _described(function: dict[str, Any]) -> str:
    schema = function.get("parameters")
    schema = schema if isinstance(schema, dict) else {}
    properties = schema.get("properties")
    lines = [
        f"> Tool Name: {function.get('name', '')}\n",
        f"Tool Description: {function.get('description', '')}\nTool Args:\n",
    ]
    for name, parameter in (properties if isinstance(properties, dict) else {}).items():
        about = parameter if isinstance(parameter, dict) else {}
        required = ", required" if name in (schema.get("required") or ()) else ""
        choices = f", should be one of [{', '.join(map(str, about['enum']))}]" if about.get("enum") else ""
        items = about.get("items")
        each = f", where each item should be {items.get('type', '')}" if isinstance(items, dict) and items else ""
        lines.append(f"  - {name} ({about.get('type', '')}{required}): {about.get('description', '')}{choices}{each}\n")
    return "".join([*lines, "\n"])


def _default_calls(message: Message, where: str) -> list[Said]:
    del where
    said: list[Said] = []
    for name, _, arguments in _calls_of(message):
        said += [("\nAction: " if said else "Action: ", False), (name, True), ("\nAction Input: ", False)]
        said.append((arguments, True))
    return said


# --- GLM-4 and ChatGLM3 ------------------------------------------------------------------------------------------

_GLM4 = (
    "你是一个名为 ChatGLM 的人工智能助手。你是基于智谱 AI 公司训练的语言模型 GLM-4 模型开发的，"
    "你的任务是针对用户的问题和要求提供适当的答复和支持。\n\n# 可用工具"
)


def _glm4_tools(tools: tuple[Any, ...], date: str) -> list[Said]:
    del date
    said: list[Said] = [(_GLM4, False)]
    for function in map(function_of, tools):
        name = str(function.get("name", "")) if isinstance(function, dict) else ""
        said += [("\n\n## ", False), (name, True), ("\n\n", False), (to_json(function, 4), True)]
        said.append(("\n在调用上述函数时，请使用 Json 格式表示调用的参数。", False))
    return said


def _glm4_calls(message: Message, where: str) -> list[Said]:
    calls = _calls_of(message)
    if len(calls) > 1:
        raise TemplateError(
            f"{where}.tool_calls: {len(calls)} calls: expected one, as this layout has no place for parallel calls; "
            "choose another template"
        )
    return [part for name, _, arguments in calls for part in ((name, True), ("\n", False), (arguments, True))]


# --- Qwen and GLM-4.5 --------------------------------------------------------------------------------------------

_TOOLS_BEGIN = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
)
_QWEN_END = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n'
    "</tool_call>"
)
_MOE_END = (
    "\n</tools>\n\nFor each function call, output the function name and arguments within the following XML format:\n"
    "<tool_call>{function-name}\n<arg_key>{arg-key-1}</arg_key>\n<arg_value>{arg-value-1}</arg_value>\n"
    "<arg_key>{arg-key-2}</arg_key>\n<arg_value>{arg-value-2}</arg_value>\n...\n</tool_call>\n"
)


def _qwen_tools(tools: tuple[Any, ...], date: str) -> list[Said]:
    del date
    return [(_TOOLS_BEGIN, False), *_listed(to_json(_wrapped(tool)) for tool in tools), (_QWEN_END, False)]


def _moe_tools(tools: tuple[Any, ...], date: str) -> list[Said]:
    return [*_qwen_tools(tools, date)[:-1], (_MOE_END, False)]


def _qwen_calls(message: Message, where: str) -> list[Said]:
    del where
    said: list[Said] = []
    for name, arguments, _ in _calls_of(message):
        said.append(("\n<tool_call>\n" if said else "<tool_call>\n", False))
        said += [(to_json({"name": name, "arguments": arguments}), True), ("\n</tool_call>", False)]
    return said


def _moe_calls(message: Message, where: str) -> list[Said]:
    """A call is opened and never closed: so it stands in the reference."""
    said: list[Said] = []
    for k, (name, arguments, _) in enumerate(_calls_of(message)):
        if not isinstance(arguments, dict):
            raise TemplateError(
                f"{where}.tool_calls[{k}]: arguments that are no object: expected names and values; repair the call"
            )
        said += [("\n\n<tool_call>" if said else "\n<tool_call>", False), (name, True)]
        for key, value in arguments.items():
            text = value if isinstance(value, str) else to_json(value)
            said += [("\n<arg_key>", False), (key, True), ("</arg_key>\n<arg_value>", False), (text, True)]
            said.append(("</arg_value>", False))
    return said


# --- Mistral and Llama 3 -----------------------------------------------------------------------------------------


def _mistral_tools(tools: tuple[Any, ...], date: str) -> list[Said]:
    del date
    texts = _listed((to_json(_wrapped(tool)) for tool in tools), ", ")
    return [("[AVAILABLE_TOOLS] [", False), *texts, ("][/AVAILABLE_TOOLS]", False)]


def _mistral_calls(message: Message, where: str) -> list[Said]:
    del where
    texts = (to_json({"name": name, "arguments": arguments}) for name, arguments, _ in _calls_of(message))
    return [("[", False), *_listed(texts, ", "), ("]", False)]


_LLAMA3 = (
    "You have access to the following functions. To call a function, please respond with JSON for a function call. "
    'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}. '
    "Do not use variables.\n\n"
)


def _llama3_tools(tools: tuple[Any, ...], date: str) -> list[Said]:
    said: list[Said] = [(f"Cutting Knowledge Date: December 2023\nToday Date: {date}\n\n{_LLAMA3}", False)]
    for tool in tools:
        said += [(to_json(_wrapped(tool), 4), True), ("\n\n", False)]
    return said


def _llama3_calls(message: Message, where: str) -> list[Said]:
    del where
    texts = [to_json({"name": name, "parameters": arguments}) for name, arguments, _ in _calls_of(message)]
    return _listed(texts) if len(texts) == 1 else [("[", False), *_listed(texts, ", "), ("]", False)]


FORMATS: dict[str, ToolFormat] = {
    "default": ToolFormat(_default_tools, _default_calls),
    "glm4": ToolFormat(_glm4_tools, _glm4_calls),
    "glm4_moe": ToolFormat(_moe_tools, _moe_calls),
    "llama3": ToolFormat(_llama3_tools, _llama3_calls),
    "mistral": ToolFormat(_mistral_tools, _mistral_calls),
    "qwen": ToolFormat(_qwen_tools, _qwen_calls),
}
"""The formats by LLaMA-Factory's names; hiyouga/LLaMA-Factory@ff6d4d12eeb0:src/llamafactory/data/tool_utils.py."""
