"""
Rendered text → token ids and labels: tokenizers, truncation, packing.

`loading` opens a tokenizer through its own library, `encoding` makes ids and labels of a rendering, `truncation` what
fits, `packing` rows of several samples, `length` counts tokens. No library is imported before a tokenizer is opened.
"""

from instrkit.tokens.base import Tokenizer
from instrkit.tokens.encoding import IGNORED, Encoded, Missing, encode, encode_many
from instrkit.tokens.length import count_tokens
from instrkit.tokens.loading import load_tokenizer
from instrkit.tokens.opened import opened_tokenizer
from instrkit.tokens.packing import Row, fill_rate, pack, packed
from instrkit.tokens.truncation import OVERLONG_POLICIES, Fitted, Overlong, fit, fit_many, shortened

__all__ = [
    "IGNORED",
    "OVERLONG_POLICIES",
    "Encoded",
    "Fitted",
    "Missing",
    "Overlong",
    "Row",
    "Tokenizer",
    "count_tokens",
    "encode",
    "encode_many",
    "fill_rate",
    "fit",
    "fit_many",
    "load_tokenizer",
    "opened_tokenizer",
    "pack",
    "packed",
    "shortened",
]
