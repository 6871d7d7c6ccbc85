"""Templates that LLaMA-Factory had in v0.9.1 and has removed since, as a table; see `llamafactory`."""

from __future__ import annotations

from instrkit.templates.llamafactory import Slots
from instrkit.templates.llamafactory_rows import Row, register

__all__ = ["ROWS"]

_CURIOUS = (
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions."
)
_LLAMA = ("</s>", "<s>", "<unk>")

# tools: nothing that was printed says how v0.9.1 writes them, so here they have no place
ROWS: tuple[Row, ...] = (
    Row(
        "aquila",
        Slots("Human: {}###", "Assistant:", "⟦{}⟧", between="###", tool_format=None),
        ("</s>", "[CLS]"),
        _CURIOUS,
        efficient=True,
    ),
    Row(
        "baichuan",
        Slots("<reserved_102>{}", "<reserved_103>", "⟦{}⟧", tool_format=None),
        (*_LLAMA, "<reserved_102>", "<reserved_103>"),
        efficient=True,
    ),
    Row(
        "baichuan2",
        Slots("<reserved_106>{}", "<reserved_107>", "⟦{}⟧", tool_format=None),
        (*_LLAMA, "<reserved_106>", "<reserved_107>"),
        efficient=True,
    ),
    Row("belle", Slots("Human: {}\n\n", "Belle: ", "⟦{}</s>⟧", prefix="<s>", between="\n\n", tool_format=None), _LLAMA),
    Row("bluelm", Slots("[|Human|]:{}", "[|AI|]:", "⟦{}</s>⟧", tool_format=None), (*_LLAMA, "[|Human|]:", "[|AI|]:")),
    Row(
        "chatglm2",
        Slots("[Round ⟨n⟩]\n\n问：{}\n\n", "答：", "⟦{}⟧", prefix="[gMASK]sop", between="\n\n", tool_format=None),
        ("</s>", "[gMASK]", "sop"),
        efficient=True,
    ),
    Row("cpm", Slots("<用户>{}", "<AI>", "⟦{}</s>⟧", prefix="<s>", tool_format=None), (*_LLAMA, "<用户>", "<AI>")),
    Row(
        "intern",
        Slots("<|User|>:{}\n", "<|Bot|>:", "⟦{}⟧", prefix="<s>", between="<eoa>\n", tool_format=None),
        (*_LLAMA, "<eoa>", "<eoh>"),
        efficient=True,
    ),
    Row("orion", Slots("Human: {}\n\n", "Assistant: </s>", "⟦{}</s>⟧", prefix="<s>", tool_format=None), _LLAMA),
    Row("xverse", Slots("Human: {}\n\n", "Assistant: ", "⟦{}<|endoftext|>⟧", tool_format=None), ("<|endoftext|>",)),
    Row("ziya", Slots("<human>:{}\n", "<bot>:", "⟦{}</s>⟧", between="\n", tool_format=None), _LLAMA),
)

for _row in ROWS:
    _names = (f"{_row.name}@llamafactory-v0.9.1", f"{_row.name}@llamafactory")
    register(_row, _names, "hiyouga/LLaMA-Factory@v0.9.1", old=True)
