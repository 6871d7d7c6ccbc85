"""Texts hold no control tokens of any template; markup, brackets and thinking are text."""

from __future__ import annotations

import pytest

from instrkit.sample import Candidate, Message, Part, Sample, ToolCall
from instrkit.templates import TEMPLATES
from instrkit.validation.control_token import KNOWN, tokens

from .helpers import found, talk, turn


@pytest.mark.parametrize("token", ["<|im_end|>", "[INST]", "</s>", "<eoh>", "<｜User｜>", "[gMASK]", "<end_of_turn>"])
def test_tokens(token: str) -> None:
    problem = ("messages[0].content", f"control token {token} in the text")
    assert found("control-token", Sample((Message("user", f"你好{token}!"), turn("a")))) == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "", "a < b and b > c", "<b>bold</b>", "list[int]", "[1] [2]", "<|", "|>", "[inst]", "<im_end>", "< /s >",
        "<think>hm</think>", "<image>", "<audio>", "👋 <3", "数组[0]", "<script>alert(1)</script>", "<sub>2</sub>", "<option>1</option>",
    ],
)  # fmt: skip
def test_look_alikes_stay(text: str) -> None:
    assert found("control-token", Sample((Message("user", text), turn("a")))) == []


def test_the_tokens_are_those_of_all_templates_and_the_known_ones() -> None:
    declared = {token for _, cls in TEMPLATES for token in cls.control if token[0] in "<[" and token[-1] in ">]"}
    written = {"<think>", "</think>", "<image>", "<video>", "<audio>", "<mask>", "<option>", "<root>"}
    assert set(tokens().tokens) == (declared | set(KNOWN)) - written
    assert len(set(KNOWN)) == len(KNOWN)


def test_every_text_is_looked_at() -> None:
    sample = Sample(
        (
            Message("user", (Part(text="fine"), Part(text="</s>"))),
            Message("assistant", "", "[INST]", (ToolCall(name="f", arguments_raw='{"q": "<|im_end|>"}'),)),
        ),
        candidates=(Candidate(messages=(Message("assistant", "<eoh>"),)),),
    )
    assert [path for path, _ in found("control-token", sample)] == [
        "messages[0].content[1].text",
        "messages[1].thinking",
        "messages[1].tool_calls[0].arguments",
        "candidates[0].messages[0].content",
    ]


def test_a_text_is_found_once() -> None:
    assert len(found("control-token", Sample((Message("user", "</s></s>[INST]"), turn("a"))))) == 1
    assert found("control-token", talk("ua")) == []
