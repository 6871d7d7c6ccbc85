"""
The public functions: what `import instrkit` offers and the command line calls.

`samples` has those for samples one by one, `jobs` and `rendering` those for whole files.
"""

from instrkit.api.jobs import clean, convert, inspect, run
from instrkit.api.rendering import render_files
from instrkit.api.samples import dump, from_dataset, parse, parse_all, read, render, to_dataset, write
from instrkit.api.validation import fix, validate

__all__ = [
    "clean",
    "convert",
    "dump",
    "fix",
    "from_dataset",
    "inspect",
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
