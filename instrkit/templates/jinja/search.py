"""The second way to place texts, for templates that choke on marks: looking for each in what its message adds."""

from __future__ import annotations

from typing import Any

from instrkit.errors import TemplateError
from instrkit.templates.base import Kind
from instrkit.templates.jinja.marks import Spot
from instrkit.templates.jinja.messages import Messages, Write

__all__ = ["search"]


def search(text: str, messages: Messages, write: Write, *, generate: bool) -> list[Spot] | None:
    """
    Return where the contents and thoughts of *messages* stand in *text*; None where that cannot be said for sure.

    The rendering of the first messages must be the beginning of the rendering of more: then what a message adds is
    known, and its text is looked for there only. What is not found there was altered or dropped.
    """
    spots: list[Spot] = []
    at = 0
    for index, message in enumerate(messages):
        try:
            now = text if index + 1 == len(messages) and not generate else write(messages[: index + 1], False)
        except TemplateError:
            return None
        if not text.startswith(now) or len(now) < at:
            return None
        kind: Kind = "tool" if message["role"] == "tool" else "content"
        texts: tuple[tuple[Any, Kind], ...] = (
            (message.get("reasoning_content"), "thinking"),
            (message["content"], kind),
        )
        for said, what in texts:
            if not isinstance(said, str) or not said.strip():
                continue
            for way in dict.fromkeys((said, said.strip())):
                found = text.find(way, at, len(now))
                if found >= 0:
                    at = found + len(way)
                    spots.append(Spot(found, at, (index, what)))
                    break
        at = len(now)
    return spots
