"""A recipe is validated as a whole: every mistake at once, each with its line, before anything runs."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from instrkit.errors import RecipeError, UsageError
from instrkit.ops import OPS
from instrkit.recipe import bundled_recipes, load_recipe, parse_recipe, recipe_schema, render_yaml

FIVE_MISTAKES = """\
version: 1
sources:
  - path: a.json
    formatt: alpaca
  - {path: b.json, format: alpca}
steps:
  - lenght: {max: 3}
  - length: {max: abc, scope: response}
  - near_dedup: {treshold: 0.8}
output: {dir: out, format: openai}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(text, where="r.yaml")
    return list(caught.value.mistakes)


def test_all_five_mistakes_come_at_once_with_their_lines() -> None:
    found = mistakes(FIVE_MISTAKES)
    assert [line.rsplit(":", len(line.split(":")) - 2)[0] for line in found] == [
        "r.yaml:4",
        "r.yaml:5",
        "r.yaml:7",
        "r.yaml:8",
        "r.yaml:9",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("version: 2", "r.yaml:1:1: version: 2: expected 1", id="version"),
        pytest.param("steps: []", "r.yaml:1:1: version: None: expected 1", id="no-version"),
        pytest.param("- 1", "r.yaml:1:1: a recipe is a mapping, found a list", id="list"),
        pytest.param("version: 1\nsteps: [a", "not YAML", id="no-yaml"),
        pytest.param("version: 1\nsteps: 3", "r.yaml:2:1: steps: expected a list, found 3", id="steps-no-list"),
        pytest.param("version: 1\nstpes: []", "stpes: unknown setting: did you mean 'steps'?", id="unknown-key"),
        pytest.param("version: 1\nversion: 1", "given twice", id="duplicate-key"),
        pytest.param("version: 1\nsteps:\n - lenght", "did you mean 'length'?", id="unknown-op"),
        pytest.param("version: 1\nsteps:\n - length: 5", "expected settings by name, found 5", id="bare-value"),
        pytest.param("version: 1\nsteps:\n - 5", "steps[0]: expected an op's name", id="number-as-step"),
        pytest.param("version: 1\nsteps:\n - length: {max: x}", "r.yaml:3:13: steps[0].length.max ('x')", id="type"),
        pytest.param("version: 1\noutput: {format: x}", "output.format: unknown format 'x'", id="output-format"),
        pytest.param("version: 1\noutput: {split: {a: 1.5}}", "expected a share from 0.0 to 1.0", id="share"),
        pytest.param("version: 1\noutput: {split: {a: 0.7, b: 0.7}}", "add up to more than 1.0", id="shares"),
        pytest.param("version: 1\noutput: {split: {train: 0.7}}", "other than 'train'", id="reserved"),
        pytest.param("version: 1\noutput: {split: {../x: 0.7}}", "expected a plain word", id="no-path"),
        pytest.param("version: 1\nx: !!python/object:os.system {}", "not YAML", id="no-objects"),
    ],
)
def test_each_mistake_says_what_was_expected(text: str, message: str) -> None:
    assert any(message in line for line in mistakes(text)), mistakes(text)


def test_the_example_of_the_readme_is_a_recipe(tmp_path: Path) -> None:
    text = """\
version: 1
sources:
  - path: alpaca_en.json
  - {path: "moss/**/*.json", format: moss, name: moss}
steps:
  - fix_text
  - empty
  - length: {scope: response, max: 20000}
  - language: {keep: [en, zh]}
  - repetition: {max: 0.6}
  - exact_dedup
  - near_dedup: {threshold: 0.8}
  - scrub
output: {dir: out, format: openai, split: {validation: 0.01}, seed: 42}
"""
    (tmp_path / "r.yaml").write_text(text)
    recipe = load_recipe(tmp_path / "r.yaml")
    assert [step.name for step in recipe.steps][-2:] == ["near_dedup", "scrub"]
    assert recipe.sources[0].path == str(tmp_path / "alpaca_en.json")
    assert recipe.output.dir == str(tmp_path / "out")
    jsonschema.validate(yaml.safe_load(text), recipe_schema())


def test_what_is_written_out_reads_back_equal() -> None:
    recipe = load_recipe("sft")
    assert parse_recipe(render_yaml(recipe)) == recipe


@pytest.mark.parametrize("name", sorted(bundled_recipes()))
def test_bundled_recipes_are_valid_and_fit_the_schema(name: str) -> None:
    assert load_recipe(name).steps
    jsonschema.validate(yaml.safe_load(bundled_recipes()[name]), recipe_schema())


ASKS = {"token_length": "tokenizer"}
"""Ops that must be told something."""


@pytest.mark.parametrize("name", sorted({*OPS.names()} - {*ASKS}))
def test_every_op_stands_in_a_recipe_by_its_bare_name(name: str) -> None:
    (step,) = parse_recipe(f"version: 1\nsteps: [{name}]").steps
    assert step == OPS.get(name)()


@pytest.mark.parametrize(("name", "setting"), ASKS.items())
def test_an_op_that_must_be_told_something_says_what(name: str, setting: str) -> None:
    with pytest.raises(RecipeError, match=f"{setting}: field required"):
        parse_recipe(f"version: 1\nsteps: [{name}]")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 1, "steps": [name]}, recipe_schema())


def test_a_missing_recipe_lists_the_bundled_ones() -> None:
    with pytest.raises(UsageError, match=r"no-such: no such recipe .* known: .*sft"):
        load_recipe("no-such")


def test_the_schema_refuses_what_the_reader_refuses() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(FIVE_MISTAKES), recipe_schema())


def test_mistakes_within_one_op_are_collected_with_all_others() -> None:
    text = """\
version: 1
sources: [{path: a.json, format: chatglm, settings: {promt: x}}]
steps:
  - near_dedup: {threshold: 1.8}
  - scrub: {rules: [emial]}
  - repetition: {n: 0}
  - length: {min: 5, max: 2}
  - language: {keep: []}
  - lenght
"""
    assert [line.split(":")[1] for line in mistakes(text)] == ["2", "4", "5", "6", "7", "8", "9"]


def test_mistakes_of_formats_are_named_beside_all_others_at_their_own_place() -> None:
    text = """version: 1
sources:
  - {path: a.csv, format: alpca, header: maybe}
  - {path: b.csv, format: alpaca, settings: {turnz: x}, colums: {}}
  - {path: c.csv, columns: {instruction: x}}
output: {format: openai, settings: {x: 1}, columns: {messages: [1]}}
"""
    with pytest.raises(RecipeError) as raised:
        parse_recipe(text)
    places = [line.split(": ")[:2] for line in str(raised.value).split("\n")]
    assert places == [
        ["recipe:3:19", "sources[0].format"],
        ["recipe:3:34", "sources[0].header ('maybe')"],
        ["recipe:4:35", "sources[1].settings"],
        ["recipe:4:57", "sources[1].colums"],
        ["recipe:5:19", "sources[2].columns"],
        ["recipe:6:26", "output.settings"],
        ["recipe:6:54", "output.columns.messages ([1])"],
    ]
