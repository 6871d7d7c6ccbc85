"""A tokenizer's chat template is found wherever tokenizers keep it, and its tokens with it."""

import json
from pathlib import Path

import pytest

from instrkit.errors import UsageError
from instrkit.sample import Message, Sample
from instrkit.templates import render
from instrkit.templates.jinja import open_chat_template
from instrkit.templates.jinja.source import ChatSource, read_source


def lay(folder: Path, **files: object) -> Path:
    """Write files: `tokenizer_config` is tokenizer_config.json, strings are Jinja files."""
    for name, content in files.items():
        if isinstance(content, str):
            (folder / f"{name}.jinja").write_text(content, encoding="utf-8")
        else:
            (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def read(path: Path, name: str = "") -> ChatSource:
    return read_source(f"{path}{name}")


def test_in_the_configuration(tmp_path):
    lay(tmp_path, tokenizer_config={"chat_template": "T"})
    assert read(tmp_path).templates == {"default": "T"}
    assert read(tmp_path / "tokenizer_config.json").templates == {"default": "T"}


def test_several_by_name(tmp_path):
    named = [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]
    lay(tmp_path, tokenizer_config={"chat_template": named})
    assert read(tmp_path).templates == {"default": "D", "tool_use": "T"}
    assert read(tmp_path, "#tool_use").chosen == "tool_use"
    with pytest.raises(UsageError, match="no chat template 'tool_uses' in it: did you mean 'tool_use'"):
        read(tmp_path, "#tool_uses")


def test_a_file_of_its_own_goes_first(tmp_path):
    lay(tmp_path, tokenizer_config={"chat_template": "old"}, chat_template="new")
    (tmp_path / "additional_chat_templates").mkdir()
    lay(tmp_path / "additional_chat_templates", rag="R")
    assert read(tmp_path).templates == {"default": "new", "rag": "R"}
    assert read(tmp_path / "tokenizer_config.json").templates == {"default": "old"}


def test_the_processors_file(tmp_path):
    lay(tmp_path, chat_template={"chat_template": "P"})
    assert read(tmp_path).templates == {"default": "P"}
    assert read(tmp_path / "chat_template.json").templates == {"default": "P"}


def test_tokens_beside_a_lone_file(tmp_path):
    lay(
        tmp_path,
        mine="M",
        special_tokens_map={"bos_token": {"content": "<s>"}, "pad_token": "<pad>"},
        tokenizer_config={
            "eos_token": "</s>",
            "bos_token": None,
            "added_tokens_decoder": {
                "1": {"content": "<|eot|>", "special": True},
                "2": {"content": "<think>", "special": False},
                "3": {"content": "word", "special": False},
                "4": {"content": "   ", "special": False},
            },
        },
    )
    found = read(tmp_path / "mine.jinja")
    assert found.tokens == {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>"}
    assert set(found.special) == {"<s>", "<pad>", "</s>", "<|eot|>"}
    assert found.added == ("<think>",)


def test_added_tokens_of_older_and_newer_files(tmp_path):
    lay(
        tmp_path,
        mine="M",
        added_tokens={"<tool_call>": 7},
        tokenizer={"added_tokens": [{"content": "<|x|>", "special": True}]},
    )
    found = read(tmp_path / "mine.jinja")
    assert (found.special, found.added) == (("<|x|>",), ("<tool_call>",))


def test_without_a_tokenizer_tokens_are_known_by_their_spelling(tmp_path):
    lay(tmp_path, mine="{{ '<|im_start|>' }} <s> [INST] <think> <b>")
    assert read(tmp_path / "mine.jinja").special == ("<|im_start|>", "<s>", "[INST]")


@pytest.mark.parametrize(
    ("files", "asked", "said"),
    [
        pytest.param({}, "nowhere.jinja", "no such file or directory", id="missing"),
        pytest.param({}, "", "no chat template in it", id="empty"),
        pytest.param({"tokenizer_config": {"chat_template": 1}}, "", r"\$.chat_template: expected a string", id="number"),
        pytest.param({"tokenizer_config": ["x"]}, "", "expected a JSON object", id="list"),
        pytest.param(
            {"tokenizer_config": {"chat_template": [{"name": n, "template": n} for n in "ab"]}},
            "",
            "several chat templates: expected one of .*#a, .*#b",
            id="no-default",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path, files, asked, said):
    lay(tmp_path, **files)
    with pytest.raises(UsageError, match=said):
        read(tmp_path / asked if asked else tmp_path)


def test_what_is_no_json_is_told(tmp_path):
    (tmp_path / "tokenizer_config.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="not JSON"):
        read(tmp_path)


CHATML = """{# <|never|> #}{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
PHI = """{% for m in messages %}{{ '<|' + m['role'] + '|>' + '\\n' + m['content'] + '<|end|>\\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"""
LLAMA3 = """{% for m in messages %}{% if loop.first %}{{ bos_token }}{% endif %}
{{- '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n' + m.content | trim + '<|eot_id|>' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"""

LAYOUTS = pytest.mark.parametrize(
    ("template", "named", "tokens", "trained"),
    [
        pytest.param(
            CHATML,
            {"eos_token": "<|endoftext|>"},
            ["<|im_start|>", "<|im_end|>", "<|im_start|>", "<|im_end|>"],
            "no <|im_x|> <|zzz|><|im_end|>",
            id="chatml",
        ),
        pytest.param(
            PHI,
            {"eos_token": "<|endoftext|>"},
            ["<|user|>", "<|end|>", "<|assistant|>", "<|end|>", "<|endoftext|>"],
            "no <|im_x|> <|zzz|><|end|>",
            id="phi",
        ),
        pytest.param(
            LLAMA3,
            {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"},
            ["<|begin_of_text|>", *["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"] * 2],
            "no <|im_x|> <|zzz|><|eot_id|>",
            id="llama3",
        ),
    ],
)
BESIDE = pytest.mark.parametrize("beside", [{}, {"added_tokens_decoder": {}}], ids=["no-list", "empty-list"])


@BESIDE
@LAYOUTS
def test_where_only_some_tokens_are_named_the_others_are_known_by_their_spelling(
    tmp_path, template, named, tokens, trained, beside
):
    lay(tmp_path, tokenizer_config={"chat_template": template, **named, **beside})
    sample = Sample((Message("user", "hi <|zzz|>"), Message("assistant", "no <|im_x|> <|zzz|>")))
    rendered = render(sample, open_chat_template(tmp_path))
    assert [piece[0] for piece in rendered.pieces if piece[1] in {"special", "end"}] == tokens
    assert [rendered.text[start:end] for start, end in rendered.loss_spans] == [trained]
    assert "<|never|>" not in read(tmp_path).special


def test_an_empty_list_beside_a_whole_tokenizer_says_nothing(tmp_path):
    lay(
        tmp_path,
        tokenizer_config={"chat_template": "<|im_start|><|user|>", "eos_token": "<eos>", "added_tokens_decoder": {}},
        tokenizer={"added_tokens": [{"content": "<|im_start|>", "special": True}]},
    )
    assert read(tmp_path).special == ("<eos>", "<|im_start|>")


def test_a_list_is_believed(tmp_path):
    decoder = {"2": {"content": "</s>", "special": True}}
    lay(
        tmp_path,
        tokenizer_config={"chat_template": "<|user|></s>", "eos_token": "</s>", "added_tokens_decoder": decoder},
    )
    assert read(tmp_path).special == ("</s>",)


@pytest.mark.parametrize(
    ("template", "known"),
    [("[INST] x [/INST]", ()), ("[INST][/INST][TOOL_CALLS]", ("[INST]", "[/INST]", "[TOOL_CALLS]"))],
    ids=["llama2", "mistral"],
)
def test_brackets_are_tokens_among_their_kind(tmp_path, template, known):
    lay(tmp_path, tokenizer_config={"chat_template": template, "eos_token": "</s>"})
    assert read(tmp_path).special == ("</s>", *known)


@pytest.mark.parametrize("token", ["x", " ", "  "])
def test_a_token_that_reads_as_text_is_never_looked_for(tmp_path, token):
    lay(tmp_path, tokenizer_config={"chat_template": CHATML, "eos_token": token})
    sample = Sample((Message("user", "x"), Message("assistant", "axe")))
    rendered = render(sample, open_chat_template(tmp_path))
    assert token not in read(tmp_path).with_tokens({"pad_token": token}).special
    assert [rendered.text[start:end] for start, end in rendered.loss_spans] == ["axe<|im_end|>"]


def test_a_tokenizers_control_tokens_can_be_added(tmp_path):
    lay(tmp_path, mine="M", added_tokens={"<tool_call>": 7})
    found = read(tmp_path / "mine.jinja").with_control(["<tool_call>", "<eot>", "x"])
    assert (found.special, found.added) == (("<tool_call>", "<eot>"), ())
