"""Steps from one shape of the tables to the next; written once, never edited after a release."""
