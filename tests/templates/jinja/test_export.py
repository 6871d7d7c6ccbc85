"""A regular template exported as Jinja writes the same text with the same mask, here and under transformers."""

from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.utils.chat_template_utils import render_jinja_template

from instrkit.errors import TemplateError
from instrkit.sample import Message, Part, Sample, ToolCall
from instrkit.templates import TEMPLATES, open_template, render
from instrkit.templates.base import Template
from instrkit.templates.jinja import export, export_chat_template, open_chat_template
from instrkit.templates.jinja.messages import messages_of, tools_of
from instrkit.templates.shared.chat import Chat
from tests.templates.golden import cases, sample_of
from tests.templates.jinja.texts import CHATML, MARKED, opened
from tests.templates.samples import chat

SYSTEM = "[{}|"


def make(**attributes: object) -> Chat:
    """Return a layout that is in no registry."""
    body = {"name": "made here", "source": "a/b@c:d", "control": ("<s>", "</s>"), "start": "<s>", "system": "S: {}\n",
            "user": "U: {}\n", "assistant": "A: ⟦{}</s>⟧\n", **attributes}  # fmt: skip
    default = body.pop("default_system", None)
    return dataclass(frozen=True, kw_only=True)(type("Made", (Chat,), body))(default_system=default)


LAYOUTS = {
    "plain": make(),
    "quotes": make(
        system="'\\{}\t\"{{}}\r\n{}".replace("{{}}", "{ }").replace("{}", "", 1), default_system="it's {{ x }}"
    ),
    "no system": make(system=None),
    "default": make(default_system="Be {% nice %}"),
    "folded": make(system=None, folded="<<{}>>\n", default_system="D"),
    "folded, trained": make(system=None, folded="⟦<<{}⟧>>\n", user="U: {}⟦!⟧\n"),
    "both": make(folded="<<{}>>"),
    "stripped": make(strip=True, system=None, folded="{}\n\n"),
    "alternate": make(alternate=True, tool="T: {}\n"),
    "finish": make(finish="⟦</s>⟧", open="A:"),
    "trained elsewhere": make(start="⟦<s>", user="⟦U: {}⟧\n", system="S: ⟦{}\n⟧", tool="T: {}⟦</s>⟧"),
    "prefix": make(user="U:▁{}\n", assistant="⟦A:▁{}⟧</s>"),
}


def exportable() -> dict[str, Template]:
    found: dict[str, Template] = {}
    for name in TEMPLATES.names():
        template = open_template(name)
        with suppress(TemplateError):
            export_chat_template(template)
            found[name] = template
    return found


ALL = {**LAYOUTS, **exportable()}


def under_transformers(template: Template, sample: Sample, generate: bool) -> tuple[str, list[tuple[int, int]]]:
    """What transformers writes, and the characters in its mask, merged."""
    text, spans = render_jinja_template(
        conversations=[messages_of(sample)],
        tools=tools_of(sample),
        chat_template=export_chat_template(template),
        return_assistant_tokens_mask=True,
        add_generation_prompt=generate,
    )
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans[0] if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return text[0], merged


def check(template: Template, sample: Sample, generate: bool) -> None:
    """Compare: what would be left out is refused, everything else is the same."""
    try:
        made = render(sample, template, add_generation_prompt=generate)
    except TemplateError:
        made = None
    if made is None or made.dropped:
        with pytest.raises(Exception, match=r"There is no|must take turns"):
            under_transformers(template, sample, generate)
        return
    assert under_transformers(template, sample, generate) == (made.text, list(made.loss_spans))


GOLDEN = [(sample_of(case), case["add_generation_prompt"]) for case in cases() if case["record"] is None]


