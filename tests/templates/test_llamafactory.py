"""LLaMA-Factory's layouts: slots in turn, thinking as its reasoning models have it, one end token for all answers."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.samples import trained

USER, ANSWER = Message("user", "Hi"), Message("assistant", "Yo")
CALL = Message("assistant", "", tool_calls=(ToolCall(name="查天气", arguments={"城市": "北京"}),))


def test_the_sentence_its_converter_adds_is_not_written():
    assert "detailed thinking" not in render(Sample((USER, ANSWER)), "qwen3@llamafactory").text
    assert "detailed thinking" not in render(Sample((Message("system", "S"), USER)), "qwen3@llamafactory").text


def test_an_empty_system_message_counts_as_none():
    assert "Alibaba" in render(Sample((Message("system", ""), USER, ANSWER)), "qwen@llamafactory").text


def test_a_system_message_folded_into_a_question_keeps_its_number():
    made = render(Sample((Message("system", "S"), USER, ANSWER)), "llama2@llamafactory")
    assert made.text == "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nHi [/INST]Yo</s>"
    assert [segment.message for segment in made.segments if segment.text == "S"] == [0]
    assert not made.dropped


@pytest.mark.parametrize(
    ("messages", "place"),
    [
        pytest.param((ANSWER,), 0, id="answer-first"),
        pytest.param((USER, USER), 1, id="two-questions"),
        pytest.param((USER, ANSWER, Message("system", "S")), 2, id="late-system"),
    ],
)
def test_messages_out_of_turn_are_refused_with_their_place(messages, place):
    with pytest.raises(TemplateError, match=rf"messages\[{place}\]: "):
        render(Sample(messages), "qwen@llamafactory")


def test_an_open_question_ends_with_the_question_unless_an_answer_is_wanted():
    assert render(Sample((USER,)), "solar@llamafactory").text == "### User:\nHi\n\n"
    made = render(Sample((USER,)), "solar@llamafactory", add_generation_prompt=True)
    assert made.text == "### User:\nHi\n\n### Assistant:\n"


def test_without_messages_there_is_the_beginning_only():
    assert render(Sample(()), "zephyr@llamafactory").text == "<|system|>\nYou are Zephyr, a helpful assistant.</s>"


# --- thinking ------------------------------------------------------------------------------------------------------

THOUGHT = Message("assistant", "2", thinking="1+1")


def qwen3(*messages: Message, **options) -> str:
    made = render(Sample(messages), "qwen3@llamafactory", **options)
    return made.text.replace("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "Q ").replace(
        "<|im_end|>\n", "|"
    )


def test_thinking_is_kept_in_training_and_an_answer_without_gets_an_empty_one():
    assert qwen3(USER, THOUGHT, USER, ANSWER) == "Q <think>\n1+1\n</think>\n\n2|Q <think>\n\n</think>\n\nYo|"


def test_thinking_spelled_in_the_text_counts():
    said = Message("assistant", "<think>\nhm\n</think>\n\nYo")
    assert qwen3(USER, said) == "Q <think>\nhm\n</think>\n\nYo|"


def test_history_loses_its_thinking_in_generation_and_it_is_reported():
    made = render(Sample((USER, THOUGHT, USER)), "qwen3@llamafactory", add_generation_prompt=True)
    assert "1+1" not in made.text
    assert [change.kind for change in made.dropped] == ["thinking"]


def test_thinking_spelled_in_history_is_cut_out_in_generation():
    said = Message("assistant", "<think>\nhm\n</think>\n\nYo")
    assert qwen3(USER, said, USER, add_generation_prompt=True) == "Q Yo|Q "


def test_thinking_can_be_turned_off():
    made = render(Sample((USER, THOUGHT)), "qwen3@llamafactory", enable_thinking=False)
    assert trained(made) == ["2<|im_end|>\n"]
    assert made.text.endswith("<think>\n\n</think>\n\n2<|im_end|>\n")
    assert [change.kind for change in made.dropped] == ["thinking"]
    assert qwen3(USER, enable_thinking=False, add_generation_prompt=True) == "Q <think>\n\n</think>\n\n"


def test_thinking_of_both_kinds_keeps_what_there_is_and_trains_no_empty_one():
    made = render(Sample((USER, THOUGHT, USER, ANSWER)), "qwen3@llamafactory", enable_thinking=None)
    assert trained(made) == ["<think>\n1+1\n</think>\n\n2<|im_end|>\n", "Yo<|im_end|>\n"]


# --- one end token for all answers ---------------------------------------------------------------------------------


def test_the_end_token_is_the_label_of_what_follows_an_answer():
    made = render(Sample((USER, ANSWER, USER, ANSWER)), "glm4@llamafactory")
    labels = [(one.input_token, one.label_token) for one in made.label_overrides]
    assert labels == [("<|user|>", "<|endoftext|>")]
    assert trained(made) == ["\nYo", "\nYo<|endoftext|>"]


def test_a_look_alike_of_a_control_token_is_never_cut_in_two_for_a_label():
    sample = Sample((Message("system", "</s>S"), USER, ANSWER))
    made = render(sample, "baichuan@llamafactory")
    assert made.label_overrides[0].input_token == "</s>"
    assert len(made.lookalikes) == 1
    with pytest.raises(TemplateError, match="control token"):
        render(sample, "baichuan@llamafactory", on_control_token="error")


def test_an_open_question_is_not_ended():
    assert render(Sample((USER, ANSWER, USER)), "glm4@llamafactory").text.endswith("<|user|>\nHi")


# --- tools ---------------------------------------------------------------------------------------------------------


def test_results_in_a_row_become_one_turn():
    results = (Message("tool", "21"), Message("tool", "22"))
    made = render(Sample((USER, CALL, *results, ANSWER)), "qwen@llamafactory")
    assert (
        "<|im_start|>user\n<tool_response>\n21\n</tool_response>\n<tool_response>\n22\n</tool_response><|im_end|>\n"
    ) in made.text
    assert not made.dropped


def test_mistral_answers_a_result_without_an_opening():
    made = render(Sample((USER, CALL, Message("tool", "21"), ANSWER)), "mistral@llamafactory")
    assert made.text == (
        '<s>[INST] Hi[/INST][TOOL_CALLS] [{"name": "查天气", "arguments": {"城市": "北京"}}]</s>'
        '[TOOL_RESULTS] {"content": 21}[/TOOL_RESULTS] Yo</s>'
    )


def test_text_beside_calls_has_no_place_and_is_reported():
    both = Message("assistant", "Let me see.", tool_calls=CALL.tool_calls)
    made = render(Sample((USER, both)), "qwen@llamafactory")
    assert [change.kind for change in made.dropped] == ["assistant message"]
