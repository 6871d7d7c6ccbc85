"""Text that comes from a file, made fit to be looked at: what a terminal would obey is named and not sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CONTROLS", "named_controls"]

_SHORT = {
    0x85: "NEL", 0x9B: "CSI", 0xFEFF: "BOM", 0x200B: "ZWSP", 0x2028: "LS", 0x2029: "PS",
    0x061C: "ALM", 0x200E: "LRM", 0x200F: "RLM", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO",
    0x202E: "RLO", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
}  # fmt: skip
"""Unicode's own abbreviations: what turns the direction of writing, begins lines, or has no width."""

CONTROLS: Mapping[int, str] = MappingProxyType(
    {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"}
    | {0x7F: "␡"}
    | {code: f"⟨{code:04X}⟩" for code in (*range(0x80, 0xA0), *range(0xD800, 0xE000))}  # C1; lone surrogates
    | {code: f"⟨{name}⟩" for code, name in _SHORT.items()}
)
"""What is shown in place of a character, by its code point; line ends and tabs stay what they are."""


def named_controls(text: str) -> str:
    r"""
    Return *text* with names in place of control characters, bidirectional marks and lone surrogates.

    Nothing in it can then move the cursor, change colours, turn the direction of writing, or fail to be encoded. The
    joiners that emoji and some scripts are written with stay.

    Examples:
        >>> named_controls("a\x1b[2J\u202eb")
        'a␛[2J⟨RLO⟩b'
    """
    return text.translate(CONTROLS)
