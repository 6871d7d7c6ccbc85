"""The group that all commands belong to, and the exit codes."""

from __future__ import annotations

import click

from instrkit.version import VERSION

__all__ = ["DONE", "FINDINGS", "INTERRUPTED", "USAGE", "cli"]

DONE, FINDINGS, USAGE, INTERRUPTED = 0, 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="instrkit")
def cli() -> None:
    """Convert, clean and render instruction-tuning data, losing nothing silently."""
