"""A template is opened by its name or by a path, and takes only the variables it has."""

import pytest

from instrkit.errors import UsageError
from instrkit.templates import job_variables, open_template, render
from instrkit.templates.opening import names_file
from tests.templates.samples import chat

PAIR = chat("u:Hi", "a:你好")


def test_a_template_can_be_given_itself():
    assert render(PAIR, open_template("chatglm2", {"first_round": 5})).text.startswith("[gMASK]sop[Round 5]")
    assert render(PAIR, open_template("chatglm2", {"prefix": "P"}), first_round=5).text.startswith(
        "[gMASK]sopP[Round 5]"
    )


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        pytest.param(lambda: render(PAIR, "chatgml"), "unknown template 'chatgml': did you mean 'chat", id="template"),
        pytest.param(lambda: render(PAIR, "chatglm2", first_ruond=2),
                     "template chatglm2: unknown variable 'first_ruond': did you mean 'first_round'", id="variable"),
        pytest.param(lambda: render(PAIR, "alpaca", date="x"), "template alpaca: unknown variable 'date'", id="no-variables"),
        pytest.param(lambda: render(PAIR, "chatglm2", first_round="one"),
                     "template chatglm2: variable first_round: input should be a valid integer", id="type"),
    ],
)  # fmt: skip
def test_mistakes_are_named(call, problem):
    with pytest.raises(UsageError, match=problem):
        call()


@pytest.mark.parametrize(
    "name", ["./x", "a/b#tool_use", "t.jinja", "tokenizer_config.json", "t.json#default", "tok", "tok#x"]
)
def test_what_can_only_be_a_path_and_a_folder_are_files(tmp_path, monkeypatch, name):
    (tmp_path / "tok").mkdir()
    monkeypatch.chdir(tmp_path)
    assert names_file(name)


@pytest.mark.parametrize("name", ["", "chatml", "qwen2.5", "zephyr@llamafactory", "no-such-thing"])
def test_names_are_no_files_even_beside_a_folder_of_that_name(tmp_path, monkeypatch, name):
    (tmp_path / "chatml").mkdir()
    monkeypatch.chdir(tmp_path)
    assert not names_file(name)


def test_a_folder_is_looked_for_where_the_path_begins(tmp_path):
    (tmp_path / "tok").mkdir()
    assert names_file("tok", tmp_path)
    assert not names_file("tok", tmp_path / "tok")
    assert not names_file("", tmp_path)


def test_jobs_open_the_layout_of_training_unless_another_is_asked_for():
    assert job_variables("glm4", {}) == {"layout": "training"}
    assert job_variables("glm4", {"layout": "chat"}) == {"layout": "chat"}
    assert job_variables("alpaca", {"x": 1}) == {"x": 1}
