"""Who hears how a run goes on."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Hears how a run goes on."""

    def stage(self, name: str, total: int) -> None:
        """Note that a stage has begun; *total* is the size of its tasks, 0 where it is not known."""
        ...

    def done(self, size: int, samples: int) -> None:
        """Note that *size* more with *samples* more samples (or pairs of them) is done."""
        ...


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int) -> None:
        """Do nothing."""

    def done(self, size: int, samples: int) -> None:
        """Do nothing."""
