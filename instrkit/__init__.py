"""
Convert, clean and render instruction-tuning data, losing nothing silently.

    >>> import instrkit
    >>> sample = instrkit.parse({"instruction": "Name a prime.", "input": "", "output": "7"}, format="alpaca")
    >>> instrkit.dump(sample, format="openai")["messages"][1]["content"]
    '7'

Names are loaded when first used: `import instrkit` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from instrkit.version import VERSION

__version__ = VERSION


if TYPE_CHECKING:
    from instrkit.api import (
        clean,
        convert,
        dump,
        from_dataset,
        inspect,
        parse,
        parse_all,
        read,
        render,
        render_files,
        run,
        to_dataset,
        validate,
        write,
    )
    from instrkit.errors import (
        DetectionError,
        FormatError,
        InstrkitError,
        LossError,
        Misfit,
        ReadError,
        RecipeError,
        RejectWarning,
        RunError,
        TemplateError,
        UsageError,
    )
    from instrkit.formats import get_format, mapped
    from instrkit.pipeline.job import Tokens
    from instrkit.recipe import Recipe
    from instrkit.report import Report
    from instrkit.sample import Candidate, Message, Origin, Part, Preference, Sample, ToolCall
    from instrkit.templates import Rendered, Segment, Template, open_template
    from instrkit.templates.jinja import export_chat_template, open_chat_template
    from instrkit.templates.models import template_for
    from instrkit.tokens import Encoded, Tokenizer, encode, encode_many, load_tokenizer

_HOMES = {
    "api": (
        "clean", "convert", "dump", "from_dataset", "inspect", "parse", "parse_all", "read",
        "render", "render_files", "run", "to_dataset", "validate", "write",
    ),
    "errors": (
        "DetectionError", "FormatError", "InstrkitError", "LossError", "Misfit", "ReadError", "RecipeError",
        "RejectWarning", "RunError", "TemplateError", "UsageError",
    ),
    "formats": ("get_format", "mapped"),
    "recipe": ("Recipe",),
    "report": ("Report",),
    "sample": ("Candidate", "Message", "Origin", "Part", "Preference", "Sample", "ToolCall"),
    "pipeline.job": ("Tokens",),
    "templates": ("Rendered", "Segment", "Template", "open_template"),
    "templates.jinja": ("export_chat_template", "open_chat_template"),
    "templates.models": ("template_for",),
    "tokens": ("Encoded", "Tokenizer", "encode", "encode_many", "load_tokenizer"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Candidate",
    "DetectionError",
    "Encoded",
    "FormatError",
    "InstrkitError",
    "LossError",
    "Message",
    "Misfit",
    "Origin",
    "Part",
    "Preference",
    "ReadError",
    "Recipe",
    "RecipeError",
    "RejectWarning",
    "Rendered",
    "Report",
    "RunError",
    "Sample",
    "Segment",
    "Template",
    "TemplateError",
    "Tokenizer",
    "Tokens",
    "ToolCall",
    "UsageError",
    "clean",
    "convert",
    "dump",
    "encode",
    "encode_many",
    "export_chat_template",
    "from_dataset",
    "get_format",
    "inspect",
    "load_tokenizer",
    "mapped",
    "open_chat_template",
    "open_template",
    "parse",
    "parse_all",
    "read",
    "render",
    "render_files",
    "run",
    "template_for",
    "to_dataset",
    "validate",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'instrkit' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"instrkit.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
