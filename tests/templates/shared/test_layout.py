"""A layout means the same in every template that has one."""

import pytest

from instrkit.sample import Message, Sample
from instrkit.templates import TEMPLATES, render
from instrkit.templates.shared.layout import for_training, keeps_all
from tests.templates.samples import chat

VARIABLES = {"gpt-oss": {"date": "2025-08-05"}, "mistral-small-3.2": {"date": "2025-06-20"}}
LAYOUTS = [name for name, cls in TEMPLATES if "layout" in cls.variables()]
SEVERAL = {
    "aquila", "baichuan2", "chatglm3", "glm4", "glm4-moe", "qwen3", "toolbench:tool-llama",
    "toolbench:tool-llama-single-round", "vicuna_v1.1",
}  # fmt: skip
"""Where the trainer's text is another than the chat template's."""
DROPPING = sorted({*LAYOUTS} - SEVERAL)
PLAIN = chat("s:S", "u:Q", "a:A ", "u:P", "a:B")


@pytest.mark.parametrize(
    ("layout", "generate", "training"),
    [
        pytest.param("training", False, True, id="training"),
        pytest.param("training", True, True, id="training-prompt"),
        pytest.param("chat", False, False, id="chat"),
        pytest.param("chat", True, False, id="chat-prompt"),
        pytest.param("auto", False, True, id="auto"),
        pytest.param("auto", True, False, id="auto-prompt"),
    ],
)
def test_of_two_texts_auto_is_the_trainers_but_for_generation(layout, generate, training):
    assert for_training(layout, generate=generate) is training


@pytest.mark.parametrize(("layout", "keeps"), [("auto", False), ("training", True), ("chat", False)])
def test_what_references_drop_is_kept_on_demand(layout, keeps):
    assert keeps_all(layout) is keeps


@pytest.mark.parametrize("name", LAYOUTS)
def test_it_is_called_the_same_everywhere(name):
    assert TEMPLATES.get(name).variables()["layout"] == "auto"


@pytest.mark.parametrize("generate", [False, True], ids=["whole", "prompt"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_auto_is_one_of_the_two(name, generate):
    """The trainer's text where there is one, else the reference's."""
    variables = VARIABLES.get(name, {})
    sample = Sample(PLAIN.messages[:-1]) if generate else PLAIN
    same = "training" if name in SEVERAL and not generate else "chat"
    auto = render(sample, name, add_generation_prompt=generate, **variables)
    named = render(sample, name, add_generation_prompt=generate, layout=same, **variables)
    assert (auto.text, auto.loss_spans) == (named.text, named.loss_spans)


@pytest.mark.parametrize("name", DROPPING)
def test_training_drops_nothing_that_chat_drops(name):
    thought = "hm</think>\n\nA" if name in {"deepseek-r1-distill", "deepseek-v3", "deepseek-v3.1", "qwq-32b"} else "A"
    messages = (Message("system", "S"), Message("user", "Q"), Message("assistant", thought), *PLAIN.messages[3:])
    made = render(Sample(messages), name, layout="training", **VARIABLES.get(name, {}))
    assert (made.dropped, made.altered) == ((), ())
