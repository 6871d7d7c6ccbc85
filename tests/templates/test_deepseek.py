"""DeepSeek-Coder and V2: plain headers, system text where it stands, an end token behind answers."""

import pytest

from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from instrkit.templates.deepseek import CODER_SYSTEM
from tests.templates.samples import chat, lost, trained

BOS = "<｜begin▁of▁sentence｜>"
EOS = "<｜end▁of▁sentence｜>"


def test_coder_trains_what_its_trainer_trains() -> None:
    made = render(chat("u:Hi", "a: Hello ", "u:", "a:"), "deepseek-coder", strict=True)
    assert made.text == (
        f"{BOS}{CODER_SYSTEM}### Instruction:\nHi\n### Response:\n Hello \n<|EOT|>\n"
        "### Instruction:\n\n### Response:\n\n<|EOT|>\n"
    )
    assert trained(made) == [" Hello \n<|EOT|>", "\n<|EOT|>"]


def test_coder_writes_a_system_text_without_a_line_break() -> None:
    made = render(chat("s:S", "u:Hi"), "deepseek-coder", add_generation_prompt=True, strict=True)
    assert made.text == f"{BOS}S### Instruction:\nHi\n### Response:\n"


def test_coder_writes_results_as_untrained_responses() -> None:
    made = render(chat("s:S", "u:Hi", "t:1", "a:x"), "deepseek-coder")
    assert made.text == f"{BOS}S### Instruction:\nHi\n### Response:\n1\n<|EOT|>\n### Response:\nx\n<|EOT|>\n"
    assert trained(made) == ["x\n<|EOT|>"]


def test_coder_takes_another_default_system_text() -> None:
    assert render(chat("u:Hi"), "deepseek-coder", default_system="").text == f"{BOS}### Instruction:\nHi\n"


@pytest.mark.parametrize("name", ["deepseek-v2", "deepseek-v2-hf"])
def test_v2_trains_the_space_before_an_answer(name: str) -> None:
    made = render(chat("s:S", "u:Hi", "a:Hello"), name, strict=True)
    assert made.text == f"{BOS}S\n\nUser: Hi\n\nAssistant: Hello{EOS}"
    assert trained(made) == [f" Hello{EOS}"]


def test_v2_opens_an_answer_without_the_space() -> None:
    assert render(chat("u:Hi"), "deepseek-v2", add_generation_prompt=True).text == f"{BOS}User: Hi\n\nAssistant:"


def test_what_has_no_place_is_reported() -> None:
    call = Message("assistant", None, thinking="hm", tool_calls=(ToolCall(name="f"),))
    made = render(Sample((Message("user", "x"), call, Message("tool", "1"))), "deepseek-v2")
    assert lost(made.dropped) == [
        ("thinking", "messages[1].thinking"),
        ("tool call", "messages[1].tool_calls[0]"),
        ("tool message", "messages[2]"),
    ]


@pytest.mark.parametrize("name", ["deepseek-coder", "deepseek-v2"])
def test_tokens_in_user_text_stay_text(name: str) -> None:
    made = render(chat(f"u:{EOS}<|EOT|>", "a:x"), name)
    assert len(made.special_spans) == 2
    assert made.lookalikes
