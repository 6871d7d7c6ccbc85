"""Which words of a model's name say which template it wants: the table behind `models`."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["RULES", "Rule"]


class Rule(NamedTuple):
    """
    One line of the table.

    Attributes:
        words: Beginnings of words that must all stand in the name; a hyphen at the end makes it the whole word.
        templates: The templates, best first; none where the layout is known not to be any of ours.
        family: What the family is called, for suggestions.
        marked: Whether tuned models of the family bear a word such as `chat` or `instruct`, and base models none.
        remark: What to know before using the templates.
    """

    words: str
    templates: tuple[str, ...]
    family: str
    marked: bool = False
    remark: str = ""


_OTHER = "its layout is that of no template here: use the chat template of its own tokenizer"
_QWEN2 = "Qwen 1.5 and 2 differ from 2.5 in the default system message only"
_MISTRAL = "the version of the template follows the tokenizer's; mistral-common is the reference"
_TULU_END = "{} ends answers with `{}`, tulu with `</s>`: use the chat template of its own tokenizer"
_SMALL_3 = (
    "mistral-small-3.2 writes dialogues as 3.0 and 3.1 do, its default system message aside; tool calls are those of "
    "v7-tekken there, `[TOOL_CALLS][{…}]`: for these use the chat template of its own tokenizer"
)

RULES: tuple[Rule, ...] = (
    # fine-tunes that bear the name of what they were made from come first
    Rule("deepseek-r1-distill", ("deepseek-r1-distill", "deepseekr1@llamafactory"), "deepseek"),
    Rule("deepseek-r1", ("deepseek-r1-distill", "deepseekr1@llamafactory", "deepseek-v3"), "deepseek"),
    Rule("hermes-2-pro", ("hermes-2-pro", "chatml"), "hermes"),
    Rule("hermes-2-theta", ("hermes-2-pro", "chatml"), "hermes"),
    Rule("hermes-3", ("hermes-2-pro", "chatml"), "hermes"),
    Rule("openhermes", ("chatml",), "hermes"),
    Rule("hermes-2", ("chatml",), "hermes"),
    Rule("dolphin", ("chatml",), "dolphin"),
    Rule("tulu-3", ("tulu",), "tulu", remark=_TULU_END.format("Tülu 3", "<|end_of_text|>")),
    Rule("tulu", ("tulu",), "tulu"),
    Rule("olmo-2", ("tulu",), "olmo", marked=True, remark=_TULU_END.format("OLMo 2", "<|endoftext|>")),
    Rule("zephyr gemma", ("chatml",), "zephyr"),
    Rule("zephyr", ("zephyr", "zephyr@llamafactory", "zephyr@fastchat"), "zephyr"),
    Rule("starchat2", ("starchat2",), "starchat"),
    Rule("starchat", ("starchat", "starchat@llamafactory"), "starchat"),
    Rule("openchat-3.6", (), "openchat", remark=_OTHER),
    Rule("openchat", ("openchat@fastchat", "openchat@llamafactory"), "openchat"),
    Rule("starling", ("openchat@fastchat", "openchat@llamafactory"), "starling"),
    Rule("toolllama", ("toolbench:tool-llama", "toolbench:tool-llama-single-round"), "toolllama"),
    Rule("tool-llama", ("toolbench:tool-llama", "toolbench:tool-llama-single-round"), "toolllama"),
    Rule("vicuna v0", ("vicuna_v0_one_shot", "vicuna_v0_zero_shot"), "vicuna"),
    Rule("vicuna", ("vicuna_v1.1", "vicuna@llamafactory"), "vicuna"),
    Rule("longchat", ("vicuna_v1.1",), "vicuna"),
    Rule("wizardlm", ("vicuna_v1.1",), "wizardlm", remark="from WizardLM 1.1 on; 1.0 was trained as Alpaca"),
    Rule("wizardcoder", ("alpaca",), "wizardcoder"),
    Rule("wizardmath", ("alpaca",), "wizardmath"),
    Rule("llava", ("vicuna_v1.1",), "llava", remark="LLaVA 1.5 on Vicuna; other versions follow their language model"),
    Rule("koala", ("koala", "koala@fastchat"), "koala"),
    Rule("chinese-alpaca-2", ("chinese-alpaca2", "chinese-alpaca2@fastchat"), "chinese-alpaca"),
    Rule("chinese-alpaca2", ("chinese-alpaca2", "chinese-alpaca2@fastchat"), "chinese-alpaca"),
    Rule("chinese-alpaca", ("chinese-alpaca1",), "chinese-alpaca"),
    Rule("huatuo bloom", ("huatuo:bloom_deploy",), "huatuo"),
    Rule("huatuo literature", ("huatuo:literature_template",), "huatuo"),
    Rule("huatuo", ("huatuo:med_template",), "huatuo", remark="the LLaMA models of BenTsao, not HuatuoGPT"),
    Rule("alpaca-lora", ("alpaca-lora:alpaca", "alpaca-lora:alpaca_short"), "alpaca"),
    Rule("vigogne", ("alpaca-lora:vigogne",), "vigogne"),
    Rule("alpaca", ("alpaca", "alpaca-lora:alpaca"), "alpaca"),
    Rule("belle", ("belle", "belle@llamafactory-v0.9.1"), "belle"),
    Rule("ziya", ("ziya@llamafactory-v0.9.1",), "ziya"),
    Rule("baize", ("baize@fastchat",), "baize"),
    Rule("billa", ("billa@fastchat",), "billa"),
    Rule("dolly", ("dolly_v2@fastchat",), "dolly"),
    Rule("oasst", ("oasst@fastchat",), "oasst"),
    Rule("phoenix", ("phoenix@fastchat",), "phoenix"),
    Rule("stablelm-tuned", ("stablelm@fastchat",), "stablelm"),
    Rule("solar", ("solar@llamafactory", "solar@fastchat"), "solar", marked=True),
    # Meta
    Rule("codellama 70b", ("codellama-70b",), "codellama", marked=True),
    Rule("codellama", ("codellama",), "codellama", marked=True),
    Rule("llama-3.1", ("llama3.1", "llama3"), "llama", marked=True),
    Rule("llama-3.2", ("llama3.2", "llama3.1"), "llama", marked=True),
    Rule("llama-3.3", ("llama3.1", "llama3"), "llama", marked=True),
    Rule("llama3.1", ("llama3.1", "llama3"), "llama", marked=True),
    Rule("llama-4", (), "llama", remark=_OTHER),
    Rule("llama-3", ("llama3", "llama3-hf", "llama3@llamafactory"), "llama", marked=True),
    Rule("llama3", ("llama3", "llama3-hf", "llama3@llamafactory"), "llama", marked=True),
    Rule("llama-2", ("llama2", "llama2@llamafactory", "llama2@fastchat"), "llama", marked=True),
    Rule("llama2", ("llama2", "llama2@llamafactory", "llama2@fastchat"), "llama", marked=True),
    # Qwen
    Rule("qwq", ("qwq-32b",), "qwq"),
    Rule("qwen3 instruct-2507", ("qwen3-instruct-2507", "qwen3_nothink@llamafactory"), "qwen"),
    Rule("qwen3-coder", ("qwen3-instruct-2507",), "qwen", remark="Qwen3-Coder writes tools in a layout of its own"),
    Rule("qwen3", ("qwen3", "qwen3@llamafactory"), "qwen"),
    Rule("qwen2.5", ("qwen2.5", "qwen@llamafactory"), "qwen", marked=True),
    Rule("qwen2", ("qwen", "qwen2.5"), "qwen", marked=True, remark=_QWEN2),
    Rule("qwen1.5", ("qwen", "qwen2.5"), "qwen", marked=True, remark=_QWEN2),
    Rule("codeqwen", ("qwen", "qwen2.5"), "qwen", marked=True, remark=_QWEN2),
    Rule("qwen", ("qwen", "qwen@fastchat"), "qwen", marked=True),
    # DeepSeek
    Rule("deepseek-v3.1", ("deepseek-v3.1",), "deepseek"),
    Rule("deepseek-v3.2", ("deepseek-v3.1",), "deepseek", remark="V3.2 writes tools in another layout"),
    Rule("deepseek-v3", ("deepseek-v3", "deepseek3@llamafactory"), "deepseek"),
    Rule("deepseek-v2.5", ("deepseek-v3", "deepseek3@llamafactory"), "deepseek"),
    Rule("deepseek-v2", ("deepseek-v2-hf", "deepseek@llamafactory"), "deepseek", marked=True),
    Rule("deepseek-coder-v2", ("deepseek-v2-hf", "deepseek@llamafactory"), "deepseek", marked=True),
    Rule("deepseek-coder", ("deepseek-coder",), "deepseek", marked=True),
    Rule("deepseek", ("deepseek-v2-hf", "deepseek@llamafactory", "deepseek@fastchat"), "deepseek", marked=True),
    # GLM
    Rule("glm-4.5", ("glm4-moe", "glm4_moe@llamafactory"), "glm"),
    Rule("glm-4.6", ("glm4-moe", "glm4_moe@llamafactory"), "glm"),
    Rule("glm-4.7", ("glm4-moe", "glm4_moe@llamafactory"), "glm"),
    Rule("glm-4 0414", ("glm4", "glm4@llamafactory"), "glm"),
    Rule("glm-4", ("glm4", "glm4@llamafactory"), "glm", marked=True),
    Rule("glm-z1", ("glm4", "glm4@llamafactory"), "glm"),
    Rule("codegeex4", ("glm4", "glm4@llamafactory"), "glm"),
    Rule("chatglm3", ("chatglm3", "chatglm3@llamafactory", "chatglm3@fastchat"), "chatglm"),
    Rule("chatglm2", ("chatglm2", "chatglm2@fastchat", "chatglm2@llamafactory-v0.9.1"), "chatglm"),
    Rule("chatglm", ("chatglm", "chatglm@fastchat"), "chatglm"),
    # Mistral
    Rule("mistral-7b v0.1", ("mistral-v1", "mistral@fastchat"), "mistral", marked=True, remark=_MISTRAL),
    Rule("mistral-7b v0.2", ("mistral-v1", "mistral@fastchat"), "mistral", marked=True, remark=_MISTRAL),
    Rule("mistral-7b", ("mistral-v3", "mistral@llamafactory"), "mistral", marked=True, remark=_MISTRAL),
    Rule("mixtral-8x22b", ("mistral-v3", "mistral@llamafactory"), "mistral", marked=True, remark=_MISTRAL),
    Rule("mixtral", ("mistral-v1",), "mistral", marked=True, remark=_MISTRAL),
    Rule("mistral-nemo", ("mistral-v3-tekken", "mistral-nemo", "ministral@llamafactory"), "mistral", marked=True),
    Rule("ministral", ("mistral-v3-tekken", "ministral@llamafactory"), "mistral", marked=True),
    Rule("mistral-small 2506", ("mistral-small-3.2", "mistral-v7"), "mistral"),
    Rule("mistral-small-3.2", ("mistral-small-3.2",), "mistral", marked=True),
    Rule("mistral-small-3", ("mistral-small-3.2", "mistral-v7"), "mistral", marked=True, remark=_SMALL_3),
    Rule("mistral-small-24b", ("mistral-small-3.2", "mistral-v7"), "mistral", marked=True, remark=_SMALL_3),
    Rule("mistral-small 2409", ("mistral-v3",), "mistral"),
    Rule("mistral-small 2402", ("mistral-v2",), "mistral"),
    Rule("mistral-large 2402", ("mistral-v2",), "mistral"),
    Rule("mistral-large 2411", ("mistral-v7",), "mistral"),
    Rule("mistral-large", ("mistral-v3",), "mistral", remark=_MISTRAL),
    Rule("codestral", ("mistral-v3",), "mistral", remark=_MISTRAL),
    Rule("mistral", ("mistral-v3", "mistral-v1"), "mistral", marked=True, remark=_MISTRAL),
    # Google
    Rule("gemma-3n", (), "gemma", remark=_OTHER),
    Rule("gemma-3", ("gemma3",), "gemma", marked=True),
    Rule("gemma-2-", ("gemma2", "gemma2@llamafactory"), "gemma", marked=True),
    Rule("gemma2", ("gemma2", "gemma2@llamafactory"), "gemma", marked=True),
    Rule("gemma", ("gemma", "gemma-7b-it-hf", "gemma@llamafactory", "gemma@fastchat"), "gemma", marked=True),
    Rule("codegemma", ("gemma", "gemma@llamafactory"), "gemma", marked=True),
    Rule("flan", ("flan",), "flan"),
    # others, by name
    Rule("phi-4-mini", (), "phi", remark=_OTHER),
    Rule("phi-4", ("phi4",), "phi"),
    Rule("phi-3.5", ("phi3.5", "phi@llamafactory"), "phi"),
    Rule("phi-3", ("phi3", "phi3-mini-hf", "phi@llamafactory"), "phi"),
    Rule("gpt-oss", ("gpt-oss",), "gpt-oss"),
    Rule("kimi-k2", ("kimi-k2",), "kimi"),
    Rule("c4ai-command-r", ("command-r", "cohere@llamafactory"), "command-r"),
    Rule("command-r", ("command-r", "cohere@llamafactory"), "command-r"),
    Rule("aya", ("command-r", "cohere@llamafactory"), "command-r"),
    Rule("baichuan2", ("baichuan2", "baichuan2@fastchat"), "baichuan", marked=True),
    Rule("baichuan", ("baichuan", "baichuan@fastchat"), "baichuan", marked=True),
    Rule("internlm3", ("internlm2", "intern2@llamafactory"), "internlm", marked=True),
    Rule("internlm2", ("internlm2", "intern2@llamafactory"), "internlm", marked=True),
    Rule("internlm", ("internlm", "internlm@fastchat"), "internlm", marked=True),
    Rule("aquilachat2", ("aquila-v1@fastchat",), "aquila", remark="the 34B models have layouts of their own"),
    Rule("aquila2", ("aquila-v1@fastchat",), "aquila", marked=True),
    Rule("aquila", ("aquila", "aquila@fastchat"), "aquila", marked=True),
    Rule("minicpm3", ("chatml",), "minicpm"),
    Rule("minicpm-v", (), "minicpm", remark=_OTHER),
    Rule("minicpm", ("minicpm", "cpm@llamafactory-v0.9.1"), "minicpm"),
    Rule("cpm-bee", ("cpm-bee",), "cpm-bee"),
    Rule("moss", ("moss",), "moss"),
    Rule("orion", ("orion", "orion@llamafactory-v0.9.1"), "orion", marked=True),
    Rule("xverse", ("xverse@llamafactory-v0.9.1",), "xverse", marked=True),
    Rule("bluelm", ("bluelm@llamafactory-v0.9.1",), "bluelm", marked=True),
    Rule("falcon", ("falcon@llamafactory", "falcon@fastchat"), "falcon", marked=True),
    Rule("opt-iml", ("opt-src-tgt",), "opt"),
    Rule("toolformer", ("toolformer-inline",), "toolformer"),
    Rule("yi-", ("chatml", "yi@llamafactory"), "yi", marked=True),
)
"""
The first line whose words all stand in a name counts, so that special names stand before general ones.

Sources: the models' own cards, lm-sys/FastChat@0e6d3e4beaab:fastchat/model/model_adapter.py and
hiyouga/LLaMA-Factory@ff6d4d12eeb0:src/llamafactory/extras/constants.py.
"""
