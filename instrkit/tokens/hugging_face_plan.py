"""How a tokenizer.json becomes an encoder of plain text: without added tokens, and what can be known before use."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from instrkit.errors import ReadError
from instrkit.tokens.base import Parts
from instrkit.tokens.beside import Beside
from instrkit.tokens.control_names import is_text, names_control

__all__ = ["Plan", "plan_of"]

Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The encoder of plain text, as the library's own JSON.

    Attributes:
        spec: The encoder.
        bare: The same without the space it writes by itself; None where it writes none.
        sizes: Bytes of each entry, where a text's tokens are its bytes; else None.
        composed: Whether that holds for text in NFC only.
    """

    spec: Spec
    bare: Spec | None
    sizes: list[int] | None
    composed: bool


def plan_of(spec: Spec, beside: Beside, name: str, fingerprint: str) -> tuple[Parts, Plan]:
    """
    Return what is known of the tokenizer written down in *spec* and how to build it.

    Raises:
        ReadError: *spec* is no tokenizer.
    """
    model = spec.get("model")
    spec = {"normalizer": None, **spec}
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), dict | list):
        raise ReadError(f"{name}: not a tokenizer.json: expected model.vocab; point to a tokenizer's directory or file")
    vocabulary = _vocabulary(model["vocab"])
    declared = dict(_declared(spec))
    known = {**vocabulary, **{token: given for token, (given, _) in declared.items()}}
    size = max(known.values(), default=-1) + 1
    for token, given in beside.placed(known, size).items():
        declared.setdefault(token, (given, token in beside.special))
    texts = {token for token, (_, special) in declared.items() if is_text(token, special=special)}
    controls = {token: given for token, (given, _) in declared.items() if token not in texts}
    for token, given in vocabulary.items():
        if names_control(token):
            controls.setdefault(token, given)
    plain, sizes, hidden = _plain(spec, model, vocabulary, texts, declared)
    reachable = _reachable(model, vocabulary, {*controls.values()})
    unknown = _unknown(model, vocabulary)
    first = _first_added(spec)
    parts = Parts(
        name=name,
        fingerprint=fingerprint,
        size=max([size, *(given + 1 for given in controls.values())]),
        controls=controls,
        forbidden=frozenset((reachable | hidden) - ({unknown[1]} if unknown else set())),
        unknown=unknown if unknown and unknown[1] in reachable else None,
        prefix_once=any(part.get("prepend_scheme") == "first" for part in _steps(spec.get("pre_tokenizer"))),
        bos=beside.roles.get("bos_token", first),
        eos=beside.roles.get("eos_token"),
        pad=beside.roles.get("pad_token"),
        adds_bos=beside.config.get("add_bos_token", None if "post_processor" not in spec else first is not None),
    )
    return parts, Plan(plain, _bare(plain), sizes, "NFC" in {step.get("type") for step in _steps(spec["normalizer"])})


def _vocabulary(entries: dict[str, int] | list[Any]) -> dict[str, int]:
    """Spelling → id; a Unigram model lists (spelling, score)."""
    return entries if isinstance(entries, dict) else {entry[0]: k for k, entry in enumerate(entries)}


def _declared(spec: Spec) -> Iterator[tuple[str, tuple[int, bool]]]:
    for entry in spec.get("added_tokens") or ():
        yield entry["content"], (entry["id"], bool(entry.get("special")))


def _plain(
    spec: Spec, model: Spec, vocabulary: dict[str, int], texts: set[str], declared: dict[str, tuple[int, bool]]
) -> tuple[Spec, list[int] | None, set[int]]:
    """
    Return the encoder of plain text, the bytes of its entries, and the ids that stand in it under another name.

    Added tokens that are text stay. Ids are given out in order, so the others then stay too, under names that nobody
    writes; should somebody, the id is found afterwards.
    """
    listed = spec.get("added_tokens") or []
    kept = [entry for entry in listed if entry["content"] in texts]
    added: list[Spec] = []
    hidden: set[int] = set()
    if kept:
        for entry in listed:
            own = entry["content"]
            if own in texts:
                added.append(entry)
            elif own not in vocabulary:
                hidden.add(entry["id"])
                added.append({**entry, "content": f"\U000f0000{entry['id']}\U0010fffd", "normalized": False})
    plain = {
        **spec,
        "added_tokens": added,
        "post_processor": None,
        "truncation": None,
        "padding": None,
    }
    if not _is_byte_level(spec, model, vocabulary) or any(entry.get("lstrip") or entry.get("rstrip") for entry in kept):
        return plain, None, hidden
    sizes = [0] * (max([*vocabulary.values(), *(given for given, _ in declared.values())], default=-1) + 1)
    for token, given in vocabulary.items():
        sizes[given] = len(token)  # a letter of the byte alphabet for each byte
    for token in texts & {entry["content"] for entry in kept}:
        sizes[declared[token][0]] = len(token.encode())
    return plain, sizes, hidden


