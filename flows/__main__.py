"""`python -m flows` is the command `hemoflow`."""

from flows.cli import main

if __name__ == "__main__":  # processes that a backfill starts import this module again
    main()
