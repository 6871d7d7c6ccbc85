"""A template exported as Jinja writes plain messages with our text and mask under transformers, and refuses others."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from jinja2 import TemplateError as JinjaError
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


VARIABLES = {
    "chatglm3": [{"layout": "training"}, {"layout": "chat"}],
    "gemma3": [{"default_system": "D"}],
    "glm4": [{"layout": "training"}, {"layout": "chat"}],
    "minicpm": [{"layout": "training"}, {"default_system": "D"}],
    "phi3.5": [{"default_system": ""}],
    "qwen2.5": [{"default_system": None}],
    "qwen3": [{"layout": "training"}, {"layout": "chat"}, {"enable_thinking": False}, {"default_system": "D"}],
    "qwq-32b": [{"layout": "training"}],
    "starchat": [{"default_system": "D"}],
    "vicuna_v1.1": [{"layout": "training"}, {"layout": "chat"}],
}
"""What else to open templates with."""


def exportable() -> dict[str, Template]:
    found: dict[str, Template] = {}
    for name in TEMPLATES.names():
        template = open_template(name, {"date": "2026-07-01"} if "date" in TEMPLATES.get(name).variables() else {})
        with suppress(TemplateError):
            export_chat_template(template)
            found[name] = template
            for given in VARIABLES.get(name, ()):
                found[f"{name} {given}"] = open_template(name, given)
    return found


REGISTERED = exportable()
ALL = {**LAYOUTS, **REGISTERED}


def given(sample: Sample) -> list[dict]:
    """The messages as a dataset of conversations has them, weights included."""
    pairs = zip(messages_of(sample), sample.messages, strict=True)
    return [made | ({} if said.weight is None else {"weight": said.weight}) for made, said in pairs]


def under_transformers(template: Template, sample: Sample, generate: bool) -> tuple[str, list[tuple[int, int]]]:
    """What transformers writes, and the characters in its mask, merged."""
    text, spans = render_jinja_template(
        conversations=[given(sample)],
        tools=tools_of(sample),
        chat_template=text_of(template),
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


@cache
def text_of(template: Template) -> str:
    return export_chat_template(template)


def is_plain(template: Template, sample: Sample, generate: bool) -> bool:
    """Whether the notation is all there is to the messages, weights and the white space around texts aside."""
    unweighted = [replace(said, weight=None) for said in sample.messages]
    trimmed = [replace(said, content=said.text.strip()) for said in unweighted if isinstance(said.content, str)]
    return any(
        template.quick(replace(sample, messages=tuple(messages)), generate=generate) is not None
        for messages in (unweighted, trimmed)
        if len(messages) == len(sample.messages)
    )


def has_places(layout: Chat, sample: Sample) -> bool:
    """Whether each message has a place, whatever it says: an empty text without one is not missed."""
    forms, roles = layout.forms(), {message.role for message in sample.messages}
    folded = {"system", "developer"} if forms.folded and "user" in roles else set()
    return roles <= forms.roles.keys() | folded


def check(template: Template, sample: Sample, generate: bool, *, whole: bool = False) -> None:
    """Compare: what is plain is the same, and nothing else is written that is not; *whole* if all there is is plain."""
    try:
        made = render(sample, template, add_generation_prompt=generate)
    except TemplateError:
        made = None
    written, refused = None, ""
    try:
        written = under_transformers(template, sample, generate)
    except JinjaError as error:
        refused = str(error)
    if written is None:
        assert re.match(r"There is no|Messages of user and assistant must take turns", refused)
        assert made is None or made.dropped or not (whole or is_plain(template, sample, generate))
    else:
        assert made is not None
        assert {change.kind for change in made.dropped} <= {"loss"}  # nothing is trained, and nothing is written off
        assert written == (made.text, list(made.loss_spans))


GOLDEN = {
    repr((sample.messages, sample.tools, case["add_generation_prompt"])): (sample, case["add_generation_prompt"])
    for case in cases()
    if case["record"] is None
    for sample in [sample_of(case)]
}


@pytest.mark.parametrize("template", ALL.values(), ids=ALL)
def test_the_golden_samples_come_out_the_same(template):
    for sample, generate in GOLDEN.values():
        check(template, sample, generate, whole=template in LAYOUTS.values())


ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool"])
TEXTS = st.sampled_from(
    ["", " ", "hi", " hi\n", "\n\nyo", "</s>", "{{ x }}", "'\\n'", "你好", "{% generation %}", "<think>a", "b</think>c"]
)
WEIGHTS = st.sampled_from([None, None, None, 0, 0.5, 1])
MESSAGES = st.lists(st.builds(Message, ROLES, TEXTS, weight=WEIGHTS), min_size=1, max_size=6)


@st.composite
def dialogues(draw: st.DrawFn) -> list[Message]:
    """Messages in the order that most layouts insist on."""
    roles = draw(st.sampled_from([(), ("system",), ("developer",)]))
    roles += ("user", "assistant", "user", "assistant", "user")[: draw(st.integers(1, 5))]
    return [Message(role, draw(TEXTS), weight=draw(WEIGHTS)) for role in roles]


@pytest.mark.parametrize("template", ALL.values(), ids=ALL)
@settings(max_examples=6, deadline=None)
@hypothesis.given(messages=MESSAGES | dialogues(), generate=st.booleans())
def test_any_dialogue_comes_out_the_same(template, messages, generate):
    sample = Sample(tuple(message for message in messages if message.content or message.role != "system"))
    check(template, sample, generate, whole=template in LAYOUTS.values() and has_places(template, sample))


@pytest.mark.parametrize("template", ALL.values(), ids=ALL)
def test_what_is_exported_can_be_opened_again(template, tmp_path):
    text = export_chat_template(template)
    layout = opened(tmp_path, text)
    for sample in (chat("u:Hi", "a:Hello", "u:Hi", "a:Bye"), chat("u:<s> hi </s>", "a:x</s>")):
        if "splits" in text and "</s>" in sample.messages[0].text:
            continue  # Vicuna's trainer does not take it
        for generate in (False, True):
            native = render(sample, template, add_generation_prompt=generate)
            again = render(sample, layout, add_generation_prompt=generate)
            assert (again.text, again.loss_spans) == (native.text, native.loss_spans)
            assert again.altered == native.altered


def test_what_people_train_today_is_exported():
    names = {
        "baichuan", "belle", "chatglm3", "chatml", "command-r", "deepseek-coder", "gemma", "gemma2", "gemma3", "glm4",
        "hermes-2-pro", "internlm", "internlm2", "koala", "llama2@fastchat", "llama3", "mistral@fastchat", "minicpm",
        "orion", "phi3", "phi3.5", "phi4", "qwen", "qwen2.5", "qwen3", "qwen3-instruct-2507", "qwq-32b", "starchat",
        "starchat2", "tulu", "vicuna_v1.1", "yi@fastchat", "zephyr",
    }  # fmt: skip
    assert names <= REGISTERED.keys()
    assert {name for name in TEMPLATES.names() if name.endswith("@fastchat")} <= REGISTERED.keys()


def marked(name: str, sample: Sample, generate: bool = False, **variables: object) -> list[str]:
    """The text and what of it is in the mask, spelled out."""
    text, spans = under_transformers(open_template(name, variables), sample, generate)
    return [text, *(text[start:end] for start, end in spans)]


def test_a_message_of_weight_0_has_no_mark():
    one, two = Message("assistant", "one", weight=0), Message("assistant", "two", weight=0.5)
    ask = Message("user", "q")
    assert marked("chatml", Sample((ask, one, ask, two)))[1:] == ["two<|im_end|>"]
    assert marked("chatml", Sample((ask, replace(one, weight=None), ask, replace(two, weight=0))))[1:] == [
        "one<|im_end|>"
    ]
    assert marked("glm4", Sample((ask, two, ask, one)))[1:] == ["\ntwo<|user|>"]
    assert marked("glm4", Sample((ask, one, ask, two)))[1:] == ["\ntwo<|user|>"]
    assert marked("vicuna", Sample((ask, two, ask, one)))[1:] == [" two</s>"]


def test_what_ends_a_text_carries_loss_with_the_answer_before_it():
    asked, answered = chat("u:q"), chat("u:q", "a:yo")
    assert marked("phi3", answered)[1:] == ["yo<|end|>\n<|endoftext|>"]
    assert marked("phi3", asked) == ["<|user|>\nq<|end|>\n<|endoftext|>"]
    assert marked("phi3", Sample((*asked.messages, replace(answered.messages[1], weight=0))))[1:] == []
    assert marked("baichuan", answered)[1:] == ["yo</s>"]
    assert marked("baichuan", asked) == ["<reserved_102>q"]
    assert marked("minicpm", asked, layout="training")[1:] == ["</s>"]


def test_thought_is_empty_where_qwen3_has_none():
    sample = chat("u:q", "a:one", "u:q", "a:\ntwo")
    empty = "<think>\n\n</think>\n\n"
    assert marked("qwen3", sample)[1:] == [f"{empty}one<|im_end|>\n", f"{empty}two<|im_end|>\n"]
    assert marked("qwen3", sample, layout="chat")[1:] == ["one<|im_end|>\n", f"{empty}two<|im_end|>\n"]
    assert marked("qwen3", chat("u:q"), True, enable_thinking=False)[0].endswith(f"assistant\n{empty}")
    with pytest.raises(JinjaError, match="There is no place for thinking"):
        marked("qwen3", chat("u:q", "a:<think>t</think>x"))


def test_rounds_are_numbered():
    sample = chat("u:⟨n⟩", "a:one", "u:q")
    assert marked("chatglm@fastchat", sample)[0] == "[Round 0]\n问：⟨n⟩\n答：one\n[Round 1]\n问：q\n"


def test_a_tag_in_the_prompt_carries_no_loss():
    sample = chat("u:q", "a:<think>t</think>x", "u:q", "a:y")
    assert marked("tulu_thinker", sample)[1:] == ["t</think>x</s>", "y</s>"]


def test_the_white_space_around_a_text_goes_where_ours_goes():
    sample = chat("s: s ", "u: q ", "a: yo ")
    assert marked("gemma3", sample)[0].startswith("<bos><start_of_turn>user\n s \n\nq<end_of_turn>\n")
    assert marked("command-r", sample)[1:] == ["yo<|END_OF_TURN_TOKEN|>"]


@pytest.mark.parametrize(
    ("name", "sample", "said"),
    [
        ("gemma", chat("s:s", "u:q"), "no place for a message of the role system"),
        ("gemma", chat("u:q", "u:q"), "must take turns, beginning with the user"),
        ("gemma3", chat("s:s"), "no user message to hold the system message"),
        ("yi@fastchat", chat("u:q", "a:"), "no place for a message without text"),
        ("yi@fastchat", chat("a:yo", "u:q"), "must take turns, beginning with the user"),
        ("qwen2.5", chat("u:q", "t:x"), "no place for a message of the role tool"),
        ("qwen2.5", chat("u:q", "s:x"), "no place for a system message but at the beginning"),
        ("vicuna", chat("u:q", "a:</s>"), "no place for a text with </s> or ASSISTANT"),
        ("glm4", Sample((Message("assistant", "x", metadata="f"),)), "no place for the name of a tool"),
    ],
)
def test_what_is_not_plain_is_refused(name, sample, said):
    with pytest.raises(JinjaError, match=said):
        under_transformers(open_template(name), sample, False)


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
    with pytest.raises(TemplateError, match="it has its own pieces, quick"):
        export_chat_template(make(plain=(), pieces=lambda *_: [], quick=lambda *_: None))
    with pytest.raises(TemplateError, match="the loss is on the last answer only"):
        export_chat_template(open_template("glm4", {"combine": True}))
    with pytest.raises(TemplateError, match="the trainer would split its default system text"):
        export_chat_template(open_template("vicuna", {"default_system": "</s>"}))


@pytest.mark.parametrize("name", ["phi3", "glm4", "yi@fastchat", "vicuna"])
def test_a_class_with_methods_of_its_own_is_not_taken_for_the_one_above_it(name):
    above = type(open_template(name))
    below = dataclass(frozen=True, kw_only=True)(type("Below", (above,), {"pieces": lambda *_: []}))
    with pytest.raises(TemplateError, match="cannot be exported"):
        export_chat_template(below())
    if name != "glm4":
        assert export_chat_template(dataclass(frozen=True, kw_only=True)(type("Same", (above,), {}))())


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


def test_a_name_will_do():
    assert export_chat_template("zephyr") == export_chat_template(open_template("zephyr"))
