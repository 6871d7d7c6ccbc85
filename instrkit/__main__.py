"""`python -m instrkit` is the command line."""

from instrkit.cli import main

main()
