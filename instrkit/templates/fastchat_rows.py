"""FastChat's conversation templates as a table; see `fastchat`."""

from __future__ import annotations

from typing import NamedTuple

from instrkit.templates.fastchat import FastChat
from instrkit.templates.shared.rows import register_row
from instrkit.templates.shared.separators import (
    Style,
    chatml,
    colon,
    glued,
    llama2,
    new_line,
    phoenix,
    rounds,
    spelled,
)

__all__ = ["ROWS", "Row"]

_CURIOUS = (
    "A chat between a curious human and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the human's questions."
)
_BELOW = "Below is an instruction that describes a task. Write a response that appropriately completes the request."
_BAIZE = (
    "The following is a conversation between a human and an AI assistant named Baize (named after a mythical creature "
    "in Chinese folklore). Baize is an open-source AI assistant developed by UCSD and Sun Yat-Sen University. The "
    "human and the AI assistant take turns chatting. Human statements start with [|Human|] and AI assistant statements "
    "start with [|AI|]. The AI assistant always provides responses in as much detail as possible, and in Markdown "
    "format. The AI assistant always declines to engage with topics, questions and instructions related to unethical, "
    "controversial, or sensitive issues. Complete the transcript in exactly that format.\n"
)
_STABLE = (
    "# StableLM Tuned (Alpha version)\n"
    "- StableLM is a helpful and harmless open-source AI language model developed by StabilityAI.\n"
    "- StableLM is excited to be able to help the user, but will refuse to do anything that could be considered "
    "harmful to the user.\n"
    "- StableLM is more than just an information source, StableLM is also able to write poetry, short stories, and "
    "make jokes.\n"
    "- StableLM will refuse to participate in anything that could harm a human.\n"
)
_INTERN = (
    "A chat between a curious <|User|> and an <|Bot|>. "
    "The <|Bot|> gives helpful, detailed, and polite answers to the <|User|>'s questions.\n\n"
)
_ALPACA2 = "You are a helpful assistant. 你是一个乐于助人的助手。请你提供专业、有逻辑、内容真实、有价值的详细回复。"

_LLAMA = ("<s>", "</s>", "<unk>")
_CHATML = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")
_GLM = ("[gMASK]", "<gmask>", "<sop>", "<eop>")
_HEADER = "<|start_header_id|>{}<|end_header_id|>\n\n"
_SYS = "<<SYS>>\n{}\n<</SYS>>\n\n"
_INST = ("[INST]", "[/INST]")
_PLAIN_ROLES = ("<|user|>", "<|assistant|>")


class Row(NamedTuple):
    """
    A conversation template of FastChat.

    Attributes:
        name: The template's name before `@fastchat`.
        theirs: Its name in FastChat.
        style: What stands around questions and answers.
        control: The control tokens, the one that ends a text first.
        default: The default system text; None where nothing stands in place of a system message.
        system: How a system text is written; None where it has no place, or is folded.
        folded: How a system text is written inside the first question.
        start: What every text starts with.
        quiet: Whether an empty system text is written as if there were none.
        strip: Whether questions and answers lose the white space around them.
        first_round: The number of the first round.
    """

    name: str
    theirs: str
    style: Style
    control: tuple[str, ...]
    default: str | None = None
    system: str | None = "{}"
    folded: str | None = None
    start: str = ""
    quiet: bool = False
    strip: bool = False
    first_round: int = 0


_EOS = ("</s>", "<s>", "<unk>")

