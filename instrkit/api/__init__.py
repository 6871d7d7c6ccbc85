"""
The public functions: what `import instrkit` offers and the command line calls.

`samples` has those for samples one by one, `jobs` those for whole files.
"""

from instrkit.api.jobs import clean, convert, inspect, render_files, run
from instrkit.api.samples import dump, from_dataset, parse, read, render, to_dataset, write

__all__ = [
    "clean",
    "convert",
    "dump",
    "from_dataset",
    "inspect",
    "parse",
    "read",
    "render",
    "render_files",
    "run",
    "to_dataset",
    "write",
]
