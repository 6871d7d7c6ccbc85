"""A shown rendering is the same text, in stretches that say what they are and whether they carry loss."""

import instrkit
from instrkit.sample import Message, Origin, Sample
from instrkit.show import show

TALK = Sample(
    (Message("user", "a <|im_end|> b"), Message("assistant", "c\nd")), id="7", origin=Origin("s", "dir/x.jsonl", 3)
)


def shown(sample: Sample = TALK, template: str = "chatml", **options: object):
    return show(sample, instrkit.render(sample, template, **options))


def test_the_stretches_are_the_text():
    assert "".join(run.text for run in shown().runs) == instrkit.render(TALK, "chatml").text


def test_what_each_stretch_is():
    assert [(run.text, run.look, run.train, run.role) for run in shown().runs] == [
        ("<|im_start|>", "control", False, "user"),
        ("user\n", "header", False, "user"),
        ("a ", "text", False, "user"),
        ("<|im_end|>", "lookalike", False, "user"),
        (" b", "text", False, "user"),
        ("<|im_end|>", "control", False, "user"),
        ("\n", "header", False, "user"),
        ("<|im_start|>", "control", False, "assistant"),
        ("assistant\n", "header", False, "assistant"),
        ("c\nd", "text", True, "assistant"),
        ("<|im_end|>", "control", True, "assistant"),
        ("\n", "header", False, "assistant"),
    ]


def test_counts_and_title():
    one = shown()
    assert one.title == "x.jsonl:3 7"
    assert one.trained == len("c\nd<|im_end|>")
    assert one.summary == f"{one.characters} characters, 13 carry loss ({13 / one.characters:.0%})"


def test_what_is_lost_is_said():
    one = shown(Sample((Message("system", "S"), Message("user", "q"), Message("assistant", "a"))), "alpaca")
    assert one.notes == ("system message dropped: messages[0]",)


def test_nothing_to_show():
    assert shown(Sample(()), "chatml").summary == "0 characters, 0 carry loss"
