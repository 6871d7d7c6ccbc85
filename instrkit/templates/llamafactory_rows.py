"""LLaMA-Factory's current templates as a table; see `llamafactory`."""

from __future__ import annotations

from typing import Any, NamedTuple

from instrkit.templates.llamafactory import LlamaFactory, Slots
from instrkit.templates.shared.rows import register_row

__all__ = ["ROWS", "Row", "register"]

_VICUNA = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
_ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
)
_INTERN = (
    "You are an AI assistant whose name is InternLM (书生·浦语).\n"
    "- InternLM (书生·浦语) is a conversational language model that is developed by Shanghai AI Laboratory "
    "(上海人工智能实验室). It is designed to be helpful, honest, and harmless.\n"
    "- InternLM (书生·浦语) can understand and communicate fluently in the language chosen by the user such as English "
    "and 中文."
)
_QWEN = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
_LLAMA2_ZH = "You are a helpful assistant. 你是一个乐于助人的助手。"

_LLAMA = ("</s>", "<s>", "<unk>")
_MISTRAL = (
    *_LLAMA, "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
)  # fmt: skip
_CHATML = ("<|im_end|>", "<|im_start|>", "<|endoftext|>")
_DEEPSEEK = ("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>")
_DEEPSEEK3 = (*_DEEPSEEK, "<｜User｜>", "<｜Assistant｜>")
_GLM_ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|observation|>")
_GLM4 = ("<|endoftext|>", "[gMASK]", "<sop>", *_GLM_ROLES)
_GEMMA = ("<end_of_turn>", "<start_of_turn>", "<bos>", "<eos>")
_COHERE = (
    "<|END_OF_TURN_TOKEN|>", "<|START_OF_TURN_TOKEN|>", "<BOS_TOKEN>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>",
    "<|SYSTEM_TOKEN|>",
)  # fmt: skip
_PHI = ("<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|endoftext|>")
_LLAMA3 = (
    "<|eot_id|>", "<|eom_id|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|end_of_text|>",
    "<|python_tag|>",
)  # fmt: skip


def _turn(role: str) -> str:
    return f"<|im_start|>{role}\n{{}}<|im_end|>\n"


def _chatml(prefix: str = "", tool_format: str = "default", result: str | None = None) -> Slots:
    answer = "⟦{}<|im_end|>\n⟧"
    opening = "<|im_start|>assistant\n"
    return Slots(_turn("user"), opening, answer, _turn("system"), False, prefix, "", tool_format, None, result)


_RESPONSE = "<|im_start|>user\n<tool_response>\n{}\n</tool_response><|im_end|>\n"
_QWEN_SLOTS = _chatml(tool_format="qwen", result=_RESPONSE)


def _glm(prefix: str, tool_format: str) -> Slots:
    return Slots(
        "<|user|>\n{}", "<|assistant|>", "⟦\n{}⟧", "<|system|>\n{}", False, prefix, "", tool_format, "⟦{}⟧",
        "<|observation|>\n{}",
    )  # fmt: skip


def _mistral(space: str) -> Slots:
    return Slots(
        f"[INST]{space}{{}}", "[/INST]", f"⟦{space}{{}}</s>⟧", "{}\n\n", True, "<s>", "", "mistral",
        f"⟦[TOOL_CALLS]{space}{{}}</s>⟧", f'[TOOL_RESULTS]{space}{{"content": {{}}}}[/TOOL_RESULTS]', "",
    )  # fmt: skip


_GEMMA_SLOTS = Slots(
    "<start_of_turn>user\n{}<end_of_turn>\n", "<start_of_turn>model\n", "⟦{}<end_of_turn>\n⟧", "{}\n\n", True, "<bos>",
    result="<start_of_turn>tool\n{}<end_of_turn>\n",
)  # fmt: skip
_DEEPSEEK3_SLOTS = Slots(
    "<｜User｜>{}", "<｜Assistant｜>", "⟦{}<｜end▁of▁sentence｜>⟧", prefix="<｜begin▁of▁sentence｜>"
)
_COHERE_SLOTS = Slots(
    "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{}<|END_OF_TURN_TOKEN|>",
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    "⟦{}<|END_OF_TURN_TOKEN|>⟧",
    "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{}<|END_OF_TURN_TOKEN|>",
    prefix="<BOS_TOKEN>",
)
_LLAMA2_SLOTS = Slots("<s>[INST] {}", " [/INST]", "⟦{}</s>⟧", "<<SYS>>\n{}\n<</SYS>>\n\n", folded=True)
_HEAD = "<|start_header_id|>{}<|end_header_id|>\n\n"
_LLAMA3_SLOTS = Slots(
    f"{_HEAD.format('user')}{{}}<|eot_id|>",
    _HEAD.format("assistant"),
    "⟦{}<|eot_id|>⟧",
    f"{_HEAD.format('system')}{{}}<|eot_id|>",
    prefix="<|begin_of_text|>",
    tool_format="llama3",
    result=f"{_HEAD.format('ipython')}{{}}<|eot_id|>",
)


class Row(NamedTuple):
    """
    A template of LLaMA-Factory.

    Attributes:
        name: Its name.
        slots: What stands around the texts.
        control: The control tokens, the one that ends a text first.
        default: The default system text.
        efficient: Whether the token that ends a text stands at its very end only.
        reasoning: Whether answers without thinking get an empty thought.
    """

    name: str
    slots: Slots
    control: tuple[str, ...]
    default: str | None = None
    efficient: bool = False
    reasoning: bool = False


