"""The table finds the right family for the names models have, and names only templates there are."""

import pytest

from instrkit.templates import TEMPLATES
from instrkit.templates.models import template_for
from instrkit.templates.models_rules import RULES


@pytest.mark.parametrize(
    ("model", "template"),
    [
        ("tatsu-lab/alpaca-7b-wdiff", "alpaca"),
        ("tloen/alpaca-lora-7b", "alpaca-lora:alpaca"),
        ("ziqingyang/chinese-alpaca-2-13b", "chinese-alpaca2"),
        ("ziqingyang/chinese-alpaca-lora-7b", "chinese-alpaca1"),
        ("BAAI/AquilaChat-7B", "aquila"),
        ("BAAI/AquilaChat2-7B", "aquila-v1@fastchat"),
        ("baichuan-inc/Baichuan-13B-Chat", "baichuan"),
        ("baichuan-inc/Baichuan2-7B-Chat", "baichuan2"),
        ("BelleGroup/BELLE-7B-2M", "belle"),
        ("THUDM/chatglm-6b", "chatglm"),
        ("THUDM/chatglm2-6b-32k", "chatglm2"),
        ("THUDM/chatglm3-6b", "chatglm3"),
        ("THUDM/glm-4-9b-chat", "glm4"),
        ("THUDM/GLM-4-9B-0414", "glm4"),
        ("zai-org/GLM-4.5-Air", "glm4-moe"),
        ("codellama/CodeLlama-13b-Instruct-hf", "codellama"),
        ("codellama/CodeLlama-70b-Instruct-hf", "codellama-70b"),
        ("CohereForAI/c4ai-command-r-plus", "command-r"),
        ("openbmb/cpm-bee-10b", "cpm-bee"),
        ("deepseek-ai/deepseek-coder-6.7b-instruct", "deepseek-coder"),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct", "deepseek-v2-hf"),
        ("deepseek-ai/deepseek-llm-7b-chat", "deepseek-v2-hf"),
        ("deepseek-ai/DeepSeek-V2-Chat", "deepseek-v2-hf"),
        ("deepseek-ai/DeepSeek-V3", "deepseek-v3"),
        ("deepseek-ai/DeepSeek-V3.1", "deepseek-v3.1"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "deepseek-r1-distill"),
        ("google/flan-t5-xxl", "flan"),
        ("google/gemma-2b-it", "gemma"),
        ("google/gemma-2-2b-it", "gemma2"),
        ("google/gemma-3-4b-it", "gemma3"),
        ("openai/gpt-oss-20b", "gpt-oss"),
        ("NousResearch/Hermes-2-Pro-Llama-3-8B", "hermes-2-pro"),
        ("NousResearch/Nous-Hermes-2-Mixtral-8x7B-DPO", "chatml"),
        ("internlm/internlm-chat-7b", "internlm"),
        ("internlm/internlm2_5-7b-chat", "internlm2"),
        ("moonshotai/Kimi-K2-Instruct", "kimi-k2"),
        ("young-geng/koala", "koala"),
        ("meta-llama/Llama-2-13b-chat-hf", "llama2"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "llama3"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama3.1"),
        ("meta-llama/Llama-3.2-3B-Instruct", "llama3.2"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama3.1"),
        ("openbmb/MiniCPM-2B-sft-bf16", "minicpm"),
        ("mistralai/Mistral-7B-Instruct-v0.1", "mistral-v1"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral-v3"),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mistral-v1"),
        ("mistralai/Mixtral-8x22B-Instruct-v0.1", "mistral-v3"),
        ("mistralai/Mistral-Nemo-Instruct-2407", "mistral-v3-tekken"),
        ("mistralai/Mistral-Large-Instruct-2411", "mistral-v7"),
        ("mistralai/Mistral-Small-3.2-24B-Instruct-2506", "mistral-small-3.2"),
        ("fnlp/moss-moon-003-sft", "moss"),
        ("facebook/opt-iml-30b", "opt-src-tgt"),
        ("OrionStarAI/Orion-14B-Chat", "orion"),
        ("microsoft/Phi-3-mini-4k-instruct", "phi3"),
        ("microsoft/Phi-3.5-mini-instruct", "phi3.5"),
        ("microsoft/phi-4", "phi4"),
        ("Qwen/Qwen-7B-Chat", "qwen"),
        ("Qwen/Qwen1.5-7B-Chat", "qwen"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", "qwen2.5"),
        ("Qwen/Qwen3-8B", "qwen3"),
        ("Qwen/Qwen3-4B-Instruct-2507", "qwen3-instruct-2507"),
        ("Qwen/QwQ-32B", "qwq-32b"),
        ("HuggingFaceH4/starchat-alpha", "starchat"),
        ("HuggingFaceH4/starchat2-15b-v0.1", "starchat2"),
        ("ToolBench/ToolLLaMA-2-7b-v2", "toolbench:tool-llama"),
        ("allenai/tulu-2-dpo-7b", "tulu"),
        ("allenai/Llama-3.1-Tulu-3-8B", "tulu"),
        ("lmsys/vicuna-7b-v1.5", "vicuna_v1.1"),
        ("lmsys/vicuna-7b-delta-v0", "vicuna_v0_one_shot"),
        ("HuggingFaceH4/zephyr-7b-beta", "zephyr"),
        ("01-ai/Yi-1.5-9B-Chat", "chatml"),
        ("xverse/XVERSE-13B-Chat", "xverse@llamafactory-v0.9.1"),
        ("openchat/openchat-3.5-0106", "openchat@fastchat"),
        ("upstage/SOLAR-10.7B-Instruct-v1.0", "solar@llamafactory"),
        ("tiiuae/falcon-180B-chat", "falcon@llamafactory"),
        ("IDEA-CCNL/Ziya-LLaMA-13B-v1", "ziya@llamafactory-v0.9.1"),
    ],
)
def test_the_models_people_use(model: str, template: str):
    assert template_for(model)[0] == template


def test_it_names_only_templates_there_are():
    assert {name for rule in RULES for name in rule.templates} <= set(TEMPLATES.names())


def test_every_rule_can_be_reached():
    """A line whose words another line above asks for in part would never count."""
    for k, rule in enumerate(RULES):
        words = rule.words.split()
        for before in RULES[:k]:
            shadowed = all(any(word.startswith(other) for word in words) for other in before.words.split())
            assert not shadowed, f"{before.words!r} hides {rule.words!r}"
