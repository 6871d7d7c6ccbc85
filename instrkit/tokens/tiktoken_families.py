"""Which pattern and which control tokens belong to a tiktoken file, which holds neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Family", "family_of"]

_ENDINGS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_ONE_DIGIT = rf"{_ENDINGS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{_REST}"
_THREE_DIGITS = rf"{_ENDINGS}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}{_REST}"
_UPPER, _LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"


def _by_case(rest: str, without: str = "", first: str = "") -> str:
    """Return the pattern of vocabularies that tell words by their capital letters, *without* some script."""
    upper, lower, start = f"[{_UPPER}{without}]", f"[{_LOWER}{without}]", r"[^\r\n\p{L}\p{N}]?"
    return f"{first}{start}{upper}*{lower}+{_ENDINGS}?|{start}{upper}+{lower}*{_ENDINGS}?|\\p{{N}}{{1,3}}{rest}"


@dataclass(frozen=True, slots=True)
class Family:
    """
    One family of vocabularies.

    Attributes:
        hint: What the path of such a file holds.
        ranks: How many ranks the published file has.
        pattern: What cuts text into words.
        names: Control tokens: spelling and how far behind the last rank.
        filled: Spelling of the ids between them, with the number they count from, and how many ids there are.
        bos: The token texts start with.
        eos: The token texts end with.
    """

    hint: str
    ranks: int
    pattern: str
    names: tuple[tuple[str, int], ...]
    filled: tuple[str, int, int] | None = None
    bos: str | None = None
    eos: str | None = "<|endoftext|>"

    def controls(self) -> Iterator[tuple[str, int]]:
        """Yield each control token and how far it lies behind the last rank."""
        yield from self.names
        if self.filled is None:
            return
        spelling, number, count = self.filled
        taken = {offset for _, offset in self.names}
        for offset in range(count):
            if offset not in taken:
                yield f"<|{spelling}_{number}|>", offset
                number += 1


_FAMILIES = (
    # Qwen/Qwen-7B@main:tokenization_qwen.py
    Family(
        "qwen",
        151643,
        _ONE_DIGIT,
        (("<|endoftext|>", 0), ("<|im_start|>", 1), ("<|im_end|>", 2)),
        filled=("extra", 0, 208),
    ),
    # meta-llama/llama3@a0940f9:llama/tokenizer.py, and llama-models@a9c89c4:models/llama3/tokenizer.py for 3.1
    Family(
        "llama",
        128000,
        _THREE_DIGITS,
        (
            ("<|begin_of_text|>", 0), ("<|end_of_text|>", 1), ("<|start_header_id|>", 6), ("<|end_header_id|>", 7),
            ("<|eom_id|>", 8), ("<|eot_id|>", 9), ("<|python_tag|>", 10), ("<|finetune_right_pad_id|>", 4),
        ),
        bos="<|begin_of_text|>",
        eos="<|end_of_text|>",
    ),
    # THUDM/glm-4-9b-chat@main:tokenizer_config.json
    Family(
        "glm",
        151329,
        _THREE_DIGITS,
        tuple(
            (token, offset)
            for offset, token in enumerate(
                (
                    "<|endoftext|>", "[MASK]", "[gMASK]", "[sMASK]", "<sop>", "<eop>", "<|system|>", "<|user|>",
                    "<|assistant|>", "<|observation|>", "<|begin_of_image|>", "<|end_of_image|>",
                    "<|begin_of_video|>", "<|end_of_video|>",
                )
            )
        ),
    ),
    # moonshotai/Kimi-K2-Instruct@main:tokenization_kimi.py; the names stand in tokenizer_config.json
    Family("kimi", 163584, _by_case(_REST, r"&&[^\p{Han}]", r"[\p{Han}]+|"), (("[BOS]", 0), ("[EOS]", 1)), eos="[EOS]"),
    # openai/tiktoken@0.8.0:tiktoken_ext/openai_public.py, o200k_base and o200k_harmony
    Family(
        "o200k",
        199998,
        _by_case(_REST.replace(r"+[\r\n]*|", r"+[\r\n/]*|", 1)),
        (
            ("<|startoftext|>", 0), ("<|endoftext|>", 1), ("<|return|>", 4), ("<|constrain|>", 5), ("<|channel|>", 7),
            ("<|start|>", 8), ("<|end|>", 9), ("<|message|>", 10), ("<|call|>", 14), ("<|endofprompt|>", 20),
        ),
    ),
    # the same, cl100k_base
    Family(
        "cl100k",
        100256,
        _THREE_DIGITS,
        (
            ("<|endoftext|>", 1), ("<|fim_prefix|>", 2), ("<|fim_middle|>", 3), ("<|fim_suffix|>", 4),
            ("<|endofprompt|>", 20),
        ),
    ),
)  # fmt: skip

_UNKNOWN = Family("", 0, _THREE_DIGITS, (), eos=None)


def family_of(path: Path, ranks: int) -> Family:
    """
    Return the family of the file at *path* with so many *ranks*.

    The published files are told by their ranks, others by their name; one that is called `tokenizer.model` is Llama's,
    and what nothing gives away is cut as cl100k does and has the control tokens that stand beside it.
    """
    for family in _FAMILIES:
        if family.ranks == ranks:
            return family
    named = f"{path.parent.name}/{path.name}".lower()
    for family in _FAMILIES:
        if family.hint in named:
            return family
    return _FAMILIES[1] if path.name == "tokenizer.model" else _UNKNOWN
