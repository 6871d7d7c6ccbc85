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
    from instrkit.recipe import Recipe
    from instrkit.report import Report
    from instrkit.sample import Candidate, Message, Origin, Part, Preference, Sample, ToolCall
    from instrkit.templates import Rendered, Segment

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
    "templates": ("Rendered", "Segment"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Candidate",
    "DetectionError",
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
    "TemplateError",
    "ToolCall",
    "UsageError",
    "clean",
    "convert",
    "dump",
    "from_dataset",
    "get_format",
    "inspect",
    "mapped",
    "parse",
    "parse_all",
    "read",
    "render",
    "render_files",
    "run",
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
