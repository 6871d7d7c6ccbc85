"""A difference is exact: end to end its stretches are both texts, and what only one text trains or loses is told."""

import random
from itertools import pairwise

import pytest

from instrkit.templates import render
from instrkit.templates.diff import Diff, diff, diff_texts
from tests.templates.samples import chat, lost


def stretches(a: str, b: str) -> list[tuple[str, str, str]]:
    return [(op.tag, a[slice(*op.a)], b[slice(*op.b)]) for op in diff_texts(a, b)]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param("", "", [], id="nothing"),
        pytest.param("ab", "ab", [("equal", "ab", "ab")], id="equal"),
        pytest.param("", "ab", [("insert", "", "ab")], id="from-nothing"),
        pytest.param("ab", "", [("delete", "ab", "")], id="to-nothing"),
        pytest.param("a b", "ab", [("equal", "a", "a"), ("delete", " ", ""), ("equal", "b", "b")], id="a-space"),
        pytest.param("aa", "a", [("equal", "a", "a"), ("delete", "a", "")], id="repeated"),
        pytest.param(
            "a\n\nb", "a\nb", [("equal", "a\n", "a\n"), ("delete", "\n", ""), ("equal", "b", "b")], id="lines"
        ),
        pytest.param("你好", "您好", [("replace", "你", "您"), ("equal", "好", "好")], id="chinese"),
        pytest.param("🎉a", "🎉b", [("equal", "🎉", "🎉"), ("replace", "a", "b")], id="emoji"),
    ],
)
def test_stretches(a: str, b: str, expected: list[tuple[str, str, str]]):
    assert stretches(a, b) == expected


def test_a_letter_that_two_words_share_is_part_of_one_difference():
    assert stretches("<user>", "<xbezr>")[1][0] == "replace"
    assert [tag for tag, _, _ in stretches("(abcXdef)", "(ghiXjkl)")] == ["equal", "replace", "equal"]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("length", [20, 1500, 9000])
def test_end_to_end_they_are_both_texts(seed: int, length: int):
    rng = random.Random(seed)
    a, b = ("".join(rng.choice("ab的 \n") for _ in range(rng.randrange(length))) for _ in range(2))
    ops = diff_texts(a, b)
    assert "".join(a[slice(*op.a)] for op in ops) == a
    assert "".join(b[slice(*op.b)] for op in ops) == b
    for op in ops:
        assert (a[slice(*op.a)] == b[slice(*op.b)]) == (op.tag == "equal")
        assert (op.tag == "insert") == (op.a[0] == op.a[1])
        assert (op.tag == "delete") == (op.b[0] == op.b[1])
    assert all((one.tag == "equal") != (other.tag == "equal") for one, other in pairwise(ops))


@pytest.mark.parametrize("end", ["", "\n"], ids=["one-line", "lines"])
def test_small_changes_in_long_texts_are_found_one_by_one(end: str):
    text = "".join(f"word {k},{end}" for k in range(50_000))
    half = len(text) // 2
    changed = f"{text[:10]}!{text[10:half]}?{text[half:-10]}#{text[-10:]}"
    assert [(tag, new) for tag, _, new in stretches(text, changed) if tag != "equal"] == [
        ("insert", "!"),
        ("insert", "?"),
        ("insert", "#"),
    ]


@pytest.mark.parametrize(
    "text", [pytest.param("word " * 40_000, id="words"), pytest.param("\n" * 50_000 + "x" * 50_000, id="blank-lines")]
)
def test_long_texts_that_repeat_themselves_are_compared_too(text: str):
    changed = f"{text[:10]}!{text[10:90]}?{text[90:-10]}#{text[-10:]}"
    found = stretches(text, changed)
    assert ("".join(a for _, a, _ in found), "".join(b for _, _, b in found)) == (text, changed)
    assert sum(len(b) for tag, _, b in found if tag != "equal") < 1_000


def test_long_texts_that_share_nothing_are_one_difference():
    assert [tag for tag, _, _ in stretches("a\n" * 9000 + "b" * 9000, "c" * 9000 + "d," * 9000)] == ["replace"]


def between(a: str, b: str, *turns: str) -> Diff:
    return diff(render(chat(*turns), a), render(chat(*turns), b))


def test_the_same_template_is_the_same():
    assert between("chatml", "yi", "u:Hi", "a:Yo").same


def test_a_difference_of_loss_alone_is_told_with_its_place():
    found = between("chatml", "yi@llamafactory", "u:Hi", "a:Yo")
    assert found.same_text
    assert not found.same_loss
    assert not found.same
    assert [(one.text, one.trained_in, found.a[slice(*one.a)]) for one in found.loss] == [("\n", "b", "\n")]


def test_loss_is_compared_where_the_texts_agree():
    found = between("koala", "koala@fastchat", "u:Hi", "a:Yo")
    assert [op.tag for op in found.ops] == ["equal", "insert", "equal"]
    assert found.same_loss


def test_what_only_one_of_them_loses_is_told():
    found = between("koala", "koala@fastchat", "s:S", "u:Hi", "a:Yo")
    assert lost(change for _, change in found.only_a) == [("system message", "messages[0]")]
    assert found.only_b == ()
