"""Loss lies on each answer and the token that ends it, or the sample is refused."""

import pytest

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample, ToolCall
from instrkit.templates import render
from tests.templates.jinja.texts import CHATML, REWRITING, TOOLS, TRIMMING, opened
from tests.templates.samples import chat, trained

TURNS = ("s:Be nice.", "u:Hi", "a:Hello", "u:Hello", "a:Hi")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        pytest.param(CHATML, ["Hello<|im_end|>", "Hi<|im_end|>"], id="chatml"),
        pytest.param(TRIMMING, ["Hello<|end|>", "Hi<|end|>"], id="trimming"),
        pytest.param(REWRITING, ["Hello<|im_end|>", "<think>\n\n</think>\n\nHi<|im_end|>"], id="rewriting"),
        pytest.param(
            "{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '\n' }}{% endfor %}"
            "{% if add_generation_prompt %}assistant: {% endif %}",
            ["Hello", "Hi"],
            id="no-end-token",
        ),
        pytest.param(
            "{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ (eos_token if loop.last else '\n') }}{% endfor %}",
            ["Hello", "Hi</s>"],
            id="end-token-at-the-end",
        ),
        pytest.param(
            "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}",
            ["Hello", "Hi"],
            id="ended-by-the-next-turn",
        ),
    ],
)
def test_answers_and_their_ends(tmp_path, text, ends):
    assert trained(render(chat(*TURNS), opened(tmp_path, text, eos_token="</s>"))) == ends


def test_a_prompt_has_the_loss_of_its_history(tmp_path):
    made = render(chat(*TURNS[:-1]), opened(tmp_path, CHATML), add_generation_prompt=True)
    assert made.text.endswith("<|im_start|>assistant\n")
    assert trained(made) == ["Hello<|im_end|>"]


def test_calls_are_trained_with_their_markers(tmp_path):
    call = ToolCall(name="天气", arguments={"城": "北京"}, id="abcdefghi")
    sample = Sample(
        (
            Message("user", "q"),
            Message("assistant", None, tool_calls=(call, call)),
            Message("tool", "r", name="天气", tool_call_id="abcdefghi"),
            Message("assistant", "a"),
        ),
        tools=({"type": "function", "function": {"name": "天气"}},),
    )
    made = render(sample, opened(tmp_path, TOOLS, eos_token="</s>"))
    one = '{"name": "天气", "arguments": {"城": "北京"}}'
    assert trained(made) == [f"[TOOL_CALLS] {one}{one}</s>", "a</s>"]
    assert [s.text for s in made.segments if s.kind == "tool"] == [
        '[{"type": "function", "function": {"name": "天气"}}]', one, one, "r",
    ]  # fmt: skip
    assert (made.dropped, made.altered) == ((), ())


def test_an_empty_answer_is_its_end(tmp_path):
    assert trained(render(chat("u:q", "a:"), opened(tmp_path, CHATML))) == ["<|im_end|>"]


def test_an_answer_that_is_not_written_has_no_loss(tmp_path):
    text = "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"
    made = render(chat("u:q", "a:secret"), opened(tmp_path, text))
    assert (made.text, made.loss_spans) == ("q", ())
    assert made.dropped[0].kind == "assistant message"


def test_nothing_is_guessed(tmp_path):
    text = "{{ messages | length }}{% for m in messages %}{{ m.content | reverse }}{% endfor %}"
    layout = opened(tmp_path, text)
    with pytest.raises(TemplateError, match=r"loss spans could not be derived.*instrkit list templates"):
        render(chat("u:q", "a:b"), layout)


def test_texts_in_capitals_are_found(tmp_path):
    text = CHATML.replace("{{ message.content }}", "{{ message.content | upper }}")
    made = render(chat("u:q", "a:b"), opened(tmp_path, text))
    assert trained(made) == ["B<|im_end|>"]
    assert [change.path for change in made.altered] == ["messages[0].content", "messages[1].content"]


def test_texts_that_are_altered_are_found_by_what_their_message_adds(tmp_path):
    text = CHATML.replace("{{ message.content }}", "{{ message.content | replace('8', 'eight') }}")
    assert trained(render(chat("u:q 8", "a:b"), opened(tmp_path, text))) == ["b<|im_end|>"]


THINKING = CHATML.replace("<|im_start|>assistant\n{% endif %}", "<|im_start|>assistant\n<think>\n{% endif %}").replace(
    "{{ message.content }}",
    "{{ message.content }}{% for call in message.tool_calls or [] %}<tool_call>{{ call.function | tojson }}</tool_call>"
    "{% endfor %}",
)
"""Generation is opened by more than an answer of the history."""


@pytest.mark.parametrize(
    ("messages", "ends"),
    [
        pytest.param(("u:q", "a:"), ["<|im_end|>"], id="empty"),
        pytest.param(("a:",), ["<|im_end|>"], id="alone"),
        pytest.param(("u:q", "a:", "a:"), ["<|im_end|>", "<|im_end|>"], id="two-empty"),
        pytest.param(("u:q", "a:x", "a:"), ["x<|im_end|>", "<|im_end|>"], id="two"),
    ],
)
def test_no_token_is_cut_where_generation_is_opened_by_more(tmp_path, messages, ends):
    assert trained(render(chat(*messages), opened(tmp_path, THINKING))) == ends


def test_no_call_is_cut_where_generation_is_opened_by_more(tmp_path):
    call = ToolCall(name="f", arguments={})
    sample = Sample((Message("user", "q"), Message("assistant", "", tool_calls=(call,)), Message("tool", "")))
    assert trained(render(sample, opened(tmp_path, THINKING))) == [
        '<tool_call>{"name": "f", "arguments": {}}</tool_call><|im_end|>'
    ]


def test_a_default_system_text_is_no_part_of_an_empty_answer(tmp_path):
    text = "{% if messages %}<|im_start|>system\nBe nice.<|im_end|>\n{% endif %}" + CHATML
    assert trained(render(chat("a:"), opened(tmp_path, text))) == ["<|im_end|>"]
