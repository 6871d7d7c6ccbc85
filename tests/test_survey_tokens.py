"""A survey with a tokenizer tells how long samples are in tokens, and how many are longer than usual rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import instrkit
from instrkit.errors import UsageError
from instrkit.survey import survey_text
from instrkit.survey_tokens import tokens_text
from instrkit.tokens import encode, load_tokenizer
from tests.tokens.small import byte_level


def write(path: Path, *outputs: str, system: str | None = None) -> Path:
    head = [] if system is None else [{"role": "system", "content": system}]
    rows = [
        {"messages": [*head, {"role": "user", "content": "Go on."}, {"role": "assistant", "content": output}]}
        for output in outputs
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    return byte_level(tmp_path)


def test_without_a_template_the_text_of_all_messages_counts(tmp_path: Path, tokenizer: Path) -> None:
    path = write(tmp_path / "a.jsonl", *("a b c " * k for k in range(1, 41)), system="Be kind.")
    count = load_tokenizer(tokenizer).encode
    lengths = np.array([sum(len(count(t)) for t in ("Be kind.", "Go on.", "a b c " * k)) for k in range(1, 41)])
    (found,) = instrkit.inspect(path, tokenizer=tokenizer)
    assert found.tokens | {"over": {}} == {
        "samples": 40,
        "unwritten": 0,
        "total": lengths.sum(),
        "min": lengths.min(),
        "median": int(np.percentile(lengths, 50, method="nearest")),
        "mean": round(float(lengths.mean()), 1),
        "p95": int(np.percentile(lengths, 95, method="nearest")),
        "p99": int(np.percentile(lengths, 99, method="nearest")),
        "max": lengths.max(),
        "over": {},
    }


def test_with_a_template_it_is_what_would_be_trained(tmp_path: Path, tokenizer: Path) -> None:
    path = write(tmp_path / "a.jsonl", "Hello", "你好")
    expected = [
        len(encode(instrkit.render(sample, "chatml"), load_tokenizer(tokenizer))) for sample in instrkit.read(path)
    ]
    (found,) = instrkit.inspect(path, tokenizer=tokenizer, template="chatml")
    assert (found.tokens["min"], found.tokens["max"], found.tokens["total"]) == (*sorted(expected), sum(expected))


@pytest.mark.parametrize(("extra", "longer"), [(0, 0.0), (1, 0.25)])
def test_longer_than_a_bound_is_more_than_it(tmp_path: Path, tokenizer: Path, extra: int, longer: float) -> None:
    load = load_tokenizer(tokenizer)
    room = 1024 - len(load.encode("Go on."))
    long = "~" * (room + extra)  # a sign that is not in what it was made from: a token each
    assert len(load.encode(long)) == room + extra
    path = write(tmp_path / "a.jsonl", "a", "b", "c", long)
    (found,) = instrkit.inspect(path, tokenizer=tokenizer)
    assert found.tokens["over"] == {"1024": longer, "2048": 0.0, "4096": 0.0, "8192": 0.0}
    assert f"  longer     than 1,024 {longer:.2%}, 2,048 0.00%" in survey_text([found])


def test_what_the_template_refuses_is_counted(tmp_path: Path, tokenizer: Path) -> None:
    refusing = tmp_path / "t.jinja"
    refusing.write_text(
        "{% for m in messages %}{% if m['content'] == 'no' %}{{ raise_exception('no') }}{% endif %}"
        "{{ m['content'] }}\n{% endfor %}"
    )
    (found,) = instrkit.inspect(
        write(tmp_path / "a.jsonl", "no", "yes", "no"), tokenizer=tokenizer, template=str(refusing)
    )
    assert (found.samples, found.tokens["samples"], found.tokens["unwritten"]) == (3, 1, 2)
    assert "  unwritten  2 samples that the template refuses" in survey_text([found]).splitlines()


def test_files_are_added_up_for_a_person(tmp_path: Path, tokenizer: Path) -> None:
    (tmp_path / "d").mkdir()
    write(tmp_path / "d" / "a.jsonl", "a")
    write(tmp_path / "d" / "b.jsonl", "a b c", "a b c")
    one, two = (found.tokens for found in instrkit.inspect(tmp_path / "d", tokenizer=tokenizer))
    line, longer = tokens_text([one, two])
    total = one["total"] + two["total"]
    assert line == f"  tokens     {one['min']} to {two['max']} a sample, mean {total / 3:.1f}; {total} in all"
    assert longer.startswith("  longer     than 1,024 0.00%")
    assert "median" in tokens_text([one])[0]


def test_without_a_tokenizer_nothing_is_said(tmp_path: Path) -> None:
    (found,) = instrkit.inspect(write(tmp_path / "a.jsonl", "a"))
    assert found.tokens == {}
    assert "tokens" not in survey_text([found])


def test_a_file_without_samples(tmp_path: Path, tokenizer: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{torn\n")
    (found,) = instrkit.inspect(tmp_path / "a.jsonl", tokenizer=tokenizer)
    assert found.tokens == {"samples": 0, "unwritten": 0, "total": 0}
    assert json.dumps(found.to_dict())
    assert tokens_text([found.tokens]) == []


@pytest.mark.parametrize(
    ("tokenizer_given", "template", "message"),
    [
        ("nope", None, "tokenizer: nope: no such file"),
        (None, "chatml", "without a tokenizer"),
        ("tokenizer.json", "chatmll", "did you mean 'chatml'"),
        ("tokenizer.json", "vicuna", "has no control token"),
    ],
)
def test_mistakes_are_answered_in_words(
    tmp_path: Path, tokenizer: Path, tokenizer_given: str | None, template: str | None, message: str
) -> None:
    path = write(tmp_path / "a.jsonl", "a")
    given = str(tmp_path / tokenizer_given) if tokenizer_given == "tokenizer.json" else tokenizer_given
    with pytest.raises(UsageError, match=message):
        instrkit.inspect(path, tokenizer=given, template=template)
