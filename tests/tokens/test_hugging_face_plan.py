"""What a tokenizer.json tells before it is used: what text could forge, what begins a text, how bytes are counted."""

from __future__ import annotations

import json

import pytest

from instrkit.tokens.beside import Beside
from instrkit.tokens.hugging_face_plan import plan_of
from tests.tokens.small import CONTROLS, THINK, byte_level, unigram


def planned(path, beside=None, **changes):
    spec = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    return plan_of(spec, beside or Beside(), "toy", "")


def test_added_tokens_go_and_white_space_stays(tmp_path) -> None:
    parts, plan = planned(byte_level(tmp_path))
    assert {*CONTROLS, THINK} <= {*parts.controls}
    assert "    " not in parts.controls
    contents = [entry["content"] for entry in plan.spec["added_tokens"]]
    assert not {*contents} & {*CONTROLS, THINK}
    assert contents[-1] == "    "
    assert plan.spec["post_processor"] is None


def test_only_what_the_model_can_make_needs_guarding(tmp_path) -> None:
    parts, _ = planned(unigram(tmp_path))
    assert parts.forbidden == {1, 2}
    assert parts.unknown == ("<unk>", 0)
    assert parts.prefix_once is False


def test_bytes_are_counted_where_nothing_changes_them(tmp_path) -> None:
    path = byte_level(tmp_path)
    _, plan = planned(path)
    vocabulary = plan.spec["model"]["vocab"]
    assert plan.sizes is not None
    assert plan.sizes[vocabulary["Hello"]] == 5
    assert plan.composed is False
    assert planned(path, normalizer={"type": "NFC"})[1].composed is True
    assert planned(path, normalizer={"type": "Lowercase"})[1].sizes is None


@pytest.mark.parametrize(
    ("processor", "first", "adds"),
    [
        (None, None, False),
        ({"type": "ByteLevel"}, None, False),
        ({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {}}]}, "<s>", True),
        (
            {
                "type": "Sequence",
                "processors": [{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<b>"}}]}],
            },
            "<b>",
            True,
        ),
    ],
    ids=["none", "bytes", "template", "sequence"],
)
def test_what_the_tokenizer_puts_first(tmp_path, processor, first, adds: bool) -> None:
    parts, _ = planned(byte_level(tmp_path), post_processor=processor)
    assert (parts.bos, parts.adds_bos) == (first, adds)


def test_the_files_beside_have_the_last_word_on_the_first_token(tmp_path) -> None:
    config = {"add_bos_token": False}
    beside = Beside(roles={"bos_token": "<s>"}, config=config)
    parts, _ = planned(byte_level(tmp_path), beside)
    assert (parts.bos, parts.adds_bos) == ("<s>", False)


def test_the_space_written_by_itself_can_be_left_out(tmp_path) -> None:
    path = unigram(tmp_path)
    assert planned(path)[1].bare["pre_tokenizer"]["prepend_scheme"] == "never"
    prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]}
    assert planned(path, normalizer=prepend, pre_tokenizer=None)[1].bare is not None
    assert planned(byte_level(tmp_path))[1].bare is None
