"""Alpaca comes back as it was, whatever its input, system, history, id and further keys look like."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from instrkit.errors import Misfit
from instrkit.formats import Loss
from instrkit.formats.alpaca import Alpaca
from instrkit.sample import Message, Origin, Part, Sample

from .helpers import EXTRAS, IDS, TEXTS, assert_round_trip, exact, shuffled

ALPACA = Alpaca()
BASE: dict[str, Any] = {"instruction": "Add.", "input": "", "output": "3"}


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(BASE, id="regular"),
        pytest.param({"instruction": "Add.", "output": "3"}, id="input-absent"),
        pytest.param(BASE | {"input": None}, id="input-null"),
        pytest.param(BASE | {"input": "  \n"}, id="input-blank"),
        pytest.param(BASE | {"input": "1 2"}, id="input"),
        pytest.param({"output": "3", "instruction": "Add.", "input": ""}, id="other-order"),
        pytest.param(BASE | {"system": ""}, id="system-empty"),
        pytest.param(BASE | {"system": None, "history": None}, id="nulls"),
        pytest.param(BASE | {"system": "Be kind.", "history": [["a", "b"], ["c", ""]]}, id="system-and-history"),
        pytest.param(BASE | {"history": []}, id="history-empty"),
        pytest.param({"id": "x", **BASE}, id="id-string"),
        pytest.param({**BASE, "id": 7, "text": "joined"}, id="id-number-last"),
        pytest.param({"id": None, **BASE}, id="id-null"),
        pytest.param({"id": "", **BASE}, id="id-empty"),
        pytest.param({"id": {"k": [1.0, "v"]}, **BASE}, id="id-object"),
        pytest.param({"instruction": "", "input": "", "output": ""}, id="all-empty"),
        pytest.param({"instruction": "", "input": "x", "output": "哈👩‍👩‍👧"}, id="only-input"),
    ],
)
def test_every_variant_comes_back(record: dict[str, Any]) -> None:
    assert_round_trip(ALPACA, record)
    Draft202012Validator(ALPACA.record_schema()).validate(record)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.randoms(use_true_random=False))
def test_any_record_comes_back(data: st.DataObject, order: Any) -> None:
    record: dict[str, Any] = {"instruction": data.draw(TEXTS), "output": data.draw(TEXTS)}
    optional = {
        "input": TEXTS | st.none(),
        "system": TEXTS | st.none(),
        "history": st.none() | st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=2),
        "id": IDS,
    }
    for key, values in optional.items():
        if data.draw(st.booleans()):
            record[key] = data.draw(values)
    record |= data.draw(EXTRAS)
    assert_round_trip(ALPACA, shuffled(record, order))


def test_an_input_is_a_part_behind_its_instruction() -> None:
    sample = ALPACA.to_sample(BASE | {"input": "1 2"})
    assert sample.messages[0].content == (Part(text="Add."), Part(text="1 2", name="input"))
    assert sample.messages[0].text == "Add.\n1 2"
    assert sample.residual is None


@pytest.mark.parametrize("given_input", ["", None], ids=["empty", "null"])
def test_no_input_is_a_plain_instruction(given_input: str | None) -> None:
    assert ALPACA.to_sample(BASE | {"input": given_input}).messages[0].content == "Add."


def test_system_history_id_and_further_keys_have_their_places() -> None:
    sample = ALPACA.to_sample({"z": 1, "id": 7, **BASE, "system": "S", "history": [["q", "a"]], "b": None})
    assert [(m.role, m.content) for m in sample.messages] == [
        ("system", "S"), ("user", "q"), ("assistant", "a"), ("user", "Add."), ("assistant", "3"),
    ]  # fmt: skip
    assert (sample.id, sample.meta) == ("7", {"z": 1, "b": None})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"instruction": "a"}, r"not alpaca: \$\.output: field required; keys: instruction"),
        ({}, r"\$\.instruction: field required; keys: none"),
        (BASE | {"output": None}, r"not alpaca: \$\.output: expected a string, found null"),
        (BASE | {"output": 3}, r"\$\.output: expected a string, found a number"),
        (BASE | {"output": True}, r"\$\.output: expected a string, found a boolean"),
        (BASE | {"output": ["x"]}, r"\$\.output: expected a string, found a list"),
        (BASE | {"instruction": {}}, r"\$\.instruction: expected a string, found an object"),
        (BASE | {"input": 0}, r"\$\.input: expected a string or null, found a number"),
        (BASE | {"system": ["s"]}, r"\$\.system: expected a string or null, found a list"),
        (BASE | {"history": "x"}, r"\$\.history: expected a list of \[question, answer\] pairs, found a string"),
        (BASE | {"history": [["a", "b"], "c"]}, r"\$\.history\[1\]: expected a \[question, answer\] pair, found a str"),
        (BASE | {"history": [["a"]]}, r"\$\.history\[0\]: expected a \[question, answer\] pair, found 1 items"),
        (BASE | {"history": [["a", None]]}, r"\$\.history\[0\]\[1\]: expected a string, found null"),
    ],
)
def test_a_misfit_says_where_and_what(record: dict[str, Any], message: str) -> None:
    with pytest.raises(Misfit, match=message):
        ALPACA.to_sample(record)


def written(sample: Sample) -> dict[str, Any]:
    return ALPACA.from_sample(sample).records[0]


def test_edited_texts_are_written_in_the_old_shape() -> None:
    sample = ALPACA.to_sample({"output": "mail a@b.c", "history": [["a@b.c", "x"]], "instruction": "i", "id": 3})
    scrubbed = replace(
        sample, messages=tuple(replace(m, content=m.text.replace("a@b.c", "[E]")) for m in sample.messages)
    )
    assert exact(written(scrubbed)) == exact(
        {"output": "mail [E]", "history": [["[E]", "x"]], "instruction": "i", "id": 3}
    )


def test_an_edit_never_loses_what_the_shape_left_out() -> None:
    sample = ALPACA.to_sample({"instruction": "i", "output": "o", "history": None})
    question = Message("user", (Part(text="i"), Part(text="new", name="input")))
    more = (Message("user", "q"), Message("assistant", "a"), question, sample.messages[1])
    record = written(replace(sample, messages=more, meta={"note": None}))
    assert record == {"instruction": "i", "output": "o", "history": [["q", "a"]], "input": "new", "note": None}


def test_an_id_made_of_source_and_index_is_not_written() -> None:
    sample = replace(ALPACA.to_sample(BASE), id="train:4", origin=Origin("train", "train.json", 4))
    assert written(sample) == BASE
    assert written(replace(sample, id="mine")) == {"id": "mine", **BASE}


def test_a_record_whose_own_id_looks_made_keeps_it() -> None:
    record = {"id": "train:4", **BASE}
    sample = replace(ALPACA.to_sample(record), origin=Origin("train", "train.json", 4))
    assert written(sample) == record


@pytest.mark.parametrize("own", [None, ""], ids=["null", "empty"])
def test_an_id_that_says_nothing_stays_under_a_made_one(own: str | None) -> None:
    record = {"id": own, **BASE}
    sample = replace(ALPACA.to_sample(record), id="train:4", origin=Origin("train", "train.json", 4))
    assert exact(written(sample)) == exact(record)


U, A = Message("user", "q"), Message("assistant", "a")


@pytest.mark.parametrize(
    ("messages", "record", "losses"),
    [
        ((U, A), {"instruction": "q", "input": "", "output": "a"}, []),
        ((U,), {"instruction": "q", "input": "", "output": ""}, [("no answer, written as empty", "messages")]),
        ((A,), {"instruction": "", "input": "", "output": "a"}, [("no question, written as empty", "messages")]),
        (
            (A, U, A),
            {"instruction": "q", "input": "", "output": "a"},
            [("answer without a question", "messages[0]")],
        ),
        (
            (Message("user", "lost"), U, A),
            {"instruction": "q", "input": "", "output": "a"},
            [("question without an answer", "messages[0]")],
        ),
        (
            (U, Message("assistant", "lost"), A),
            {"instruction": "q", "input": "", "output": "a"},
            [("answer without a question", "messages[1]")],
        ),
        (
            (Message("developer", "D"), U, Message("system", "lost"), A),
            {"instruction": "q", "input": "", "output": "a", "system": "D"},
            [("developer role", "messages[0].role"), ("system message inside the dialogue", "messages[2]")],
        ),
        (
            (Message("user", (Part(text="a"), Part(type="image", ref="x.png"), Part(text="b"))), A),
            {"instruction": "ab", "input": "", "output": "a"},
            [("border between parts", "messages[0].content"), ("image", "messages[0].content[1]")],
        ),
        (
            (U, Message("assistant", "a", weight=0.0, name="n", extra={"refusal": "r"})),
            {"instruction": "q", "input": "", "output": "a"},
            [
                ("message name", "messages[1].name"),
                ("message weight", "messages[1].weight"),
                ("message key", "messages[1].extra.refusal"),
            ],
        ),
    ],
)
def test_what_does_not_fit_is_reported(messages: Any, record: Any, losses: Any) -> None:
    dumped = ALPACA.from_sample(Sample(messages))
    assert dumped.records == (record,)
    assert dumped.losses == tuple(Loss(*loss) for loss in losses)
