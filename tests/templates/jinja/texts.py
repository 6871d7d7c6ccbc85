"""Small chat templates for the tests, each with one trait of those in use."""

from pathlib import Path

from instrkit.templates.jinja import ChatTemplate, open_chat_template

CHATML = """{%- for message in messages %}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
"""A turn per message."""

MARKED = """{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' %}{% generation %}{{ message.content }}<|im_end|>{% endgeneration %}{{ '\\n' }}
{%- else %}{{- message.content + '<|im_end|>\\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
"""The same, with the answers marked."""

TRIMMING = """{%- for message in messages %}
{{- '<|' + message.role + '|>\\n' + message.content | trim + '<|end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"""
"""Texts lose their white space."""

REWRITING = """{%- for message in messages %}
{%- set content = message.content %}
{%- if '</think>' in content %}
{%- set content = content.split('</think>')[-1].lstrip('\\n') %}
{%- endif %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' and loop.last %}{{- '<think>\\n\\n</think>\\n\\n' }}{% endif %}
{{- content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
"""History is written otherwise than the last answer, and thinking in a content is cut."""

TOOLS = """{%- if tools %}{{ '[AVAILABLE_TOOLS] ' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{ '[INST] ' + message.content + ' [/INST]' }}
{%- elif message.tool_calls %}{{ '[TOOL_CALLS] ' }}
{%- for call in message.tool_calls %}
{%- if call.id is defined and call.id | length != 9 %}{{ raise_exception('ids have nine characters') }}{% endif %}
{{- {'name': call.function.name, 'arguments': call.function.arguments} | tojson }}
{%- endfor %}{{ eos_token }}
{%- elif message.role == 'tool' %}{{ '[TOOL_RESULTS] ' + message.content + '[/TOOL_RESULTS]' }}
{%- else %}{{ ' ' + message.content + eos_token }}{% endif %}
{%- endfor %}"""
"""Tools, calls and results; nothing opens an answer."""


def opened(folder: Path, text: str, **variables: object) -> ChatTemplate:
    """The chat template *text* as a file without a tokenizer."""
    path = folder / "made.jinja"
    path.write_text(text, encoding="utf-8")
    return open_chat_template(path, variables)
