"""A message is nothing but a text where its content is a string and nothing beside it counts."""

import pytest

from instrkit.sample import Message, Part, ToolCall
from instrkit.templates.shared.text_only import content_only, text_only


@pytest.mark.parametrize("content", ["hi", ""])
def test_a_string_alone_is_a_text(content):
    assert text_only(Message("user", content))


@pytest.mark.parametrize("content", [None, (Part(text="hi"),)], ids=["none", "parts"])
def test_other_contents_are_no_text_and_yet_alone(content):
    assert not text_only(Message("user", content))
    assert content_only(Message("user", content))


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param({"thinking": ""}, id="empty-thinking"),
        pytest.param({"tool_calls": (ToolCall(name="f"),)}, id="calls"),
        pytest.param({"weight": 0.0}, id="weight"),
        pytest.param({"train_spans": ((0, 1),)}, id="spans"),
    ],
)
def test_whatever_changes_text_or_loss_counts(beside):
    message = Message("assistant", "hi", **beside)
    assert not content_only(message)
    assert not text_only(message)
