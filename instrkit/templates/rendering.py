"""A sample written for a model: the text, what carries loss, and what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from instrkit.errors import LossError, UsageError, did_you_mean
from instrkit.sample import Sample
from instrkit.templates.account import Change, account, untrained
from instrkit.templates.base import Piece, Quick, Segment, Template
from instrkit.templates.control import CONTROL_POLICIES, USER_KINDS, ControlPolicy, ControlTokens, control_tokens
from instrkit.templates.loss import LOSS_POLICIES, LossPolicy, mark
from instrkit.templates.opening import open_template

__all__ = ["LabelOverride", "Rendered", "Span", "render"]

Account = tuple[tuple[Change, ...], tuple[Change, ...]]

Span = tuple[int, int]
"""`[start, end)` in characters of the rendered text."""


@dataclass(frozen=True, slots=True)
class LabelOverride:
    """
    A place whose label in the reference trainer is not the token that stands there.

    Attributes:
        at: Where, `[start, end)` in characters of the text.
        input_token: What stands there.
        label_token: What the trainer wants to be predicted there.
    """

    at: Span
    input_token: str
    label_token: str


class Rendered:
    """
    A sample as one template writes it.

    Attributes:
        text: The text, special tokens spelled out.
        loss_spans: The characters that carry loss, as `[start, end)`: ascending, merged, none empty.
        template: The template that wrote it.
    """

    __slots__ = (
        "_account",
        "_before",
        "_changed",
        "_generate",
        "_lookalikes",
        "_pieces",
        "_policy",
        "_sample",
        "loss_spans",
        "template",
        "text",
    )

    def __init__(
        self,
        template: Template,
        sample: Sample,
        quick: Quick,
        pieces: list[Piece] | None = None,
        *,
        generate: bool = False,
        policy: ControlPolicy = "keep",
        before: list[Piece] | None = None,
        changed: Sequence[tuple[int | None, str]] = (),
    ) -> None:
        self.template = template
        self.text, self.loss_spans = quick
        self._sample = sample
        self._pieces = pieces
        self._generate = generate
        self._policy = policy
        self._before = before
        self._changed = changed
        self._lookalikes: tuple[Span, ...] | None = None
        self._account: Account | None = _NOTHING if pieces is None and self.loss_spans else None

    def __repr__(self) -> str:
        return f"Rendered({self.template.name!r}, {self.text!r}, loss_spans={self.loss_spans!r})"

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The text in pieces, with the loss policy applied; end to end they are the text."""
        return tuple(Segment(*piece) for piece in self.pieces)

    @property
    def pieces(self) -> list[Piece]:
        """The segments as plain tuples, `(text, kind, message, train, label)`: for those who want them fast."""
        if (made := self._pieces) is not None:
            return made
        self._pieces = made = [*self.template.pieces(self._sample, generate=self._generate)]
        return made

    @property
    def special_spans(self) -> tuple[Span, ...]:
        """Where the real control tokens stand, one span each: look-alikes in user text are not among them."""
        spans: list[Span] = []
        at = 0
        for piece in self.pieces:  # spelled out: half the time of `_placed`, and every training text asks for it
            end = at + len(piece[0])
            if piece[1] == "special" or piece[1] == "end":
                spans.append((at, end))
            at = end
        return tuple(spans)

    @property
    def lookalikes(self) -> tuple[Span, ...]:
        """Where user text spells a control token; such places must not be encoded as one."""
        if (found := self._lookalikes) is not None:
            return found
        tokens = _search(type(self.template))  # type: ignore[arg-type]  # classes can be hashed
        if self._pieces is None:  # its texts are the messages' own
            texts = [m.content if type(m.content) is str else m.text for m in self._sample.messages]
        else:
            texts = [piece[0] for piece in self._pieces if piece[1] in USER_KINDS]
        found = () if tokens.find("".join(texts)) is None else self._spelled(tokens)
        self._lookalikes = found
        return found

    def _spelled(self, tokens: ControlTokens) -> tuple[Span, ...]:
        return tuple(
            (at + start, at + end)
            for (at, _), piece in self._placed()
            if piece[1] in USER_KINDS
            for start, end in tokens.spans(piece[0])
        )

    @property
    def label_overrides(self) -> tuple[LabelOverride, ...]:
        """The places whose label is not their own token; they lie outside `loss_spans`."""
        if self._pieces is None:
            return ()
        return tuple(LabelOverride(span, piece[0], piece[4]) for span, piece in self._placed() if piece[4] is not None)

    @property
    def dropped(self) -> tuple[Change, ...]:
        """What of the sample's text the template did not write."""
        return self.changes[0]

    @property
    def altered(self) -> tuple[Change, ...]:
        """What of the sample's text the template or a policy changed."""
        return self.changes[1]

    @property
    def changes(self) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
        """What was dropped, and what was altered."""
        if self._account is None:
            before = self.pieces if self._before is None else self._before
            dropped, altered = account(self._sample, before, self._policy, self._changed)
            if not self.loss_spans and not self._generate and untrained(self._sample):
                dropped = (*dropped, Change("loss", "messages"))
            self._account = dropped, altered
        return self._account

    def _placed(self) -> Iterable[tuple[Span, Piece]]:
        at = 0
        for piece in self.pieces:
            end = at + len(piece[0])
            yield (at, end), piece
            at = end


