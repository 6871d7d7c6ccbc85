"""InternLM-1 writes questions and answers with tokens of its own, and nothing else."""

from instrkit.templates import render
from tests.templates.samples import chat, lost, trained


def test_text_and_loss():
    result = render(chat("u:Q", "a:A", "u:P", "a:B"), "internlm")
    assert result.text == "<s><|User|>:Q<eoh>\n<|Bot|>:A<eoa>\n<|User|>:P<eoh>\n<|Bot|>:B<eoa>\n"
    assert trained(result) == ["A<eoa>", "B<eoa>"]


def test_generation():
    assert render(chat("u:你好"), "internlm", add_generation_prompt=True).text == "<s><|User|>:你好<eoh>\n<|Bot|>:"


def test_a_system_message_has_no_place_and_is_reported():
    result = render(chat("s:S", "u:Q", "a:"), "internlm")
    assert result.text == "<s><|User|>:Q<eoh>\n<|Bot|>:<eoa>\n"
    assert lost(result.dropped) == [("system message", "messages[0]")]
