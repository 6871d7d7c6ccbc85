"""A rendering is its segments: their texts are the text, their marks the spans, in order and within bounds."""

import pickle
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from instrkit.errors import TemplateError
from instrkit.sample import Message, Sample
from instrkit.templates import CONTROL_POLICIES, LOSS_POLICIES, TEMPLATES, LabelOverride, Piece, Template, render
from tests.templates.samples import chat, opened

NAMES = [name for k, name in enumerate(TEMPLATES.names()) if "@" not in name or k % 6 == 0]
"""All layouts of models, and some of the other frameworks', whose rows share one base each."""

TEXT = st.text(alphabet="ab <s>/[gMASK]\n你👋", max_size=12)
WEIGHT = st.sampled_from([None, None, 0.0, 1.0])


@st.composite
def dialogues(draw) -> Sample:
    messages = [Message("system", draw(TEXT))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 3))):
        messages.append(Message("user", draw(TEXT), weight=draw(WEIGHT)))
        answer = draw(TEXT)
        spans = ((0, len(answer) // 2, draw(st.booleans())),) if draw(st.booleans()) else ()
        messages.append(Message("assistant", answer, weight=draw(WEIGHT), train_spans=spans))
    return Sample(tuple(messages[: -1 if draw(st.booleans()) else None]))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None)
@given(sample=dialogues(), loss=st.sampled_from(LOSS_POLICIES), prompt=st.booleans())
def test_segments_are_the_text_and_the_spans(name, sample, loss, prompt):
    try:
        result = render(sample, opened(name), loss=loss, add_generation_prompt=prompt)
    except TemplateError:
        assume(False)
    assert "".join(segment.text for segment in result.segments) == result.text
    for spans in (result.loss_spans, result.special_spans, result.lookalikes):
        assert all(0 <= start < end <= len(result.text) for start, end in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert all(left[1] < right[0] for left, right in pairwise(result.loss_spans)), "merged"
    marked = {at for start, end in result.loss_spans for at in range(start, end)}
    at = 0
    for segment in result.segments:
        assert all((k in marked) is segment.train for k in range(at, at + len(segment.text)))
        assert segment.message is None or 0 <= segment.message < len(sample.messages)
        at += len(segment.text)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(sample=dialogues(), policy=st.sampled_from(["escape", "drop"]))
def test_no_user_text_spells_a_token_under_escape_and_drop(name, sample, policy):
    plain = Sample(tuple(Message(m.role, m.content) for m in sample.messages))
    try:
        made = render(plain, opened(name), on_control_token=policy)
    except TemplateError:
        assume(False)
    assert made.lookalikes == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_policies_do_not_change_the_text(name):
    sample = chat("u:Hi", "a:你好 👋", "u:x", "a:y")
    made = opened(name)
    assert {render(sample, made, loss=loss).text for loss in LOSS_POLICIES} == {render(sample, made).text}
    assert {render(sample, made, on_control_token=p).text for p in CONTROL_POLICIES} == {render(sample, made).text}


class Labels(Template):
    """A template whose trainer wants `</s>` at each user token, as Baichuan2's does."""

    name = "labels"
    source = summary = "none"

    def pieces(self, sample: Sample, *, generate: bool) -> list[Piece]:
        return [
            ("<u>", "special", 0, False, "</s>"),
            ("Hi", "content", 0, False, None),
            ("x", "content", 1, True, None),
        ]


def test_label_overrides_are_labels_that_differ_from_the_text():
    result = render(chat("u:Hi", "a:x"), Labels())
    assert result.label_overrides == (LabelOverride((0, 3), "<u>", "</s>"),)
    assert result.loss_spans == ((5, 6),)
    assert render(chat("u:Hi", "a:x"), Labels(), loss="assistant").label_overrides == ()


def test_a_rendering_travels_between_processes():
    result = render(chat("s:x", "u:Hi", "a:你好"), "chatglm2")
    copy = pickle.loads(pickle.dumps(result))
    assert (copy.text, copy.loss_spans, copy.segments, copy.dropped) == (
        result.text, result.loss_spans, result.segments, result.dropped,
    )  # fmt: skip


def test_repr_shows_template_and_text():
    assert repr(render(chat("u:Hi", "a:x"), "chatglm2")).startswith("Rendered('chatglm2', '[gMASK]sop[Round 1]")
