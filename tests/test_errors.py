"""All errors are one tree, survive the way out of a worker, and quote no more than they should."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from instrkit import errors
from instrkit.errors import InstrkitError, Misfit, RecipeError, UsageError, did_you_mean, quote

TREE = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, InstrkitError)]


def made(error: type[InstrkitError]) -> InstrkitError:
    arguments: dict[type, tuple[Any, ...]] = {
        Misfit: ("alpaca", "$.output", "field required"),
        RecipeError: (["a:1:1: b", "a:2:1: c"],),
    }
    return error(*arguments.get(error, ("a.jsonl: broken: expected more",)))


@pytest.mark.parametrize("error", TREE)
def test_every_error_stands_in_the_docstring_and_in_all(error: type[InstrkitError]) -> None:
    assert f" {error.__name__} " in (errors.__doc__ or "")
    assert error.__name__ in errors.__all__


@pytest.mark.parametrize("error", [error for error in TREE if error is not RecipeError])
def test_errors_come_out_of_a_worker_as_they_were(error: type[InstrkitError]) -> None:
    there = made(error)
    back = pickle.loads(pickle.dumps(there))
    assert (type(back), str(back), vars(back)) == (error, str(there), vars(there))


def test_a_misfit_says_format_place_and_problem() -> None:
    assert str(made(Misfit)) == "not alpaca: $.output: field required"


def test_a_recipe_error_lists_its_mistakes() -> None:
    error = made(RecipeError)
    assert isinstance(error, UsageError)
    assert str(error) == "a:1:1: b\na:2:1: c"


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        pytest.param("abc", 5, "'abc'", id="at"),
        pytest.param("abc", 6, "'abc'", id="below"),
        pytest.param("abcd", 5, "'abc…", id="above"),
        pytest.param("哈哈", 4, "'哈哈'", id="chinese"),
        pytest.param("a\nb", 80, r"'a\nb'", id="one-line"),
        pytest.param(None, 80, "None", id="no-text"),
    ],
)
def test_quotes_are_cut(value: Any, limit: int, shown: str) -> None:
    assert quote(value, limit) == shown
    assert len(quote(value, limit)) <= limit


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("alpca", ["moss", "alpaca"], "did you mean 'alpaca'? known: alpaca, moss"),
        ("zzz", ["moss", "alpaca"], "known: alpaca, moss"),
        ("x", [], "known: "),
    ],
)
def test_the_nearest_name_is_offered(name: str, known: list[str], hint: str) -> None:
    assert did_you_mean(name, known) == hint
