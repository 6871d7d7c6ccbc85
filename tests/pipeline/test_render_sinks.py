"""Rendered files hold the text with its loss spans, or a prompt and the completion that carries loss."""

import json

import pytest

import instrkit
from instrkit.errors import LossError, UsageError
from instrkit.pipeline.job import Rendering
from instrkit.pipeline.render_sinks import PairSink, TextSink

TALK = instrkit.Sample(
    tuple(
        instrkit.Message(role, text)
        for role, text in (("user", "Hi"), ("assistant", "Hello"), ("user", "Bye"), ("assistant", "Goodbye"))
    )
)


def rows(sink, *samples):
    return [row for outcome in sink.batch(samples, [""] * len(samples)) for row in outcome]


def test_text_with_its_loss_spans():
    (row,) = rows(TextSink(Rendering("chatml"), strict=False), TALK)
    assert [row["text"][start:end] for start, end in row["loss_spans"]] == ["Hello<|im_end|>", "Goodbye<|im_end|>"]


def test_a_pair_is_the_prompt_and_what_carries_loss_last():
    sink = PairSink(Rendering("chatml"), strict=False)
    (row,) = rows(sink, TALK)
    assert row["prompt"].endswith("Bye<|im_end|>\n<|im_start|>assistant\n")
    assert row["completion"] == "Goodbye<|im_end|>"
    assert sink.losses == {"loss before the completion": 1, "text after the completion dropped": 1}


def test_one_answer_is_trained_whole_under_the_policy_last():
    sink = PairSink(Rendering("chatml", (("loss", "last"),)), strict=True)
    assert rows(sink, TALK)[0]["completion"] == "Goodbye<|im_end|>"
    assert "loss before the completion" not in sink.losses


def test_strict_refuses_a_pair_that_loses_loss():
    (outcome,) = PairSink(Rendering("chatml"), strict=True).batch([TALK], [""])
    assert isinstance(outcome, LossError)
    assert "loss before the completion" in str(outcome)


def test_strict_refuses_what_the_template_does_not_hold():
    lost = instrkit.Sample((instrkit.Message("system", "S"), *TALK.messages))
    (outcome,) = TextSink(Rendering("koala"), strict=True).batch([lost], [""])
    assert isinstance(outcome, LossError)
    assert str(outcome).startswith("template koala: would lose system message (messages[0]): expected nothing")
    sink = TextSink(Rendering("koala"), strict=False)
    assert rows(sink, lost)[0]["dropped"][0].kind == "system message"
    assert sink.losses == {"system message dropped": 1}


def test_nothing_to_train_is_counted():
    sink = PairSink(Rendering("chatml"), strict=False)
    assert rows(sink, instrkit.Sample((instrkit.Message("user", "Hi"),)))[0]["completion"] == ""
    assert sink.losses == {"nothing carries loss: the completion is empty": 1}


def test_pairs_from_a_file(tmp_path):
    source = tmp_path / "in.json"
    source.write_text(json.dumps([{"instruction": "Name a prime.", "input": "", "output": "7"}]), encoding="utf-8")
    report = instrkit.render_files(source, tmp_path / "out.jsonl", "alpaca", shape="pairs", workers=1)
    row = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert row["prompt"].startswith("<s>Below is an instruction")
    assert row["prompt"].endswith("### Response:")
    assert row["completion"] == "7</s>"
    assert report.losses == {}


def test_tokens_want_a_tokenizer(tmp_path):
    with pytest.raises(UsageError, match="expected a tokenizer"):
        instrkit.render_files(tmp_path, tmp_path / "o.jsonl", "alpaca", shape="tokens")