@pytest.mark.parametrize("template", ALL.values(), ids=ALL)
def test_the_golden_samples_come_out_the_same(template):
    seen = set()
    for sample, generate in GOLDEN:
        if (key := repr((sample.messages, generate))) not in seen:
            seen.add(key)
            check(template, sample, generate)


ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
TEXTS = st.sampled_from(["", " ", "hi", " hi\n", "</s>", "{{ x }}", "'\\n'", "你好", "{% generation %}"])
MESSAGES = st.lists(st.builds(Message, ROLES, TEXTS), min_size=1, max_size=6)


@pytest.mark.parametrize("template", ALL.values(), ids=ALL)
@settings(max_examples=40, deadline=None)
@given(messages=MESSAGES, generate=st.booleans())
def test_any_dialogue_comes_out_the_same(template, messages, generate):
    sample = Sample(tuple(message for message in messages if message.content or message.role != "system"))
    roles = {message.role for message in sample.messages}
    places = {
        role
        for role in roles
        if role in template.forms().roles or (role in {"system", "developer"} and template.forms().folded)
    }
    folding = template.forms().folded is not None and "user" not in roles
    if places != roles or (folding and roles & {"system", "developer"}):
        return  # what has no place is tested with the golden samples: an empty text of it is not missed
    check(template, sample, generate)


@pytest.mark.parametrize("template", ALL.values(), ids=ALL)
def test_what_is_exported_can_be_opened_again(template, tmp_path):
    layout = opened(tmp_path, export_chat_template(template))
    for sample in (chat("u:Hi", "a:Hello", "u:Hi", "a:Bye"), chat("u:<s> hi </s>", "a:x</s>")):
        for generate in (False, True):
            native = render(sample, template, add_generation_prompt=generate)
            again = render(sample, layout, add_generation_prompt=generate)
            assert (again.text, again.loss_spans) == (native.text, native.loss_spans)
            assert again.altered == native.altered


@pytest.mark.parametrize(
    ("message", "said"),
    [
        pytest.param(Message("tool", "x"), "role tool", id="role"),
        pytest.param(Message("assistant", "x", thinking="t"), "thinking", id="thinking"),
        pytest.param(Message("assistant", "x", tool_calls=(ToolCall(name="f"),)), "tool calls", id="calls"),
        pytest.param(Message("user", (Part(type="image", ref="x"),)), "type image", id="media"),
    ],
)
def test_what_has_no_place_is_refused(message, said):
    with pytest.raises(Exception, match=f"There is no place for .*{said}"):
        under_transformers(make(), Sample((message,)), False)


def test_tools_are_refused():
    with pytest.raises(Exception, match="There is no place for tools"):
        under_transformers(make(), Sample((Message("user", "x"),), tools=({"name": "f"},)), False)


def test_contents_in_parts_are_read():
    content = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    text, _ = render_jinja_template(
        conversations=[[{"role": "user", "content": content}]], chat_template=export_chat_template(make())
    )
    assert text == ["<s>U: ab\n"]


def test_irregular_templates_are_refused_by_what_is_irregular():
    with pytest.raises(TemplateError, match=r"template moss: cannot be exported: .*writes its segments by itself"):
        export_chat_template(open_template("moss"))
    with pytest.raises(TemplateError, match="it has its own said"):
        export_chat_template(make(said=lambda *_: []))


def test_an_option_nobody_wrote_for_is_refused(monkeypatch):
    monkeypatch.setattr(export, "_KNOWN", export._KNOWN - {"finish"})
    export_chat_template(make())
    with pytest.raises(TemplateError, match="there is no Jinja for its option finish"):
        export_chat_template(make(finish="x"))


def test_every_option_of_a_layout_is_known():
    assert export._options() == export._KNOWN


def test_a_files_template_is_given_back(tmp_path):
    assert export_chat_template(opened(tmp_path, MARKED)) == MARKED
    with pytest.raises(TemplateError, match=r"it has no \{% generation %\} marks"):
        export_chat_template(opened(tmp_path, CHATML))


def test_the_exported_text_is_readable():
    assert all(line.startswith("{") for line in export_chat_template(make()).splitlines())
    assert open_chat_template is not None
