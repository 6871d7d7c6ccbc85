"""Token length counts the text of the scope or the sample as trained, and what it counted depends on the tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import instrkit
from instrkit.errors import RecipeError, UsageError
from instrkit.ops.base import Batch
from instrkit.ops.token_length import TokenLength
from instrkit.recipe import load_recipe, parse_recipe
from instrkit.sample import Message, Sample
from instrkit.tokens import encode, load_tokenizer
from tests.tokens.small import byte_level, tiktoken_file


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(byte_level(tmp_path_factory.mktemp("tokenizer")))


def talk(*texts: str) -> Sample:
    return Sample(tuple(Message(("user", "assistant")[k % 2], text) for k, text in enumerate(texts)))


def measured(op: TokenLength, *samples: Sample) -> list[float]:
    return op.measure(Batch(samples)).tolist()


@pytest.mark.parametrize("text", ["", "Hello world, how are you?", "你好，世界。", "<|im_end|>", " a\n", "👩‍👧"])
def test_the_tokens_of_the_plain_text_of_the_scope_are_counted(tokenizer: str, text: str) -> None:
    expected = len(load_tokenizer(tokenizer).encode(text))
    assert measured(TokenLength(tokenizer=tokenizer), talk("?", text)) == [expected]
    assert measured(TokenLength(tokenizer=tokenizer, scope="prompt"), talk(text, "!")) == [expected]


def test_of_several_texts_in_the_scope_the_longest_counts(tokenizer: str) -> None:
    op = TokenLength(tokenizer=tokenizer, scope="messages")
    long = "a b c d e f g " * 9
    assert measured(op, talk("?", long, "?", "!")) == [len(load_tokenizer(tokenizer).encode(long))]
    assert np.isnan(measured(op, talk("", ""))[0])


def test_with_a_template_the_sample_is_counted_as_it_would_be_trained(tokenizer: str) -> None:
    sample = talk("Hello world", "你好", "?", "!")
    expected = len(encode(instrkit.render(sample, "chatml"), load_tokenizer(tokenizer)))
    assert measured(TokenLength(tokenizer=tokenizer, template="chatml"), sample, sample) == [expected] * 2
    assert measured(TokenLength(tokenizer=tokenizer, template="chatml", scope="prompt"), sample) == [expected]


def test_a_sample_that_the_template_refuses_has_no_length_and_is_kept(tmp_path: Path) -> None:
    refusing = tmp_path / "t.jinja"
    refusing.write_text(
        "{% for m in messages %}{% if m['content'] == 'no' %}{{ raise_exception('no') }}{% endif %}"
        "{{ m['content'] }}\n{% endfor %}"
    )
    op = TokenLength(tokenizer=str(byte_level(tmp_path)), template=str(refusing), max=99)
    values = op.measure(Batch([talk("no", "b"), talk("a", "b")]))
    assert np.isnan(values).tolist() == [True, False]
    assert op.judge(values).tolist() == [True, True]


def test_bounds_are_inclusive_and_reasons_name_them(tokenizer: str) -> None:
    op = TokenLength(tokenizer=tokenizer, min=3, max=5)
    assert op.judge(np.array([2.0, 3.0, 5.0, 6.0])).tolist() == [False, True, True, False]
    assert op.reason(2.0) == ("too few tokens", "min=3")
    assert op.reason(6.0) == ("too many tokens", "max=5")
    assert TokenLength(tokenizer=tokenizer).judge(np.array([0.0, 1e9])).tolist() == [True, True]


def test_what_was_measured_is_of_the_contents_of_the_tokenizer_and_the_template(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        byte_level(folder)
    assert TokenLength(tokenizer=str(first)).depends() == TokenLength(tokenizer=str(second)).depends()
    before = TokenLength(tokenizer=str(first), template="chatml").depends()
    assert before != TokenLength(tokenizer=str(first)).depends()
    spec = json.loads((first / "tokenizer.json").read_text())
    spec["added_tokens"] = spec["added_tokens"][:-1]
    (first / "tokenizer.json").write_text(json.dumps(spec))
    assert TokenLength(tokenizer=str(first), template="chatml").depends() != before


def test_a_chat_template_counts_by_its_contents(tmp_path: Path) -> None:
    template = tmp_path / "t.jinja"
    path = str(byte_level(tmp_path))
    found = []
    for text in (
        "{% for m in messages %}{{ m['content'] }}\n{% endfor %}",
        "{% for m in messages %}> {{ m['content'] }}\n{% endfor %}",
    ):
        template.write_text(text)
        found.append(TokenLength(tokenizer=path, template=str(template)).depends())
    assert len(set(found)) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"tokenizer": "nope"}, "token_length: tokenizer: nope: no such file", id="no-tokenizer"),
        pytest.param({"template": "chatmll"}, "template: unknown template 'chatmll': did you mean 'chatml'", id="name"),
        pytest.param({"template": "nope.jinja"}, "template: template nope.jinja: no such file", id="no-template"),
        pytest.param(
            {"template": "vicuna"}, r"vicuna_v1.1: the tokenizer .* has no control token '</s>'", id="not-its-own"
        ),
        pytest.param({"max": -1}, "max -1: expected 0 tokens or more", id="max"),
        pytest.param({"min": 5, "max": 4}, "min 5 over max 4", id="no-room"),
    ],
)
def test_mistakes_are_found_before_anything_runs(tokenizer: str, settings: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        TokenLength(**{"tokenizer": tokenizer, **settings})  # type: ignore[arg-type]


def test_a_recipe_says_where_the_mistake_stands(tokenizer: str) -> None:
    with pytest.raises(RecipeError, match=r"recipe:2:\d+: steps\[0\].token_length: .* unknown template 'chatmll'"):
        parse_recipe(f"version: 1\nsteps: [token_length: {{tokenizer: '{tokenizer}', template: chatmll}}]")


def test_paths_in_a_recipe_are_relative_to_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = tmp_path / "desk"
    (desk / "tok").mkdir(parents=True)
    byte_level(desk / "tok")
    (desk / "t.jinja").write_text("{% for m in messages %}{{ m['content'] }}\n{% endfor %}")
    steps = ("{tokenizer: tok}", "{tokenizer: ./tok, template: t.jinja}", "{tokenizer: tok, template: chatml}")
    (desk / "r.yaml").write_text("version: 1\nsteps:\n" + "".join(f"  - token_length: {step}\n" for step in steps))
    monkeypatch.chdir(tmp_path)
    found = load_recipe("desk/r.yaml").steps
    assert [Path(step.settings()["tokenizer"]) for step in found] == [Path("desk/tok")] * 3
    assert [step.settings()["template"] for step in found] == [None, "desk/t.jinja", "chatml"]
    (desk / "chatml").mkdir()
    given = [TokenLength.placed({"tokenizer": "tok", "template": name}, Path("desk")) for name in ("tok", "chatml")]
    assert [settings["template"] for settings in given] == ["desk/tok", "chatml"]
    placed = TokenLength.placed({"tokenizer": str(desk / "tok")}, tmp_path / "elsewhere")
    assert placed == {"tokenizer": str(desk / "tok")}


def test_a_run_drops_by_it_in_worker_processes(tmp_path: Path) -> None:
    path = byte_level(tmp_path)
    rows = [{"instruction": "?", "input": "", "output": "a b c d e f g " * k} for k in range(1, 9)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "r.yaml").write_text(
        "version: 1\nsources: [in.jsonl]\noutput: {dir: out}\n"
        f"steps: [token_length: {{tokenizer: {path.name}, template: chatml, max: 50}}]\n"
    )
    report = instrkit.run(tmp_path / "r.yaml", workers=2)
    assert 0 < report.dropped < 8
    assert report.steps["1.token_length"]["in"].dropped == {"too many tokens": report.dropped}


def test_other_kinds_of_tokenizers(tmp_path: Path) -> None:
    path = tiktoken_file(tmp_path)
    assert measured(TokenLength(tokenizer=str(path)), talk("?", "Hello world")) == [2]
