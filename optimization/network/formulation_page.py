"""The page of the network program, made from the docstrings of its equations and rungs."""

from collections.abc import Callable
from typing import Any

from optimization.formulation_page import describe
from optimization.network.constraints import CONSTRAINTS, SMOOTHING
from optimization.network.objectives import CLINICAL, PAPER, RUNGS

HEAD = """# The network program

Generated from `optimization/network/constraints.py` and `optimization/network/objectives.py`; change those. Each
equation is stated once, over whole tables: the matrix that is solved and the printed text of `tests/spec/network_lp`
come from the same statement.

## Symbols

| Symbol | Meaning | Name in the code |
|---|---|---|
| $i$; $t = 1, \\dots, T$ | site; day of the plan | `site`; `day` |
| $s$, $e_s$ | shelf: component, group, attributes, last day, freshness; its last day of use | `shelves` |
| $p$ | pool: the shelves that may serve the same requests on a day | `pools` |
| $a$ | ask: what a recipient may have | `asks` |
| $q$, $u_q$ | queue: site, ask, shortage tier, deadline class; its deadline class | `queues` |
| $x$, $\\tau_x$, $\\lambda_x$ | link or external source; its days of travel; its lead time | `links`, `externals` |
| $r_{i,s,t}$ | units received: stock, donations, returned and released units | `received` |
| $d_{q,t}$ | units asked for | `asked` |
| $I_{i,s,t}$ | units kept | `kept` |
| $g_{i,s,t}$ | units issued | `issued` |
| $x_{i,p,a,t}$ | units given by a pool to an ask | `given` |
| $v_{x,s,t}$ | units moved | `moved` |
| $y_{q,t}$, $b_{q,t}$, $w_{q,t}$ | units supplied, left waiting, given up | `supplied`, `waiting`, `shortage` |
| $n_{x,a,t}$, $o_{x,t}$ | units from outside to requests, into stock | `external`, `ordered` |
| $f$ | what lacks of a stock target, or differs from yesterday's plan | `safety_gap`, `terminal_gap`, `fewer`, `more` |
| $l$, $h$ | bounds of daily supply of a site and group | `least`, `most` |
"""


def render() -> str:
    """The page ``docs/reference/network-formulation.md``."""
    parts = [HEAD, "## Equations\n", *map(_entry, CONSTRAINTS + SMOOTHING), "## Rungs\n", *map(_entry, RUNGS.values())]
    ladders = (
        f"`{name}`: {', '.join(f'`{rung}`' for rung in ladder)}."
        for name, ladder in (("paper", PAPER), ("clinical", CLINICAL))
    )
    return "\n".join([*parts, "## Ladders by name\n", "\n\n".join(ladders), ""])


def _entry(rule: Callable[..., Any]) -> str:
    number, prose, formula = describe(rule)
    return f"### {number} `{rule.__name__}`\n\n{prose}\n\n$$\n{formula}\n$$\n"