_NOTHING: Account = ((), ())


@lru_cache(maxsize=256)
def _search(template: type[Template]) -> ControlTokens:
    """Return the search for the control tokens of *template*; a class is found faster than a tuple of strings."""
    return control_tokens(template.control)


def _joined(pieces: list[Piece]) -> Quick:
    """Return the text, and what of it carries loss; one pass, for speed."""
    texts: list[str] = []
    spans: list[Span] = []
    at, start = 0, -1
    for text, _, _, train, _ in pieces:
        texts.append(text)
        if train:
            if start < 0:
                start = at
        elif start >= 0 and text:  # an empty segment parts nothing
            if at > start:
                spans.append((start, at))
            start = -1
        at += len(text)
    if 0 <= start < at:
        spans.append((start, at))
    return "".join(texts), tuple(spans)


def render(
    sample: Sample,
    template: str | Template,
    *,
    loss: LossPolicy = "reference",
    add_generation_prompt: bool = False,
    on_control_token: ControlPolicy = "keep",  # noqa: S107 - no password
    strict: bool = False,
    **variables: Any,
) -> Rendered:
    """
    Write *sample* as *template* wants it, with the characters that carry loss.

    Args:
        sample: The sample.
        template: A template's name, or a template made by `open_template`.
        loss: Which segments carry loss: `reference` as the model's own trainer, `assistant`, `last`, `all`. A
            message of weight 0 carries none under any policy, and a message's `train_spans` restrict its content.
        add_generation_prompt: End with the opening of the assistant's answer, ready for generation. A sample that
            ends with an answer is written whole.
        on_control_token: What to do with a control token spelled inside the sample's text. `keep` writes what the
            model's own code writes, and is safe where segments are encoded one by one; for those who encode the text
            as one string there are `error`, `escape` and `drop`.
        strict: Refuse a sample that the template would not hold as it is.
        **variables: The template's own variables, such as a date.

    Raises:
        UsageError: Unknown template, policy or variable.
        TemplateError: The template cannot write the sample, or a control token stands in it under `error`.
        LossError: Under *strict*, something would be dropped or altered; the message lists what.
    """
    if isinstance(template, str):
        chosen = open_template(template, variables)
    else:
        chosen = open_template(template.name, {**vars(template), **variables}) if variables else template
    policy, generate = on_control_token, add_generation_prompt
    if loss == "reference" and policy == "keep" and (quick := chosen.quick(sample, generate=generate)) is not None:
        made = Rendered(chosen, sample, quick, generate=generate)
        return _held(made) if strict else made
    if loss not in LOSS_POLICIES:
        raise UsageError(f"unknown loss policy {loss!r}: {did_you_mean(str(loss), LOSS_POLICIES)}")
    if policy not in CONTROL_POLICIES:
        raise UsageError(f"unknown control token policy {policy!r}: {did_you_mean(str(policy), CONTROL_POLICIES)}")
    pieces = [*chosen.pieces(sample, generate=generate)]
    before, changed = None, list[tuple[int | None, str]]()
    if policy != "keep":
        before = pieces
        pieces, changed = control_tokens(chosen.control).apply(before, policy)
    if loss != "reference" or _says_loss(sample):
        pieces = mark(sample, pieces, loss)
    rendered = Rendered(
        chosen, sample, _joined(pieces), pieces, generate=generate, policy=policy, before=before, changed=changed
    )
    return _held(rendered) if strict else rendered


def _held(rendered: Rendered) -> Rendered:
    """
    Return *rendered*, which holds the whole sample.

    Raises:
        LossError: It does not.
    """
    dropped, altered = rendered.changes
    if dropped or altered:
        what = ", ".join(f"{change.kind} ({change.path})" for change in (dropped + altered)[:8])
        raise LossError(
            f"template {rendered.template.name}: would lose {what}: expected nothing to be lost under strict; choose "
            "another template, or run without it"
        )
    return rendered


def _says_loss(sample: Sample) -> bool:
    """Whether the sample has weights or spans of its own."""
    for message in sample.messages:
        if message.weight is not None or message.train_spans:
            return True
        content = message.content
        if isinstance(content, tuple) and [part for part in content if part.train is not None]:
            return True
    return False
