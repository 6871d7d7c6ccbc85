"""Templates are found by words and by family; a name that only other frameworks have is said to be theirs."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import TEMPLATES
from instrkit.templates.listing import entries, entry, related


def test_without_words_there_are_all():
    assert [found.name for found in entries()] == TEMPLATES.names()


@pytest.mark.parametrize("words", ["openai-python", "OpenAI-Python"])
def test_words_are_looked_for_in_everything_and_in_any_case(words: str):
    assert "chatml" in {found.name for found in entries(words)}


def test_an_alias_counts():
    assert "chatml" in {found.name for found in entries("yi")}


@pytest.mark.parametrize("family", ["koala", "Koala"])
def test_a_family_has_the_other_frameworks_layouts_too(family: str):
    assert [found.name for found in entries(family=family)] == ["koala", "koala@fastchat"]


def test_a_framework_is_a_family():
    found = [*entries(family="llamafactory")]
    assert {one.name.partition("@")[2] for one in found} == {"llamafactory", "llamafactory-v0.9.1"}


def test_an_entry_tells_what_there_is_to_know():
    found = entry("zephyr@llamafactory")
    assert found.default_system == "You are Zephyr, a helpful assistant."
    assert found.source.startswith("hiyouga/LLaMA-Factory@")
    assert (found.family, found.owner) == ("zephyr", "llamafactory")
    assert "</s>" in found.control


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("xverse", "did you mean 'xverse@llamafactory-v0.9.1'?"),
        ("falcon", "did you mean 'falcon@fastchat' or 'falcon@llamafactory'?"),
    ],
)
def test_a_name_that_only_others_have_is_said_to_be_theirs(name: str, suggestion: str):
    with pytest.raises(UsageError) as error:
        entry(name)
    assert suggestion in str(error.value)


def test_others_of_a_name():
    assert related("koala") == ["koala@fastchat"]
    assert related("nope") == []


def test_an_entry_of_a_path_is_a_tokenizers_own_template(tmp_path):
    path = tmp_path / "a@b" / "t.jinja"
    path.parent.mkdir()
    path.write_text("{% for m in messages %}<|im_start|>{{ m['content'] }}{% endfor %}{{ mood }}")
    found = entry(str(path))
    assert (found.name, found.source, found.family, found.owner) == (str(path), str(path), "", "")
    assert found.control == ("<|im_start|>",)
    assert found.variables == {"mood": None}
