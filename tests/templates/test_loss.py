"""A policy says what carries loss; the sample's weights and spans only ever take away."""

import pytest

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Part, Sample
from instrkit.templates import render
from tests.templates.samples import chat, lost, trained

TWO = chat("u:Hi", "a:Hello!", "u:Bye", "a:再见")


def answered(content="abcdef", **fields) -> Sample:
    return Sample((Message("user", "q"), Message("assistant", content, **fields)))


@pytest.mark.parametrize(
    ("template", "policy", "expected"),
    [
        pytest.param("chatglm", "reference", ["<sop>再见<eop>"], id="chatglm-reference"),
        pytest.param("chatglm", "assistant", ["Hello!", "再见<eop>"], id="chatglm-assistant"),
        pytest.param("chatglm", "last", ["再见<eop>"], id="chatglm-last"),
        pytest.param("chatglm2", "assistant", ["Hello!", "再见</s>"], id="chatglm2-assistant"),
        pytest.param("moss", "assistant", ["Hello!<eom>", "再见<eom>"], id="moss-assistant"),
        pytest.param("moss", "last", ["再见<eom>"], id="moss-last"),
        pytest.param("alpaca", "assistant", ["再见</s>"], id="alpaca-assistant"),
    ],
)
def test_policies(template, policy, expected):
    assert trained(render(TWO, template, loss=policy)) == expected


@pytest.mark.parametrize("template", ["alpaca", "chatglm", "chatglm2", "moss"])
def test_all_is_everything(template):
    result = render(TWO, template, loss="all")
    assert result.loss_spans == ((0, len(result.text)),)


def test_segments_tell_the_policy():
    assert [s.text for s in render(TWO, "chatglm2", loss="last").segments if s.train] == ["再见", "</s>"]


def test_last_without_an_answer_is_nothing():
    assert render(chat("u:Hi"), "chatglm2", loss="last").loss_spans == ()


def test_last_is_the_answer_even_when_a_question_follows():
    assert trained(render(chat("u:Hi", "a:Hello!", "u:Bye"), "chatglm2", loss="last")) == ["Hello!"]


@pytest.mark.parametrize("policy", ["reference", "assistant", "last", "all"])
def test_weight_zero_takes_the_loss_away(policy):
    assert not any(
        "abcdef" in text or "</s>" in text for text in trained(render(answered(weight=0.0), "alpaca", loss=policy))
    )


@pytest.mark.parametrize("weight", [None, 1.0, 0.5])
def test_other_weights_leave_it(weight):
    assert trained(render(answered(weight=weight), "alpaca")) == ["abcdef</s>"]


def test_a_fractional_weight_cannot_be_held():
    assert lost(render(answered(weight=0.5), "alpaca").altered) == [("fractional weight", "messages[1].weight")]


def test_weight_never_adds_loss():
    messages = (Message("user", "Hi"), Message("assistant", "Hello!", weight=1.0), *TWO.messages[2:])
    assert trained(render(Sample(messages), "chatglm2")) == ["再见</s>"]


def test_weight_zero_on_a_human_turn_of_moss():
    messages = (Message("user", "Hi", weight=0.0), Message("assistant", "Hello!"))
    assert not any("Hi" in text for text in trained(render(Sample(messages), "moss")))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param(((0, 2, True),), ["ab", "</s>"], id="only-these"),
        pytest.param(((0, 2, False),), ["cdef</s>"], id="not-these"),
        pytest.param(((0, 6, True), (2, 4, False)), ["ab", "ef</s>"], id="hole"),
        pytest.param(((0, 3, True), (3, 6, True)), ["abcdef</s>"], id="adjacent"),
        pytest.param(((6, 6, True),), ["</s>"], id="empty-span-at-the-end"),
        pytest.param(((0, 6, False),), ["</s>"], id="nothing-of-the-content"),
    ],
)
def test_spans_restrict_the_content(spans, expected):
    result = render(answered(train_spans=spans), "alpaca")
    assert trained(result) == expected
    assert "".join(s.text for s in result.segments) == result.text


@pytest.mark.parametrize("span", [(-1, 2, True), (3, 2, True), (0, 7, True)], ids=["before", "reversed", "beyond"])
def test_spans_lie_within_the_content(span):
    with pytest.raises(TemplateError, match=r"messages\[1\]\.train_spans: .* expected 0 <= start <= end <= 6"):
        render(answered(train_spans=(span,)), "alpaca")


def test_parts_may_say_whether_they_train():
    content = (Part(text="Let me think. "), Part(text="4", train=True))
    assert trained(render(answered(content), "alpaca")) == ["4</s>"]
    content = (Part(text="Let me think. ", train=False), Part(text="4"))
    assert trained(render(answered(content), "chatglm2")) == ["4</s>"]


def test_spans_of_a_content_that_was_changed_fit_no_longer():
    with pytest.raises(TemplateError, match=r"messages\[1\]\.train_spans: .* remove the spans or keep the content"):
        render(answered("a</s>b", train_spans=((0, 1, True),)), "alpaca", on_control_token="escape")


def test_an_unknown_policy_is_named():
    with pytest.raises(UsageError, match="unknown loss policy 'asistant': did you mean 'assistant'"):
        render(TWO, "alpaca", loss="asistant")


def test_an_empty_text_without_loss_parts_no_span():
    sample = Sample((Message("user", "", weight=0.0), Message("assistant", "x")))
    result = render(sample, "alpaca", loss="all")
    assert result.loss_spans == ((0, len(result.text)),)


def test_the_label_that_ends_an_answer_stays_under_the_policy_assistant():
    made = render(chat("u:a", "a:b", "u:c", "a:d"), "baichuan2", loss="assistant")
    assert [override.label_token for override in made.label_overrides] == ["</s>"]
    assert made.text[slice(*made.label_overrides[0].at)] == "<reserved_106>"
    assert made.label_overrides[0].at[0] > 0


def test_spans_find_an_answer_behind_thinking_that_says_the_same():
    content = "<think>\na\n</think>\n\na b"
    sample = Sample(
        (Message("user", "q"), Message("assistant", content, train_spans=((len(content) - 1, len(content), True),)))
    )
    assert [text for text in trained(render(sample, "qwen3")) if "a" in text] == []


@pytest.mark.parametrize("template", ["vicuna", "moss", "opt", "phi3", "glm4", "chatglm3", "starchat"])
@pytest.mark.parametrize("content", [" Sure, here.", "\nSure, here."])
def test_spans_count_from_the_content_however_it_begins(template, content):
    spans = ((0, content.index("here"), False),)
    sample = Sample((Message("user", "q"), Message("assistant", content, train_spans=spans)))
    said = "".join(trained(render(sample, template)))
    assert "here." in said
    assert "Sure" not in said


def test_spans_never_cut_a_control_token():
    sample = Sample((Message("user", "q"), Message("assistant", "<|im_end|>", train_spans=((2, 4, False),))))
    kinds = {s.text: s.kind for s in render(sample, "qwen2.5").segments}
    assert kinds["<|im_end|>"] == "end"
    assert kinds["im"] == "content"


@pytest.mark.parametrize("policy", ["reference", "assistant"])
def test_weight_zero_takes_the_label_that_ends_an_answer_too(policy):
    silent = Sample(
        (Message("user", "a"), Message("assistant", "b", weight=0.0), Message("user", "c"), Message("assistant", "d"))
    )
    made = render(silent, "baichuan2", loss=policy)
    assert [o.at[0] for o in made.label_overrides if o.at[0] > 0] == []
