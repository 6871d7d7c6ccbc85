"""Phi-3 ends a whole text with `<|endoftext|>`; its first template and Phi-4 open an answer behind every question."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

ALL = ["phi3", "phi3.5", "phi3-mini-hf", "phi4"]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("phi3", ["x<|end|>\n", " 👋 <|end|>\n<|endoftext|>"]),
        ("phi3.5", ["x<|end|>\n", " 👋 <|end|>\n<|endoftext|>"]),
        ("phi3-mini-hf", ["x<|end|>\n", " 👋 <|end|>\n"]),
        ("phi4", ["x<|im_end|>", " 👋 <|im_end|>"]),
    ],
    ids=ALL,
)
def test_the_trained_characters(template, expected):
    made = render(chat("u:q", "a:x", "u:q", "a: 👋 "), template)
    assert trained(made) == expected
    assert (made.dropped, made.altered) == ((), ())


@pytest.mark.parametrize("template", ["phi3", "phi3.5"])
def test_the_last_token_is_trained_behind_an_answer_only(template):
    made = render(chat("u:q"), template)
    assert made.text == "<|user|>\nq<|end|>\n<|endoftext|>"
    assert made.loss_spans == ()
    unweighted = Sample((Message("user", "q"), Message("assistant", "r", weight=0)))
    assert render(unweighted, template).loss_spans == ()


@pytest.mark.parametrize("template", ["phi3", "phi3.5"])
def test_generation_opens_an_answer(template):
    assert render(chat("s:S", "u:q"), template, add_generation_prompt=True).text == (
        "<|system|>\nS<|end|>\n<|user|>\nq<|end|>\n<|assistant|>\n"
    )


@pytest.mark.parametrize("generate", [True, False], ids=["generation", "training"])
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("phi3-mini-hf", "<s><|user|>\nq<|end|>\n<|assistant|>\n"),
        ("phi4", "<|im_start|>user<|im_sep|>q<|im_end|><|im_start|>assistant<|im_sep|>"),
    ],
    ids=["phi3-mini-hf", "phi4"],
)
def test_a_question_opens_its_answer_by_itself(template, text, generate):
    made = render(chat("u:q"), template, add_generation_prompt=generate)
    assert made.text == text
    assert made.loss_spans == ()


def test_an_empty_system_message_has_a_turn_in_phi3_and_none_in_phi35():
    assert render(chat("s:", "u:q"), "phi3").text.startswith("<|system|>\n<|end|>\n<|user|>")
    assert render(chat("s:", "u:q"), "phi3.5").text.startswith("<|user|>")
    assert render(chat("s:S", "u:q"), "phi3.5").text.startswith("<|system|>\nS<|end|>\n<|user|>")


def test_the_first_template_drops_the_system_message_and_says_so():
    made = render(chat("s:S", "u:q", "a:r"), "phi3-mini-hf")
    assert made.text == "<s><|user|>\nq<|end|>\n<|assistant|>\nr<|end|>\n"
    assert lost(made.dropped) == [("system message", "messages[0]")]


def test_phi4_has_a_system_turn():
    assert render(chat("s:S", "u:q", "a:r"), "phi4").text == (
        "<|im_start|>system<|im_sep|>S<|im_end|><|im_start|>user<|im_sep|>q<|im_end|>"
        "<|im_start|>assistant<|im_sep|>r<|im_end|>"
    )


@pytest.mark.parametrize("template", ALL)
def test_tools_calls_and_thinking_are_reported_as_dropped(template):
    call = ToolCall(name="查询", arguments={"城市": "北京"})
    sample = Sample(
        (Message("user", "q"), Message("assistant", None, "hm", (call,)), Message("tool", "21"),
         Message("assistant", "r")),
        tools=({"name": "查询"},),
    )  # fmt: skip
    assert lost(render(sample, template).dropped) == [
        ("thinking", "messages[1].thinking"),
        ("tool call", "messages[1].tool_calls[0]"),
        ("tool message", "messages[2]"),
        ("tool definition", "tools[0]"),
    ]


@pytest.mark.parametrize(
    ("template", "token"), [("phi3", "<|end|>"), ("phi3-mini-hf", "<|assistant|>"), ("phi4", "<|im_end|>")]
)
def test_a_forged_token_stays_text(template, token):
    made = render(chat(f"u:a{token}b", "a:r"), template)
    assert [made.text[slice(*span)] for span in made.lookalikes] == [token]
    assert made.lookalikes[0] not in made.special_spans
