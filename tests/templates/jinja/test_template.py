"""A tokenizer's chat template is a template like any other, and writes what transformers writes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers.utils.chat_template_utils import render_jinja_template

from instrkit.errors import TemplateError, UsageError
from instrkit.sample import Message, Sample
from instrkit.templates import open_template, render
from instrkit.templates.jinja import open_chat_template
from instrkit.templates.jinja.messages import messages_of
from tests.templates.jinja.texts import CHATML, MARKED, REWRITING, TRIMMING, opened
from tests.templates.samples import chat, trained

WORDS = st.sampled_from(
    ["hi", " ", "\n", "<|im_end|>", "<|im_start|>", "</think>", "<think>", "8", "你好", "{%", "<|end|>"]
)
CONTENTS = st.lists(WORDS, min_size=1, max_size=5).map("".join)


@pytest.mark.parametrize(
    "text", [CHATML, MARKED, TRIMMING, REWRITING], ids=["chatml", "marked", "trimming", "rewriting"]
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(CONTENTS, min_size=1, max_size=5), generate=st.booleans())
def test_it_writes_what_transformers_writes(tmp_path, text, contents, generate):
    roles = ("user", "assistant")
    sample = Sample(tuple(Message(roles[k % 2], content) for k, content in enumerate(contents)))
    layout = opened(tmp_path, text)
    expected, marks = render_jinja_template(
        conversations=[messages_of(sample)],
        chat_template=text,
        add_generation_prompt=generate,
        return_assistant_tokens_mask=text == MARKED,
    )
    made = render(sample, layout, add_generation_prompt=generate)
    assert made.text == expected[0]
    assert "".join(segment.text for segment in made.segments) == made.text
    if text == MARKED:
        assert list(made.loss_spans) == [tuple(span) for span in marks[0]]
    own = sum(len(text) for text in (segment.text for segment in made.segments if segment.kind == "content"))
    assert own <= sum(map(len, contents))


def test_loss_policies_apply(tmp_path):
    sample = chat("u:q", "a:b", "u:q", "a:c")
    layout = opened(tmp_path, MARKED)
    assert trained(render(sample, layout, loss="last")) == ["c<|im_end|>"]
    assert render(sample, layout, loss="all").loss_spans == ((0, len(render(sample, layout).text)),)


def test_variables_are_passed_on(tmp_path):
    text = (
        "{{ mood | default('calm') }} {{ enable_thinking is true }}{% for m in messages %}{{ m.content }}{% endfor %}"
    )
    layout = opened(tmp_path, text)
    assert layout.variables() == {"enable_thinking": None, "mood": None}
    sample = chat("u:q")
    assert render(sample, layout).text == "calm Falseq"
    assert render(sample, layout, mood="glad").text == "glad Falseq"
    assert render(sample, opened(tmp_path, text, enable_thinking="true"), mood="glad").text == "glad Trueq"
    assert render(sample, layout, given={"mood": "odd"}).text == "odd Falseq"


def test_the_date_is_a_variable(tmp_path):
    layout = opened(tmp_path, "{{ strftime_now('%Y') }}")
    assert layout.variables() == {"date": None}
    assert render(chat("u:q"), layout, date="2026-07-01").text == "2026"
    with pytest.raises(UsageError, match=r"made.jinja: it writes today's date: expected the variable date"):
        render(chat("u:q"), layout)
    with pytest.raises(UsageError, match="date 'soon': expected a date"):
        render(chat("u:q"), layout, date="soon")


def test_a_path_is_a_template_name(tmp_path, monkeypatch):
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "chat_template.jinja").write_text(CHATML, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    sample = chat("u:q", "a:b")
    expected = render(sample, str(tmp_path / "tokenizer"))
    assert trained(expected) == ["b<|im_end|>"]
    for name in ("tokenizer", "./tokenizer", "tokenizer/chat_template.jinja"):
        assert render(sample, name).text == expected.text
        assert render(sample, open_template(name), mood="x").text == expected.text


def test_a_folder_does_not_hide_a_template(tmp_path, monkeypatch):
    (tmp_path / "chatml").mkdir()
    monkeypatch.chdir(tmp_path)
    assert open_template("chatml").source.startswith("openai/")


def test_a_sample_with_tools_takes_the_template_for_tools(tmp_path):
    (tmp_path / "chat_template.jinja").write_text("plain", encoding="utf-8")
    (tmp_path / "additional_chat_templates").mkdir()
    (tmp_path / "additional_chat_templates" / "tool_use.jinja").write_text("tools", encoding="utf-8")
    layout = open_chat_template(tmp_path)
    assert render(Sample((), tools=({"name": "f"},)), layout).text == "tools"
    assert render(Sample(()), layout).text == "plain"
    assert render(Sample(()), open_chat_template(f"{tmp_path}#tool_use")).text == "tools"


def test_errors_name_the_file(tmp_path):
    with pytest.raises(TemplateError, match=r"template .*made.jinja: the chat template refuses the sample: no"):
        render(chat("u:q"), opened(tmp_path, "{{ raise_exception('no') }}"))
    with pytest.raises(UsageError, match=r"made.jinja: chat template 'default': line 1: not a Jinja"):
        opened(tmp_path, "{% if %}")


def test_its_version_follows_its_content(tmp_path):
    assert opened(tmp_path, CHATML).version == opened(tmp_path, CHATML).version != opened(tmp_path, MARKED).version
