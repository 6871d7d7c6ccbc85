"""
One kind of data set per file: how a record becomes a sample and a sample a record again.

`base` holds what a format is, `detect` how a file's format is recognised, `convert` how one record goes from one format
to another. `residual`, `losses`, `turns`, `calls` and `checks` are what formats share.
"""

from instrkit.formats.base import FORMATS, Dumped, Format, Loss
from instrkit.formats.convert import dump, get_format, parse
from instrkit.formats.detect import Detection, detect

__all__ = ["FORMATS", "Detection", "Dumped", "Format", "Loss", "detect", "dump", "get_format", "parse"]
