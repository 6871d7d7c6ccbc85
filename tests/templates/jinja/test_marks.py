"""Marks show which characters of a rendering are the sample's, and nothing where they would change it."""

import pytest

from instrkit.templates.jinja.marks import Marker, Spot

USER, TOOL = (0, "content"), (1, "tool")


def marked(text: str, said: str, literals: tuple[str, ...] = ()) -> Marker:
    return Marker(text, said, literals, deep=True, whole=True)


def test_a_text_is_found_between_its_marks():
    marker = marked("<hi>", "hi")
    placed = marker.find(f"<{marker.say('hi', USER, False)}>")
    assert placed is not None
    assert placed.spots == [Spot(1, 3, USER)]


@pytest.mark.parametrize(
    ("rendering", "span"),
    [
        pytest.param("[ hi\n]", (1, 5), id="kept"),
        pytest.param("[hi]", (1, 3), id="trimmed"),
        pytest.param("[ hi]", (1, 4), id="right"),
        pytest.param("[hi\n]", (1, 4), id="left"),
    ],
)
def test_white_space_at_the_edges_may_be_missing(rendering, span):
    marker = marked(rendering, " hi\n")
    placed = marker.find(f"[{marker.say(' hi' + chr(10), USER, False)}]")
    assert placed is not None
    assert placed.spots == [Spot(*span, USER)]


def test_a_template_that_changes_texts_is_found_out():
    marker = marked("<HI>", "hi")
    assert marker.find(f"<{marker.say('hi', USER, False)}>") is None


def test_half_a_mark_is_found_out():
    marker = marked("<hi>", "hi")
    assert marker.find(f"<{marker.say('hi', USER, False)[17:]}>") is None


def test_literals_stay_unmarked_and_are_found_again():
    text = "<think>a</think>b"
    marker = marked(f"[{text}]", text, ("</think>", "<think>"))
    said = marker.say(text, USER, False)
    assert said.startswith("<think>")
    placed = marker.find(f"[{said}]")
    assert placed is not None
    assert placed.spots == [Spot(1, len(text) + 1, USER)]


def test_what_is_cut_at_a_literal_is_found():
    text = "<think>a</think>\nb"
    marker = marked("[b]", text, ("</think>", "<think>"))
    placed = marker.find(f"[{marker.say(text, USER, False).split('</think>')[-1]}]")
    assert placed is not None
    assert placed.spots == [Spot(1, 2, USER)]


def test_numbers_beside_a_mark_do_not_disturb_it():
    for said in ("1234567", "0000001", "7", "8" * 20):
        marker = marked(f"7{said}8{said}1", said)
        one, other = marker.say(said, USER, False), marker.say(said, TOOL, False)
        placed = marker.find(f"7{one}8{other}1")
        assert placed is not None
        assert [spot.owner for spot in placed.spots] == [USER, TOOL]


def test_json_is_one_text():
    value = {"a": [1, "x"], "b": {}}
    marker = marked('<{"a": [1, "x"], "b": {}}>', "abx")
    told = marker.say(value, TOOL, True)
    placed = marker.find(f"<{marker.json(str(told).replace(chr(39), chr(34)), told)}>")
    assert placed is not None
    assert placed.spots == [Spot(1, 25, TOOL)]


def test_json_without_a_string_is_known_by_its_value():
    marker = marked("{} {}", "")
    mine = marker.say({}, TOOL, True)
    placed = marker.find(f"{marker.json('{}', mine)} {marker.json('{}', {})}")
    assert placed is not None
    assert placed.spots == [Spot(0, 2, TOOL)]


def test_generation_blocks_are_found():
    marker = marked("ab", "")
    placed = marker.find(f"a{marker.generated('b')}{marker.generated('')}")
    assert placed is not None
    assert placed.generation == [(1, 2)]
