"""The mathematical program of supply: its statement, its solver, its judge, and what follows for units and orders."""
