"""Drop samples without an answer."""

from __future__ import annotations

import numpy as np

from instrkit.ops.base import Batch, Filter, Values, op, scope_texts
from instrkit.ops.placeholders import is_placeholder
from instrkit.sample import Message, Sample

__all__ = ["Empty"]

_NO_RESPONSE = -1.0


@op("empty")
class Empty(Filter):
    """
    Judge whether there is an answer: more than white space or a placeholder (`<nooutput>`, `N/A`, `无输出`).

    What is measured is the number of characters of the last answer without the white space around it: 0 for a
    placeholder, -1 where nobody answers. One digit, an emoji or `。` is an answer; so are a tool call and a picture. Of
    candidates the longest counts, since rejected ones may well be empty. A question after the last answer makes no
    difference.

    Attributes:
        scope: `response` looks at the last answer. Any other scope looks at its shortest text; with `prompt`, say,
            empty questions go.
        min: Fewest characters to keep.
    """

    min: float | None = 1
    why = "empty response"

    def measure(self, batch: Batch) -> Values:
        """Return one count per sample; NaN for plain text to pretrain on that has no answer by design."""
        if self.scope == "response":
            counts = [_answer(sample) for sample in batch.samples]
        else:
            counts = [min(map(_said, scope_texts(sample, self.scope)), default=0) for sample in batch.samples]
        return np.array(counts, dtype=np.float64)

    def reason(self, value: float | str) -> tuple[str, str]:
        """Return why a value was not kept: there is no answer at all, or an empty one."""
        why, bound = super().reason(value)
        if value == _NO_RESPONSE:
            return "no response", bound
        return (why, bound) if self.scope == "response" else (f"empty {self.scope}", bound)


def _answer(sample: Sample) -> float:
    if sample.candidates:
        return max(_last(candidate.messages) for candidate in sample.candidates)
    value = _last(sample.messages)
    return np.nan if value == _NO_RESPONSE and sample.task == "pretrain" else value


def _last(messages: tuple[Message, ...]) -> float:
    for message in reversed(messages):
        if message.role == "assistant":
            return _said(message.text) or len(message.tool_calls) or _media(message)
    return _NO_RESPONSE


def _said(text: str) -> int:
    text = text.strip()
    return 0 if is_placeholder(text) else len(text)


def _media(message: Message) -> int:
    return 0 if isinstance(message.content, str | None) else sum(part.ref is not None for part in message.content)