def _is_byte_level(spec: Spec, model: Spec, vocabulary: dict[str, int]) -> bool:
    """Whether a text's tokens are its bytes end to end, if it is in NFC where the normaliser makes it so."""
    from tokenizers.pre_tokenizers import ByteLevel

    steps = [*_steps(spec.get("pre_tokenizer"))]
    return (
        model.get("type", "BPE") == "BPE"
        and not any(model.get(key) for key in ("byte_fallback", "dropout", "continuing_subword_prefix"))
        and not model.get("end_of_word_suffix")
        and {step["type"] for step in _steps(spec.get("normalizer"))} <= {"NFC"}
        and any(step["type"] == "ByteLevel" for step in steps)
        and all(step["type"] in {"ByteLevel", "Digits", "Split"} for step in steps)
        and not any(step.get("add_prefix_space") or step.get("behavior") == "Removed" for step in steps)
        and all(letter in vocabulary for letter in ByteLevel.alphabet())
    )


def _steps(part: Spec | None) -> Iterator[Spec]:
    """Yield a normaliser or pre-tokenizer, or what a sequence of them is made of."""
    if part is None:
        return
    if part.get("type") == "Sequence":
        for step in part.get("normalizers") or part.get("pretokenizers") or ():
            yield from _steps(step)
    else:
        yield part


def _bare(plain: Spec) -> Spec | None:
    """Return the encoder without the space it writes by itself, None where it writes none."""
    bare: Spec = {
        **plain,
        "normalizer": deepcopy(plain["normalizer"]),
        "pre_tokenizer": deepcopy(plain.get("pre_tokenizer")),
    }
    changed = False
    for step in _steps(bare["normalizer"]):
        if step["type"] == "Prepend":
            step["prepend"] = ""
            changed = True
    for step in _steps(bare["pre_tokenizer"]):
        if step["type"] == "Metaspace" and step.get("prepend_scheme", "always") != "never":
            step["prepend_scheme"] = "never"
            step.pop("add_prefix_space", None)
            changed = True
        elif step.get("add_prefix_space"):
            step["add_prefix_space"] = False
            changed = True
    return bare if changed else None


def _reachable(model: Spec, vocabulary: dict[str, int], controls: set[int]) -> set[int]:
    """
    Return the control tokens that the model itself might make of a text.

    A BPE model makes what its merges make, so most vocabularies that hold their control tokens never give them.
    """
    inside = {given: token for token, given in vocabulary.items() if given in controls}
    if not inside or model.get("type", "BPE") != "BPE" or model.get("ignore_merges"):
        return {*inside}
    merges = model.get("merges") or ()
    made = {merge.replace(" ", "", 1) if isinstance(merge, str) else "".join(merge) for merge in merges}
    return {given for given, token in inside.items() if len(token) == 1 or token in made}


def _unknown(model: Spec, vocabulary: dict[str, int]) -> tuple[str, int] | None:
    """Return spelling and id of the token for what the vocabulary lacks."""
    token = model.get("unk_token")
    if isinstance(token, str) and token in vocabulary:
        return token, vocabulary[token]
    index = model.get("unk_id")
    if isinstance(index, int):
        return next(((token, given) for token, given in vocabulary.items() if given == index), None)
    return None


def _first_added(spec: Spec) -> str | None:
    """Return the token that the tokenizer itself puts before a text, None where it puts none."""
    processor = spec.get("post_processor")
    steps = processor.get("processors", [processor]) if isinstance(processor, dict) else []
    for step in steps:
        if step.get("type") == "TemplateProcessing" and step.get("single"):
            first = step["single"][0].get("SpecialToken")
            if first is not None:
                return str(first["id"])
    return None
