"""Messages that are nothing but a text: what quick paths write."""

from __future__ import annotations

from instrkit.sample import Message

__all__ = ["content_only", "text_only"]


def text_only(message: Message) -> bool:
    """Whether *message* is nothing but a text: a plain string with nothing beside it."""
    return type(message.content) is str and content_only(message)


def content_only(message: Message) -> bool:
    """Whether nothing stands beside the content of *message* that a text or its loss goes by, whatever that content."""
    return message.thinking is None and not message.tool_calls and message.weight is None and not message.train_spans
