"""Drop samples that have too few or too many tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from instrkit.errors import TemplateError, UsageError
from instrkit.ops.base import Batch, Filter, Values, op

if TYPE_CHECKING:
    from instrkit.templates import Rendered, Template
    from instrkit.tokens import Tokenizer

__all__ = ["TokenLength", "check_tokenizer"]


@op("token_length")
class TokenLength(Filter):
    """
    Judge the number of tokens, of the plain text or of the sample as it would be trained.

    There is no bound by default. A sample that the template cannot write has no length and is kept: rendering rejects
    it, with its cause.

    Attributes:
        tokenizer: The tokenizer's file or folder; in a recipe file relative to its folder.
        template: A template's name, or the path of a tokenizer's chat template: the rendered sample is counted, with
            control tokens and the default system text, whatever the scope. None counts the plain text of the scope.
        min: Fewest tokens to keep.
        max: Most tokens to keep.
    """

    tokenizer: str
    template: str | None = None
    why_low = "too few tokens"
    why_high = "too many tokens"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max is not None and self.max < 0:
            raise UsageError(f"token_length: max {self.max:g}: expected 0 tokens or more")
        self.open()

    @classmethod
    def placed(cls, settings: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Return *settings* with the tokenizer, and a template that is a path, relative to *folder*."""
        from instrkit.templates.opening import names_file

        given = dict(settings)
        for name, value in settings.items():
            if not isinstance(value, str):
                continue
            if name == "tokenizer" or (name == "template" and names_file(value, folder)):
                given[name] = str(folder / value)
        return given

    def depends(self) -> str:
        """Return what stands for the contents of the tokenizer and of the template."""
        from instrkit.tokens import opened_tokenizer

        template = "" if self.template is None else f" {self.template} {_template(self.template).version}"
        return f"{opened_tokenizer(self.tokenizer).fingerprint}{template}"

    def open(self) -> None:
        """
        Load the tokenizer and the template.

        Raises:
            UsageError: One of the two does not exist, or the template's control tokens are not the tokenizer's.
        """
        try:
            check_tokenizer(self.tokenizer, self.template)
        except UsageError as error:
            raise UsageError(f"token_length: {error}") from None

    def measure(self, batch: Batch) -> Values:
        """Return one length per sample: of its longest text in the scope, or of what the template writes."""
        from instrkit.tokens import count_tokens, opened_tokenizer

        tokenizer = opened_tokenizer(self.tokenizer)
        if self.template is not None:
            return _rendered_lengths(batch, _template(self.template), tokenizer)
        texts = batch.text(self.scope)
        return texts.per_sample(count_tokens(texts.strings, tokenizer).astype(np.float64))


def _rendered_lengths(batch: Batch, template: Template, tokenizer: Tokenizer) -> Values:
    from instrkit.templates import render
    from instrkit.tokens import encode_many

    lengths = np.full(len(batch), np.nan)
    made: dict[int, Rendered] = {}
    for k, sample in enumerate(batch.samples):
        try:
            made[k] = render(sample, template)
        except TemplateError:
            continue
    # A control token that only some samples need (a tool call's) has as many tokens as its text has: a length, still.
    for k, one in zip(made, encode_many(made.values(), tokenizer, missing="text", check=False), strict=True):
        lengths[k] = len(one)
    return lengths


def check_tokenizer(path: str, template: str | None) -> None:
    """
    Load a tokenizer, and a template if there is one, and see whether they go together.

    Raises:
        UsageError: One of the two cannot be opened, or the template's control tokens are not the tokenizer's.
    """
    from instrkit.tokens.matching import open_matching, refuse_mismatch

    tokenizer = open_matching(path)
    if template is None:
        return
    try:
        refuse_mismatch(tokenizer, _template(template))
    except UsageError as error:
        raise UsageError(f"template: {error}") from None


def _template(name: str) -> Template:
    """Open a template as jobs do."""
    from instrkit.templates import job_variables, open_template

    return open_template(name, job_variables(name, {}))
