"""What a template writes at once is what it writes in pieces: text, loss, what was dropped and what was altered."""

from functools import cache

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates import TEMPLATES, Template, open_template, render
from instrkit.templates.shared.instruction import Instruction

DATE = "2024-07-26"

WORDS = ["", " ", "\n", "a", "好", "hi ", " yo", "</s>", "<s>", "<think>", "</think>", "ASSISTANT: ", " ASSISTANT:",
         "###", "<|im_end|>", "[INST]", "<tool_response>", "x" * 40]  # fmt: skip

texts = st.lists(st.sampled_from(WORDS), max_size=3).map("".join) | st.sampled_from(["question", "answer"])

plain = st.sampled_from(["user", "assistant", "system", "tool", "developer"]).flatmap(
    lambda role: st.builds(Message, st.just(role), texts)
)

odd = st.builds(
    Message,
    st.sampled_from(["user", "assistant", "system"]),
    texts | st.none() | st.lists(texts.map(lambda text: Part(text=text)), max_size=2).map(tuple),
    thinking=st.none() | texts,
    tool_calls=st.just(()) | st.just((ToolCall(name="f", arguments={"a": 1}),)),
)


@st.composite
def dialogues(draw: st.DrawFn) -> tuple[Message, ...]:
    """Questions and answers in turn, with a system message or without."""
    led = [Message("system", draw(texts))] if draw(st.booleans()) else []
    count = draw(st.integers(0, 5))
    return (*led, *(Message("assistant" if k % 2 else "user", draw(texts)) for k in range(count)))


samples = st.one_of(
    dialogues(), dialogues(), st.lists(plain, max_size=5).map(tuple), st.lists(plain | odd, max_size=4).map(tuple)
).map(Sample)

CLEAN = Sample(tuple(Message("assistant" if k % 2 else "user", f"text {k}") for k in range(8)))
LED = Sample((Message("system", "Be kind."), *CLEAN.messages))
SINGLE = Sample(CLEAN.messages[:2])

SLOW = ("baichuan", "baichuan2", "chatglm2@fastchat", "chatglm@fastchat", "kimi-k2", "llama3-hf", "minicpm")
"""Layouts of turns that always take pieces."""

QUICK = [name for name in TEMPLATES.names() if TEMPLATES.get(name).quick is not Template.quick and name not in SLOW]


@cache
def opened(name: str) -> tuple[Template, ...]:
    """The template *name*, in each of the layouts it has."""
    known = TEMPLATES.get(name).variables()
    dated = {variable: DATE for variable in ("date", "date_string", "current_date") if variable in known}
    layouts = [{"layout": layout} for layout in ("auto", "training", "chat")] if "layout" in known else [{}]
    systems = [{}, {"default_system": "Default."}] if "default_system" in known else [{}]
    return tuple(open_template(name, {**dated, **layout, **system}) for layout in layouts for system in systems)


@pytest.mark.parametrize("name", QUICK)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sample=samples, generate=st.booleans())
@example(sample=CLEAN, generate=False)
@example(sample=CLEAN, generate=True)
@example(sample=LED, generate=False)
@example(sample=LED, generate=True)
def test_the_quick_path_is_the_pieces(name: str, sample: Sample, generate: bool):
    for template in opened(name):
        if template.quick(sample, generate=generate) is None:
            continue
        fast = outcome(sample, template, generate=generate)
        slow = outcome(sample, without_quick_path(template), generate=generate)
        assert fast == slow


def without_quick_path(template: Template) -> Template:
    """The same template, which writes nothing but pieces."""
    kind = type(template)
    return type(kind.__name__, (kind,), {"quick": Template.quick})(**vars(template))


def outcome(sample: Sample, template: Template, *, generate: bool) -> object:
    """All that a rendering says, or that it was refused."""
    try:
        made = render(sample, template, add_generation_prompt=generate)
    except TemplateError:
        return "refused"
    return made.text, made.loss_spans, made.changes, made.label_overrides, made.lookalikes


@pytest.mark.parametrize("name", QUICK)
def test_a_plain_sample_takes_the_quick_path(name: str):
    sample = SINGLE if issubclass(TEMPLATES.get(name), Instruction) else CLEAN
    assert opened(name)[0].quick(sample, generate=False) is not None


@pytest.mark.parametrize("name", SLOW)
def test_some_layouts_of_turns_have_no_quick_path(name: str):
    for template in opened(name):
        assert all(template.quick(sample, generate=False) is None for sample in (CLEAN, LED, SINGLE))
