"""GLM's chat layouts as Jinja: an answer's loss goes on to the role's token of the next message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from instrkit.templates.base import special
from instrkit.templates.chatglm3 import ChatGLM3
from instrkit.templates.glm4 import GLM4
from instrkit.templates.jinja.export_layout import Refusal, irregular
from instrkit.templates.jinja.export_lines import CALLS, HEAD, UNWEIGHTED, checked, fixed_parts, literal, write
from instrkit.templates.shared.layout import for_training
from instrkit.templates.shared.role_tokens import TOKENS
from instrkit.templates.shared.turn import fixed

__all__ = ["ROLE_TOKENS", "role_token_lines"]

ROLE_TOKENS: Final = (ChatGLM3, GLM4)
"""The classes that are written here."""

_NAMED: Final[Refusal] = ("message['metadata'] or message['tools']", "There is no place for the name of a tool")
_ROLE: Final[Refusal] = (f"message['role'] not in {[*TOKENS]}", "There is no place for a message of this role")
_UNTRAINED: Final = "not state.trained"


def role_token_lines(template: ChatGLM3 | GLM4) -> Iterator[str]:
    """
    Yield the lines of the chat template that writes plain messages as *template* does.

    Raises:
        TemplateError: Its loss is on the last answer only.
    """
    if isinstance(template, GLM4) and template.combine:
        raise irregular(template, "with combine, the loss is on the last answer only")
    yield from HEAD
    yield from checked((CALLS, _NAMED, _ROLE))
    yield f"{{%- set tokens = {TOKENS!r} -%}}"
    yield "{%- set state = namespace(trained=false) -%}"
    yield from write(fixed_parts([special(token) for token in template.start]))
    yield f"{{%- for message in messages{'' if template.empty else ' if said(message)'} -%}}"
    yield from write([("tokens[message['role']]", True)], _UNTRAINED)
    yield f"{{%- set state.trained = message['role'] == 'assistant' and not {UNWEIGHTED} -%}}"
    head = fixed_parts(fixed(template.head, template.control))
    yield from write([(text, True) for text, _ in [*head, ("said(message)", True)]], _UNTRAINED)
    yield "{%- endfor -%}"
    yield "{%- if not add_generation_prompt -%}"
    if for_training(template.layout, generate=False):
        yield from write([(literal(template.finish), True)], _UNTRAINED)
    yield "{%- elif not messages or messages[-1]['role'] != 'assistant' -%}"
    yield from write(fixed_parts(fixed(template.open, template.control)))
    yield "{%- endif -%}"
