"""`python -m instrkit` and the command `instrkit`: the door, which imports nothing before it can take Ctrl-C."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    try:
        from instrkit.cli import main as run
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