ROWS: tuple[Row, ...] = (
    Row("alpaca", "alpaca", colon(("### Instruction", "### Response"), "\n\n", "</s>"), _EOS, _BELOW, "{}\n\n"),
    Row("aquila", "aquila-chat", colon(("Human", "Assistant"), "###"), ("</s>", "[CLS]"), _CURIOUS, "{}###"),
    Row(
        "aquila-legacy",
        "aquila-legacy",
        glued(("### Human: ", "### Assistant: "), "\n", "</s>"),
        ("</s>", "[CLS]"),
        f"{_CURIOUS}\n\n",
    ),
    Row(
        "aquila-v1",
        "aquila-v1",
        glued(("<|startofpiece|>", "<|endofpiece|>"), "", "</s>"),
        ("</s>", "<|startofpiece|>", "<|endofpiece|>", "[CLS]"),
    ),
    Row(
        "baichuan",
        "baichuan-chat",
        glued(("<reserved_102>", "<reserved_103>"), ""),
        (*_EOS, "<reserved_102>", "<reserved_103>"),
    ),
    Row(
        "baichuan2",
        "baichuan2-chat",
        glued(("<reserved_106>", "<reserved_107>"), ""),
        (*_EOS, "<reserved_106>", "<reserved_107>"),
    ),
    Row("baize", "baize", glued(("[|Human|]", "[|AI|]"), "\n"), _EOS, _BAIZE, "{}[|Human|]Hello!\n[|AI|]Hi!\n"),
    Row("billa", "billa", colon(("Human", "Assistant"), "\n", open_space=True), _EOS, "", "{}\n"),
    Row("chatglm", "chatglm", rounds("\n"), _GLM, None, "{}\n", quiet=True),
    Row("chatglm2", "chatglm2", rounds("\n\n"), (*_EOS, *_GLM), None, "{}\n\n", quiet=True, first_round=1),
    Row(
        "chatglm3",
        "chatglm3",
        spelled(("<|user|>\n", "<|assistant|>\n"), ("", ""), opening=_PLAIN_ROLES),
        (*_EOS, "[gMASK]", "sop", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"),
        None,
        "<|system|>\n{}",
        quiet=True,
    ),
    Row("chinese-alpaca2", "chinese-alpaca2", llama2(_INST, " ", " </s>", "<s>"), _EOS, _ALPACA2, None, _SYS),
    Row(
        "deepseek",
        "deepseek-chat",
        colon(("User", "Assistant"), "\n\n", "<｜end▁of▁sentence｜>"),
        ("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
        "<｜begin▁of▁sentence｜>",
    ),
    Row(
        "dolly_v2",
        "dolly_v2",
        Style(
            "### Instruction:\n{}\n\n",
            "### Response:\n⟦{}### End⟧\n\n",
            "### Instruction:\n",
            "### Response:\n",
        ),
        ("### End", "<|endoftext|>", "### Instruction:", "### Response:\n"),
        f"{_BELOW}\n\n",
    ),
    Row("falcon", "falcon-chat", colon(("User", "Falcon"), "\n"), ("<|endoftext|>",), None, "System: {}\n", quiet=True),
    Row(
        "gemma",
        "gemma",
        Style(
            "<start_of_turn>user\n{}<end_of_turn>\n",
            "<start_of_turn>model\n⟦{}<end_of_turn>⟧\n",
            "<start_of_turn>user\n",
            "<start_of_turn>model\n",
        ),
        ("<end_of_turn>", "<start_of_turn>", "<bos>", "<eos>"),
        None,
        None,
        start="<bos>",
    ),
    Row(
        "internlm",
        "internlm-chat",
        Style("<s><|User|>:{}<eoh>\n", "<|Bot|>:⟦{}<eoa>⟧\n", "<s><|User|>:", "<|Bot|>:"),
        ("<eoa>", "<eoh>", *_LLAMA),
        _INTERN,
    ),
    Row("koala", "koala_v1", colon(("USER", "GPT"), " ", "</s>"), _EOS, "BEGINNING OF CONVERSATION:", "{} "),
    Row("llama2", "llama-2", llama2(_INST, " ", " </s>", "<s>"), _EOS, None, None, _SYS),
    Row(
        "llama3",
        "llama-3",
        spelled(
            (_HEADER.format("user"), _HEADER.format("assistant")),
            ("<|eot_id|>", "<|eot_id|>"),
        ),
        ("<|eot_id|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|end_of_text|>"),
        None,
        f"{_HEADER.format('system')}{{}}<|eot_id|>",
        start="<|begin_of_text|>",
        quiet=True,
        strip=True,
    ),
    Row("mistral", "mistral", llama2(_INST, " ", "</s>"), _EOS, None, None, "{}\n"),
    Row(
        "oasst",
        "oasst_llama",
        glued(("<|prompter|>", "<|assistant|>"), "</s>"),
        (*_EOS, "<|prompter|>", "<|assistant|>"),
    ),
    Row(
        "openchat",
        "openchat_3.5",
        colon(("GPT4 Correct User", "GPT4 Correct Assistant"), "<|end_of_turn|>"),
        ("<|end_of_turn|>", *_LLAMA),
        None,
        "{}<|end_of_turn|>",
        quiet=True,
    ),
    Row("phoenix", "phoenix", phoenix(("Human", "Assistant")), _EOS, f"{_CURIOUS}\n\n"),
    Row(
        "qwen",
        "qwen-7b-chat",
        chatml(("<|im_start|>user", "<|im_start|>assistant"), "<|im_end|>"),
        ("<|im_end|>", *_CHATML),
        "You are a helpful assistant.",
        "<|im_start|>system\n{}<|im_end|>\n",
    ),
    Row("solar", "solar", new_line(("### User", "### Assistant"), "\n\n"), _EOS, None, "{}\n\n", quiet=True),
    Row(
        "stablelm",
        "stablelm",
        glued(("<|USER|>", "<|ASSISTANT|>"), ""),
        ("<|endoftext|>", "<|SYSTEM|>", "<|USER|>", "<|ASSISTANT|>"),
        _STABLE,
        "<|SYSTEM|>{}",
    ),
    Row(
        "starchat",
        "starchat",
        chatml(_PLAIN_ROLES, "<|end|>"),
        ("<|end|>", "<|system|>", *_PLAIN_ROLES, "<|endoftext|>"),
        "",
        "<system>\n{}<|end|>\n",
    ),
    Row("tulu", "tulu", new_line(_PLAIN_ROLES, "\n"), _EOS, None, "{}\n", quiet=True),
    Row(
        "yi",
        "Yi-34b-chat",
        chatml(("<|im_start|>user", "<|im_start|>assistant"), "<|im_end|>"),
        ("<|im_end|>", *_CHATML, "<|startoftext|>"),
        None,
        "{}<|im_end|>\n",
        quiet=True,
    ),
    Row("zephyr", "zephyr", chatml(_PLAIN_ROLES, "</s>"), _EOS, "", "<|system|>\n{}</s>\n"),
)


def _register(row: Row) -> None:
    style = row.style
    register_row(
        FastChat,
        (f"{row.name}@fastchat",),
        {
            "source": f"lm-sys/FastChat@0e6d3e4beaab:fastchat/conversation.py ({row.theirs})",
            "summary": f"{row.theirs} as FastChat writes it",
            "style": style,
            "start": row.start,
            "bos": row.start,
            "eos": row.control[0],
            "control": tuple(dict.fromkeys(row.control)),
            "system": row.system,
            "folded": row.folded,
            "user": style.user,
            "assistant": style.assistant,
            "open": style.open,
            "quiet": row.quiet,
            "strip": row.strip,
            "first_round": row.first_round,
        },
        {"default_system": (str | None, row.default)},
    )


for _row in ROWS:
    _register(_row)
