"""A model's name says which template it wants; unknown names get suggestions, base models a remark."""

import json

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
        ("zai-org/GLM-4-32B-0414", False),
        ("zai-org/GLM-4-32B-Base-0414", True),
        ("THUDM/glm-4-9b", True),
        ("BAAI/AquilaChat-7B", False),
        ("BAAI/Aquila-7B", True),
        ("out/aquila", False),
        ("out/qwen2.5-7b-lora", False),
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


@pytest.mark.parametrize("name", ["gpt2", "HuggingFaceTB/SmolLM2-1.7B-Instruct", "pythia-70m"])
def test_a_name_that_is_not_close_gets_no_hint(name: str):
    with pytest.raises(UsageError) as raised:
        template_for(name)
    assert "did you mean" not in str(raised.value)


def test_an_unknown_member_of_a_family_is_told_the_known_ones():
    with pytest.raises(UsageError, match=r"known of the family 'phi': phi-3, phi-3\.5, phi-4"):
        template_for("microsoft/phi-2")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mistralai/Mistral-Small-24B-Instruct-2501", "v7-tekken"),
        ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", "v7-tekken"),
        ("allenai/Llama-3.1-Tulu-3-8B", "ends answers with `<|end_of_text|>`"),
        ("allenai/OLMo-2-1124-7B-Instruct", "ends answers with `<|endoftext|>`"),
    ],
)
def test_where_the_nearest_template_differs_it_is_said(name: str, said: str):
    assert said in advice_for(name).remark


def test_where_nothing_differs_nothing_is_said():
    assert not advice_for("mistralai/Mistral-Small-3.2-24B-Instruct-2506").remark
    assert not advice_for("allenai/tulu-2-dpo-7b").remark


@pytest.mark.parametrize("name", ["Qwen2.5-7B-Instruct", "aquila"])
def test_a_folder_with_a_chat_template_of_its_own_is_told(tmp_path, monkeypatch, name):
    folder = tmp_path / name
    folder.mkdir()
    assert "--template" not in advice_for(str(folder)).remark
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": "T"}), encoding="utf-8")
    assert f"`--template {folder}` renders with it" in advice_for(str(folder)).remark
    monkeypatch.chdir(tmp_path)
    assert f"`--template ./{name}` renders with it" in advice_for(name).remark


def test_so_is_one_of_an_unknown_model(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "chat_template.jinja").write_text("T", encoding="utf-8")
    with pytest.raises(UsageError, match="no template is known for it: it has a chat template of its own"):
        template_for(str(folder))
