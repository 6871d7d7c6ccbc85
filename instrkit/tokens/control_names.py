"""Which entries of a vocabulary are control tokens, and which are text that happens to be one entry."""

from __future__ import annotations

__all__ = ["is_text", "names_control"]

_WELL_KNOWN = frozenset(
    (
        "<s>", "</s>", "<unk>", "<pad>", "<mask>", "<bos>", "<eos>", "<eod>", "<sop>", "<eop>", "<root>", "</root>",
        "<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>", "<eoa>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[gMASK]",
        "[sMASK]", "[BOS]", "[EOS]",
    )
)  # fmt: skip
_AROUND = (("<|", "|>"), ("<｜", "｜>"), ("<reserved_", ">"), ("[UNUSED_TOKEN_", "]"))


def names_control(token: str) -> bool:
    """
    Return whether an entry that nothing declares is a control token by its spelling.

    Examples:
        >>> [names_control(token) for token in ("</s>", "<|im_end|>", "<reserved_106>", "<br>", "[0]", "sop")]
        [True, True, True, False, False, False]
    """
    if token[:1] not in {"<", "["}:
        return False
    return token in _WELL_KNOWN or any(
        token.startswith(head) and token.endswith(tail) and len(token) > len(head) + len(tail) for head, tail in _AROUND
    )


def is_text(token: str, *, special: bool) -> bool:
    """
    Return whether a declared token stands for ordinary text: runs of blanks, single letters (GPT-NeoX, DeepSeek).

    Text may give such a token, as it does in the model's own tokenizer; it may give no other declared one.
    """
    return not special and (len(token) == 1 or token.isspace())
