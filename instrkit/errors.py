"""
Every error a caller can meet, as one tree.

    InstrkitError                 the base: one line that says where, what, what was expected, what to do
    ├── UsageError                a call or a command line that cannot be carried out; unknown names among them
    │   └── RecipeError           a recipe with mistakes: all of them, each with its line
    ├── ReadError                 a source that cannot be opened or is not data at all
    ├── FormatError               a record or file that does not fit a format
    │   ├── Misfit                one record; carries the JSON path of the first thing that does not fit
    │   └── DetectionError        a file whose format is unknown or ambiguous; lists candidates and keys
    ├── LossError                 a conversion or rendering that would lose something, under strict
    ├── TemplateError             a sample that a template cannot write
    └── RunError                  a run that could not finish, or whose ledger does not add up
        └── OutputClosedError     standard output was closed by its reader, as `head` does

There is one warning, `RejectWarning`, for those who read without a report.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "DetectionError",
    "FormatError",
    "InstrkitError",
    "LossError",
    "Misfit",
    "OutputClosedError",
    "ReadError",
    "RecipeError",
    "RejectWarning",
    "RunError",
    "TemplateError",
    "UsageError",
    "did_you_mean",
    "quote",
]


class InstrkitError(Exception):
    """The base of all errors instrkit raises on purpose; its text is one line for a user."""


class UsageError(InstrkitError):
    """A call or command line that cannot be carried out as given."""


class RecipeError(UsageError):
    """
    A recipe with mistakes.

    Attributes:
        mistakes: One line per mistake, each with file, line and column where they are known.
    """

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))

    def __reduce__(self) -> tuple[type[RecipeError], tuple[tuple[str, ...]]]:
        return type(self), (self.mistakes,)


class ReadError(InstrkitError):
    """A source that cannot be opened, or that holds no data instrkit can read."""


class FormatError(InstrkitError):
    """A record or a file that does not fit a format."""


class Misfit(FormatError):  # noqa: N818 - the word users read: "not alpaca: …" is a misfit, and it is raised per record
    """
    One record that does not fit its format.

    Attributes:
        format: The format the record was read as.
        path: JSON path of the first thing that does not fit, such as `$.history[2]`.
        problem: What is wrong there and what was expected.
    """

    def __init__(self, format: str, path: str, problem: str) -> None:
        self.format, self.path, self.problem = format, path, problem
        super().__init__(f"not {format}: {path}: {problem}")

    def __reduce__(self) -> tuple[type[Misfit], tuple[str, str, str]]:
        return type(self), (self.format, self.path, self.problem)


class DetectionError(FormatError):
    """A file whose format is unknown, or fits several formats equally well."""


class LossError(InstrkitError):
    """A conversion or rendering that would lose something while `strict` forbids it."""


class TemplateError(InstrkitError):
    """A sample that a template cannot write, or a control token inside its text under the policy `error`."""


class RunError(InstrkitError):
    """A run that could not finish, or whose ledger does not add up."""


class RejectWarning(UserWarning):
    """Some records of a file or data set could not be read, or were mended; the others are as they were."""


class OutputClosedError(RunError):
    """Standard output was closed by its reader, as `head` does: nothing is wrong."""


def quote(value: object, limit: int = 80) -> str:
    """Return `repr(value)`, cut to *limit* characters, for use inside an error message."""
    shown = repr(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


MOST_NAMES = 60
"""Up to so many names a message lists all; of more it names the nearest."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """
    Return the part of an error message that helps with an unknown name.

    Examples:
        >>> did_you_mean("alpca", ["alpaca", "moss"])
        "did you mean 'alpaca'? known: alpaca, moss"
        >>> did_you_mean("zzz", ["alpaca", "moss"])
        'known: alpaca, moss'
    """
    from difflib import get_close_matches  # 5 ms, and only when something is already wrong

    names = sorted(known)
    close = [other for other in names if other.startswith(f"{name}@")] or get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    if len(names) <= MOST_NAMES:
        return f"{hint}known: {', '.join(names)}"
    near = [other for other in get_close_matches(name, names, n=8, cutoff=0.3) if other not in close[:1]]
    return f"{hint}{len(names)} are known, such as {', '.join(near or names[:8])}"