ROWS: tuple[Row, ...] = (
    Row("alpaca", Slots("### Instruction:\n{}", "\n\n### Response:\n", "⟦{}</s>\n\n⟧"), _LLAMA, _ALPACA),
    Row("chatglm3", _glm("[gMASK]sop", "glm4"), ("</s>", "[gMASK]", "sop", *_GLM_ROLES), efficient=True),
    Row("chatml", _chatml(result=_turn("tool")), _CHATML),
    Row("cohere", _COHERE_SLOTS, _COHERE),
    Row(
        "deepseek",
        Slots("User: {}\n\n", "Assistant:", "⟦{}<｜end▁of▁sentence｜>⟧", "{}\n\n", prefix="<｜begin▁of▁sentence｜>"),
        _DEEPSEEK,
    ),
    Row("deepseek3", _DEEPSEEK3_SLOTS, _DEEPSEEK3),
    Row("deepseekr1", _DEEPSEEK3_SLOTS, _DEEPSEEK3, reasoning=True),
    Row("default", Slots("Human: {}</s>\n", "Assistant:", "⟦{}</s>\n⟧", "System: {}</s>\n"), _LLAMA),
    Row("falcon", Slots("User: {}\n", "Falcon:", "⟦{}\n⟧"), ("<|endoftext|>",), efficient=True),
    Row("gemma", _GEMMA_SLOTS, _GEMMA),
    Row("gemma2", _GEMMA_SLOTS, ("<eos>", *_GEMMA), efficient=True),
    Row("glm4", _glm("[gMASK]<sop>", "glm4"), _GLM4, efficient=True),
    Row("glm4_moe", _glm("[gMASK]<sop>", "glm4_moe"), (*_GLM4, "<think>", "</think>"), efficient=True, reasoning=True),
    Row("intern2", _chatml("<s>"), (*_CHATML[:2], *_LLAMA), _INTERN),
    Row("llama2", _LLAMA2_SLOTS, _LLAMA),
    Row("llama2_zh", _LLAMA2_SLOTS, _LLAMA, _LLAMA2_ZH),
    Row("llama3", _LLAMA3_SLOTS, _LLAMA3),
    Row("ministral", _mistral(""), _MISTRAL),
    Row("mistral", _mistral(" "), _MISTRAL),
    Row(
        "openchat",
        Slots("GPT4 Correct User: {}<|end_of_turn|>", "GPT4 Correct Assistant:", "⟦{}<|end_of_turn|>⟧", prefix="<s>"),
        ("<|end_of_turn|>", *_LLAMA),
    ),
    Row(
        "phi",
        Slots("<|user|>\n{}<|end|>\n", "<|assistant|>\n", "⟦{}<|end|>\n⟧", "<|system|>\n{}<|end|>\n"),
        _PHI,
    ),
    Row("qwen", _QWEN_SLOTS, _CHATML, _QWEN),
    Row("qwen3", _QWEN_SLOTS, (*_CHATML, "<think>", "</think>"), reasoning=True),
    Row("qwen3_nothink", _QWEN_SLOTS, (*_CHATML, "<think>", "</think>")),
    Row("solar", Slots("### User:\n{}\n\n", "### Assistant:\n", "⟦{}⟧", "### System:\n{}\n\n"), _LLAMA, efficient=True),
    Row(
        "starchat",
        Slots("<|user|>\n{}<|end|>\n", "<|assistant|>", "⟦{}<|end|>\n⟧", "<|system|>\n{}<|end|>\n"),
        _PHI,
    ),
    Row("vicuna", Slots("USER: {}", " ASSISTANT:", "⟦{}</s>⟧"), _LLAMA, _VICUNA),
    Row("yi", _chatml(), (*_CHATML, "<|startoftext|>")),
    Row(
        "zephyr",
        Slots("<|user|>\n{}</s>", "<|assistant|>\n", "⟦{}</s>⟧", "<|system|>\n{}</s>"),
        _LLAMA,
        "You are Zephyr, a helpful assistant.",
    ),
)


def register(row: Row, names: tuple[str, ...], source: str, *, old: bool) -> None:
    """
    Register the template of a row.

    Args:
        row: The row.
        names: The template's name and its aliases.
        source: The repository and commit.
        old: Whether it is one of v0.9.1, which knew neither thinking nor reasoning models.
    """
    register_row(
        LlamaFactory,
        names,
        {
            "source": f"{source}:src/llamafactory/data/template.py ({row.name})",
            "summary": f"{row.name} as LLaMA-Factory {'v0.9.1 ' if old else ''}writes it",
            "slots": row.slots,
            "bos": row.slots.prefix if row.slots.prefix in row.control else "",
            "eos": row.control[0],
            "control": tuple(dict.fromkeys(row.control)),
            "reasoning": row.reasoning,
            "efficient": row.efficient,
            "first_label": old,
            **({"think": None} if old else {}),
        },
        _variables(row),
    )


def _variables(row: Row) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {"default_system": (str | None, row.default)}
    if row.reasoning:
        found["enable_thinking"] = (bool | None, LlamaFactory.enable_thinking)
    if row.slots.tool_format == "llama3":
        found["date_string"] = (str, LlamaFactory.date_string)
    return found


for _row in ROWS:
    register(_row, (f"{_row.name}@llamafactory",), "hiyouga/LLaMA-Factory@ff6d4d12eeb0", old=False)
