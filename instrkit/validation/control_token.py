"""Whether texts spell the control tokens of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from instrkit.sample import Sample
from instrkit.templates.base import TEMPLATES
from instrkit.templates.control import ControlTokens
from instrkit.validation.base import Problem, check
from instrkit.validation.walk import joined, texts

__all__ = ["KNOWN", "control_token", "tokens"]

_NAME = "control-token"

KNOWN: Final = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>",  # ChatML
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>",  # Llama 2, Mistral
    "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",  # Llama 3
    "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>", "[gMASK]", "<sop>", "<eop>",  # ChatGLM3, GLM-4
    "<|User|>", "<|Bot|>", "<eoh>", "<eoa>", "<eom>", "<eot>", "<eoc>", "<eor>",  # InternLM, MOSS
    "<start_of_turn>", "<end_of_turn>",  # Gemma
    "<｜User｜>", "<｜Assistant｜>", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>",  # DeepSeek
    "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "<|python_tag|>",
    "<|start|>", "<|message|>", "<|channel|>", "<|end|>", "<|return|>", "<|call|>",  # Harmony, Phi-3
)  # fmt: skip
"""Tokens that texts scraped from chats hold most, of models with and without a template here."""

_WRITTEN: Final = frozenset(
    {"<think>", "</think>", "<image>", "<video>", "<audio>", "<mask>", "<option>", "<root>"}  # the last three: CPM-Bee
)
"""What models and people write as text: thinking inside an answer, placeholders (see `media`), tags of markup."""


@check(_NAME)
def control_token(sample: Sample) -> Iterable[Problem]:
    """
    Find control tokens spelled inside texts (`<|im_end|>`, `[INST]`, `</s>`), of every template there is.

    Such a text was mostly rendered before, and ends a turn too early where it is tokenized as one string.
    """
    text = joined(sample)
    if "<" not in text and "[" not in text:
        return ()
    return _problems(sample) if tokens().find(text) else ()


def _problems(sample: Sample) -> Iterator[Problem]:
    for path, text in texts(sample):
        if (token := tokens().find(text)) is not None:
            yield Problem(_NAME, path, f"control token {token} in the text")


@cache
def tokens() -> ControlTokens:
    """Return the search for the tokens of all templates and those of `KNOWN`; only what looks like a token is one."""
    declared = {token for _, cls in TEMPLATES for token in cls.control} | set(KNOWN)
    return ControlTokens(token for token in declared - _WRITTEN if token[0] in "<[" and token[-1] in ">]")
