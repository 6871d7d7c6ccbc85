"""A sample becomes CPM-Bee's tree: a record of its own format as it was, any other as question or transcript."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample
from instrkit.templates.cpm_bee_tree import ANS, Node, cut, tree_of
from tests.templates.samples import chat


def plain(node: Node) -> dict[str, object]:
    """The tree as a record."""
    return {
        key: plain(value) if isinstance(value, Node) else "".join(leaf.text for leaf in value)
        for key, value in node.children.items()
    }


@pytest.mark.parametrize(
    ("text", "way", "pieces"),
    [
        ("a<mask_0>b<c", "tokens", [("a", False), ("<mask_0>", True), ("b<c", False)]),
        ("a<mask_0>b<c", "literal", [("a<mask_0>b<c", False)]),
        ("a<<b<option_12>", "raw", [("a", False), ("<", False), ("b", False), ("<option_12>", True)]),
        ("<mask_12345>", "tokens", [("<mask_12345>", False)]),
        ("", "tokens", []),
        ("没有", "raw", [("没有", False)]),
    ],
)
def test_marks(text, way, pieces):
    assert list(cut(text, way, "$")) == pieces


@pytest.mark.parametrize("text", ["a<b", "<b>", "<mask_0", "a<"])
def test_a_raw_text_with_a_lone_bracket_is_refused(text):
    with pytest.raises(TemplateError, match=r"\$: '<.*' is no mark of CPM-Bee: .* write << for a literal <"):
        list(cut(text, "raw", "$"))


@pytest.mark.parametrize(
    ("turns", "record"),
    [
        pytest.param(("u:q", "a:r"), {"input": "q", ANS: "r"}, id="one-round"),
        pytest.param(("u:q",), {"input": "q"}, id="open"),
        pytest.param(("s:s", "u:q", "a:r"), {"system": "s", "input": "q", ANS: "r"}, id="system"),
        pytest.param(
            ("u:q", "a:r", "u:p", "a:s"),
            {"input": "User: q\nAssistant: <mask_0>\nUser: p\nAssistant: <mask_1>", ANS: {"<mask_0>": "r", "<mask_1>": "s"}},
            id="two-rounds",
        ),
        pytest.param(
            ("u:q", "a:r", "u:p"),
            {"input": "User: q\nAssistant: <mask_0>\nUser: p", ANS: {"<mask_0>": "r"}},
            id="open-second-round",
        ),
    ],
)  # fmt: skip
def test_chats(turns, record):
    assert plain(tree_of(chat(*turns), generate=False)) == record


def test_an_input_makes_the_instruction_a_prompt():
    parts = Part(text="译"), Part(text="x", name="input")
    sample = Sample((Message("user", parts), Message("assistant", "r")))
    assert plain(tree_of(sample, generate=False)) == {"prompt": "译", "input": "x", ANS: "r"}


def test_generation_opens_an_answer():
    assert plain(tree_of(chat("u:q"), generate=True)) == {"input": "q", ANS: ""}
    assert plain(tree_of(chat("u:q", "a:r", "u:p"), generate=True))[ANS] == {"<mask_0>": "r", "<mask_1>": ""}


def test_names_are_paths():
    parts = Part(text="1", name="a.b"), Part(text="2", name="a.c~1d"), Part(text="3", name="e~0")
    sample = Sample((Message("user", parts), Message("assistant", "r")), task="structured")
    assert plain(tree_of(sample, generate=False)) == {"a": {"b": "1", "c.d": "2"}, "e~": "3", ANS: "r"}


@pytest.mark.parametrize("names", [("a", "a"), ("a", "a.b")])
def test_a_name_twice_is_refused(names):
    parts = tuple(Part(text="x", name=name) for name in names)
    sample = Sample((Message("user", parts), Message("assistant", "r")), task="structured")
    with pytest.raises(TemplateError, match=r"messages\[0\]\.content\[1\]: 'a' is .* already|there already"):
        tree_of(sample, generate=False)


@pytest.mark.parametrize("turns", [(), ("a:x",), ("u:q", "u:p"), ("u:q", "a:r", "a:s")])
def test_questions_and_answers_take_turns(turns):
    with pytest.raises(TemplateError, match=r"out of turn|no user message"):
        tree_of(chat(*turns), generate=False)
