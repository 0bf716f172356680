"""`python -m flows` is the command `hemoflow`."""

from flows.cli import main

main()
