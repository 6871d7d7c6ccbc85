"""A model's name says which template it wants; unknown names get suggestions, base models a remark."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates.models import advice_for, template_for


@pytest.mark.parametrize(
    "name",
    [
        "Qwen/Qwen2.5-7B-Instruct",
        "qwen2.5-7b-instruct",
        "QWEN2.5_7B_INSTRUCT",
        "/data/models/Qwen2.5-7B-Instruct/",
        r"C:\models\Qwen2.5-7B-Instruct",
        "~/.cache/hub/models--Qwen--Qwen2.5-7B-Instruct/snapshots/a09a35458c70",
        "out/my-Qwen2.5-7B-Instruct-lora/checkpoint-500",
        "qwen2.5-7b-instruct-q4_k_m.gguf",
    ],
)
def test_owner_case_and_path_do_not_matter(name: str):
    assert template_for(name)[0] == "qwen2.5"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("meta-llama/Llama-2-7b-hf", True),
        ("meta-llama/Llama-2-7b-chat-hf", False),
        ("Qwen/Qwen2.5-7B", True),
        ("Qwen/Qwen3-8B", False),
        ("Qwen/Qwen3-8B-Base", True),
        ("google/gemma-2-9b", True),
        ("google/gemma-2-9b-it", False),
    ],
)
def test_a_base_model_gets_a_remark(name: str, base: bool):
    assert ("base model" in advice_for(name).remark) == base


def test_an_unknown_name_gets_the_nearest_family():
    with pytest.raises(UsageError, match=r"model 'Qwem2\.5-7B': no template is known for it: did you mean 'qwen'\?"):
        template_for("Qwem2.5-7B")


@pytest.mark.parametrize("name", ["", "/", "3", "gpt2"])
def test_a_name_of_no_family_lists_the_families(name: str):
    with pytest.raises(UsageError, match="known: alpaca, aquila"):
        template_for(name)


def test_a_layout_known_to_be_another_is_never_guessed():
    with pytest.raises(UsageError, match="use the chat template of its own tokenizer"):
        template_for("microsoft/Phi-4-mini-instruct")
