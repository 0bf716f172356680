"""The words of the command `hemoflow`, one subject a file; `flows.cli` puts them together."""
