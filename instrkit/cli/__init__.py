"""The command line: parse, call, print. What is done is done by `api`, `story`, `catalogue` and `templates`."""

from __future__ import annotations

import os
import signal
import sys

import click

from instrkit.cli import catalogue, jobs, look, render, templates
from instrkit.cli.group import DONE, FINDINGS, INTERRUPTED, USAGE, cli

__all__ = ["catalogue", "cli", "jobs", "look", "main", "render", "templates"]


def main() -> None:
    """Run the command line and exit: 0 done, 1 findings under --strict, 2 usage or input error, 130 interrupted."""
    from instrkit.errors import InstrkitError, LossError, OutputClosedError

    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except OutputClosedError:
        _forget_stdout()
        sys.exit(DONE)
    except LossError as error:
        click.echo(f"instrkit: {error}", err=True)
        sys.exit(FINDINGS)
    except InstrkitError as error:
        for line in str(error).split("\n"):
            click.echo(f"instrkit: {line}", err=True)
        sys.exit(USAGE)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo(
            "instrkit: interrupted: the output is as it was, finished work is kept; run again to go on", err=True
        )
        sys.exit(INTERRUPTED)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"instrkit: {place}{error.strerror or error}: the output is as it was", err=True)
        sys.exit(USAGE)
    sys.exit(code if isinstance(code, int) else DONE)


def _terminated(number: int, frame: object) -> None:
    """End like Ctrl-C does: temporary files go, workers stop, the exit code says by which signal."""
    del frame
    sys.exit(128 + number)


def _forget_stdout() -> None:
    """Keep the interpreter from writing what is still buffered to a closed pipe, and complaining."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
