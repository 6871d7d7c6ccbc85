"""
A rendered text becomes token ids and labels, as the model's own trainer would make them.

Control tokens are single ids, looked up by name; what stands between them is encoded as plain text, so user text
cannot forge one. All text between two control tokens is encoded in one go, as the model's own tokenizer would do it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

from instrkit.errors import InstrkitError, TemplateError, UsageError
from instrkit.sample import Message, Sample
from instrkit.templates import Rendered, Template
from instrkit.tokens.base import Tokenizer
from instrkit.tokens.runs import IGNORED, Outline, Run, outline

__all__ = ["IGNORED", "Encoded", "Missing", "encode", "encode_many"]

Missing = Literal["error", "text"]
"""What becomes of a control token of the template that the tokenizer does not have: refused, or encoded as text."""

_TOGETHER = 256
"""Texts encoded together: what is made on the way is gone before the garbage collector looks at it."""

_SHORT = 64
"""Up to this many characters a run is looked for among those already seen: role names and line breaks, mostly."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """
    A sample as a model takes it.

    Attributes:
        input_ids: Token ids.
        labels: Where there is loss, the token to predict, nearly always the one that stands there; -100 elsewhere.
        boundary: Tokens that reach across the border of what carries loss; they carry it.
        missing: Control tokens that the tokenizer does not have and that were encoded as text.
        differing: Stretches of text whose ids decode to another text: what the tokenizer normalises or lacks.
    """

    input_ids: list[int]
    labels: list[int]
    boundary: int = 0
    missing: int = 0
    differing: int = 0

    def __len__(self) -> int:
        return len(self.input_ids)

    @property
    def attention_mask(self) -> list[int]:
        """All ones: nothing here is padding."""
        return [1] * len(self.input_ids)

    @property
    def trained(self) -> int:
        """How many tokens carry loss."""
        return len(self.labels) - self.labels.count(IGNORED)


def encode(
    rendered: Rendered,
    tokenizer: Tokenizer,
    *,
    missing: Missing = "error",
    bos: bool | None = None,
    check: bool = True,
) -> Encoded:
    """Return the ids and labels of one text; see `encode_many`, which is faster for many."""
    return encode_many([rendered], tokenizer, missing=missing, bos=bos, check=check)[0]


def encode_many(
    rendered: Iterable[Rendered],
    tokenizer: Tokenizer,
    *,
    missing: Missing = "error",
    bos: bool | None = None,
    check: bool = True,
) -> list[Encoded]:
    """
    Return the ids and labels of each text, in order; best with some hundred to some thousand at a time.

    A token carries loss if any of its characters does, as in transformers' assistant mask. A space that SentencePiece
    writes by itself (kind `prefix`) is left to a tokenizer that does so, and written as a space for one that does not.

    Args:
        rendered: The texts.
        tokenizer: The tokenizer.
        missing: What becomes of control tokens the tokenizer does not have.
        bos: Whether to put the template's first token before the text, without loss. None does what the reference's
            trainer gets from its tokenizer: yes where the template has such a token and never writes it itself
            (vicuna: FastChat leaves `<s>` to the tokenizer), unless the tokenizer is known to write none; never for a
            Jinja chat template, which transformers encodes as it is.
        check: Whether to decode what was encoded and count what differs; byte-level tokenizers need no decoding.

    Raises:
        TemplateError: The tokenizer lacks a control token of the template, under `error`.
        UsageError: *missing* is neither `error` nor `text`.
    """
    if missing not in {"error", "text"}:
        raise UsageError(f"unknown treatment of missing control tokens {missing!r}: known: error, text")
    made: list[Encoded] = []
    strict, given = missing == "error", iter(rendered)
    while some := [*islice(given, _TOGETHER)]:
        outlines = [_outlined(one, tokenizer, strict=strict, bos=bos) for one in some]
        runs = [part for outlined in outlines for part in outlined.parts if isinstance(part, Run)]
        _encode_runs(runs, tokenizer, check=check)
        made += map(_assembled, outlines)
    return made


def _outlined(one: Rendered, tokenizer: Tokenizer, *, strict: bool, bos: bool | None) -> Outline:
    made = outline(one, tokenizer, strict=strict)
    if bos is not False and (first := _first(one, tokenizer, bos)) is not None:
        made.parts.insert(0, (first, IGNORED))
    return made


def _encode_runs(runs: Sequence[Run], tokenizer: Tokenizer, *, check: bool) -> None:
    """Encode *runs*, in as few calls as there are kinds of them, and write ids and cuts into them."""
    for bare in (False, True):
        if not (groups := _alike(run for run in runs if run.bare is bare)):
            continue
        texts = [group[0].text for group in groups]
        found = tokenizer.encode_cut(texts, [group[0].cuts for group in groups], bare=bare)
        unknown: list[list[Run]] = []
        for group, (ids, places, faithful) in zip(groups, found, strict=True):
            for run in group:
                run.ids, run.places, run.differs = ids, places, check and faithful is False
            if faithful is None:
                unknown.append(group)
        if check and unknown:
            same = tokenizer.faithful([group[0].text for group in unknown], [group[0].ids for group in unknown])
            for group, faithful in zip(unknown, same, strict=True):
                for run in group:
                    run.differs = not faithful


def _alike(runs: Iterable[Run]) -> list[list[Run]]:
    """Return *runs* in groups of the same text, which is encoded once; long ones are rarely the same."""
    groups: list[list[Run]] = []
    known: dict[str, list[Run]] = {}
    for run in runs:
        if len(run.text) > _SHORT or run.cuts:
            groups.append([run])
        elif (group := known.get(run.text)) is not None:
            group.append(run)
        else:
            known[run.text] = group = [run]
            groups.append(group)
    return groups


def _assembled(made: Outline) -> Encoded:
    ids: list[int] = []
    labels: list[int] = []
    boundary = differing = 0
    for part in made.parts:
        if not isinstance(part, Run):
            ids.append(part[0])
            labels.append(part[1])
            continue
        given = part.ids
        ids += given
        differing += part.differs
        at = len(labels)
        if part.cuts:
            _label_parts(labels, part)
            boundary += sum(across for _, across in part.places)
        else:
            labels += given if part.train else [IGNORED] * len(given)
        if part.label is not None and given:
            labels[at] = part.label
    return Encoded(ids, labels, boundary, made.missing, differing)


def _label_parts(labels: list[int], run: Run) -> None:
    """Add the labels of a run where loss begins or ends inside it: a token across the border carries it."""
    ids, train, at = run.ids, run.train, 0
    for index, across in run.places:
        end = max(index - (across and not train), at)
        labels += ids[at:end] if train else [IGNORED] * (end - at)
        train, at = not train, end
    labels += ids[at:] if train else [IGNORED] * (len(ids) - at)


def _first(rendered: Rendered, tokenizer: Tokenizer, bos: bool | None) -> int | None:
    """Return the id to put before the text, None where there is none to put."""
    template = rendered.template
    token = template.bos or (tokenizer.bos if bos else None)
    if not token:
        if bos:
            raise TemplateError(
                f"template {template.name}: no first token is known, neither to the template nor to the tokenizer "
                f"{tokenizer.name}: expected one for bos=True; leave bos out"
            )
        return None
    cls = type(template)
    if bos is None and (tokenizer.adds_bos is False or _writes_first(cls)):  # type: ignore[arg-type]  # classes hash
        return None
    pieces = rendered.pieces
    if pieces and pieces[0][0] == token and pieces[0][1] == "special":
        return None
    given = tokenizer.token_id(token)
    if given is None and bos:
        raise TemplateError(
            f"template {template.name}: the tokenizer {tokenizer.name} has no first token {token!r}: expected one for "
            "bos=True; leave bos out"
        )
    return given


_ASKED = Sample((Message("user", "?"), Message("assistant", "!")))


@lru_cache(maxsize=1024)
def _writes_first(cls: type[Template]) -> bool:
    """Whether a template writes its first token itself, at the start or elsewhere (ChatGLM: behind the question)."""
    from instrkit.templates.jinja import ChatTemplate

    if issubclass(cls, ChatTemplate):
        return True  # transformers encodes what a chat template writes without adding anything
    try:
        pieces = [*cls().pieces(_ASKED, generate=False)]
    except (InstrkitError, TypeError):  # a layout that takes no plain question, or a template that needs a variable
        return True
    return any(piece[0] == cls.bos and piece[1] in {"special", "end"} for piece in pieces)
