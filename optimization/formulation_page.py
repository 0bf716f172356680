"""The page of the program, made from the docstrings of its equations and rungs: it cannot drift from the code."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from optimization.constraints import CONSTRAINTS
from optimization.objectives import LADDER, OPTIONAL, TIE_BREAK

HEAD = """# The program

Generated from `optimization/constraints.py` and `optimization/objectives.py` by `optimization.formulation_page.render`;
change those. Numbers are those of De Angelis, Ricciardi and Storchi, *Optimizing blood assignment in a
donation-transfusion system*, International Transactions in Operational Research (2001).

## Symbols

| Symbol | Meaning | Name in the code |
|---|---|---|
| $t = 1, \\dots, T$ | days of the horizon; day 1 is the run's day | `days` |
| $u \\in U$ | deadline classes in days: 0 very urgent, 1 urgent, 8 not urgent | `classes` |
| $L$ | shelf life in days; the day of collection is the first | `shelf_life_days` |
| $r_k$ | units collected on day $k$; opening stock for $k \\le 0$ | `received` |
| $d^u_k$ | requests of class $u$ made on day $k$; backlog for $k \\le 0$ | `requested` |
| $c_t$ | units supplied from stock and donations | `internal` |
| $n_t$ | units from outside the system | `external` |
| $y^u_t$ | units supplied to class $u$ | `supplied` |
| $b^u_t$ | requests of class $u$ open after day $t$ | `waiting` |
| $m_t$ | units outdated at the end of day $t$ | `outdated` |
| $s_t$ | units of the collection days $t-L+2, \\dots, t$ already supplied by the end of day $t$ | `carry` |
| $l, h$ | bounds of daily internal supply | `least`, `most` |
"""


def render() -> str:
    """The page ``docs/reference/formulation.md``."""
    sections = [
        ("Equations", [rule for rule, _ in CONSTRAINTS]),
        ("The ladder", list(LADDER)),
        ("Further rungs, where a policy names them", list(OPTIONAL)),
        ("The tie-break", list(TIE_BREAK)),
    ]
    body = [f"## {title}\n\n" + "\n".join(map(_entry, rules)) for title, rules in sections]
    return "\n".join([HEAD, *body])


def _entry(rule: Callable[..., Any]) -> str:
    number, prose, formula = describe(rule)
    return f"### {number} `{rule.__name__}`\n\n{prose}\n\n$$\n{formula}\n$$\n"


def describe(rule: Callable[..., Any]) -> tuple[str, str, str]:
    """Number, prose and LaTeX of an equation or a rung, from its docstring.

    Raises:
        ValueError: The docstring lacks one of the three.
    """
    found = re.fullmatch(
        r"\[(?P<number>.+?)\] (?P<prose>.+)\n\n\$\$(?P<formula>.+)\$\$", inspect.getdoc(rule) or "", re.S
    )
    if not found:
        raise ValueError(f"{rule.__name__} needs a docstring: [number] prose, an empty line, $$LaTeX$$.")
    return f"({found['number']})", found["prose"], found["formula"]
