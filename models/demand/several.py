"""Several series of one file: each has a method of its own, and all of them have figures in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from models.demand.accuracy import Accuracy
from models.demand.panel import Panel
from models.demand.rolling import Choice, evaluate, figures

EACH_ITS_OWN = "each_its_own"
"""Name under which the figures stand when every series is forecast by the method chosen for it."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of every method, by series and over all of them.

    Attributes:
        selected: The method chosen; ``EACH_ITS_OWN`` where series have different ones.
        models: Figures over all series, by method.
        choices: Who won, by series.
        by_series: Figures by series and method.
    """

    selected: str
    models: dict[str, Accuracy]
    choices: dict[str, Choice]
    by_series: dict[str, dict[str, Accuracy]]

    def document(self) -> dict[str, Any]:
        """For machines; ``series`` is there where the file names series."""
        told: dict[str, Any] = {"selected": self.selected, "models": self.models}
        if any(self.choices):
            told["series"] = {
                name: {"selected": choice.selected, "models": self.by_series[name]}
                for name, choice in self.choices.items()
            }
        return told


def evaluate_series(panels: Sequence[Panel], days: int, probabilities: tuple[float, ...]) -> Evaluation:
    """Evaluate each series over its own last ``days`` days, one day ahead.

    Returns:
        Methods that cannot forecast some series have no figures over all of them.
    """
    found = {panel.history.name: evaluate(panel, days, probabilities) for panel in panels}
    choices = {name: choice for name, (choice, _) in found.items()}
    trials = [tried for _, tried in found.values()]
    models = {
        method: figures([tried[method] for tried in trials], probabilities)
        for method in trials[0]
        if all(method in tried for tried in trials)
    }
    selected = one_or_each(choices.values())
    if selected == EACH_ITS_OWN:
        own = [tried[choice.selected] for choice, tried in found.values()]
        models = {EACH_ITS_OWN: figures(own, probabilities), **models}
    by_series = {
        name: {method: figures([trial], probabilities) for method, trial in tried.items()}
        for name, (_, tried) in found.items()
    }
    return Evaluation(selected, models, choices, by_series)


def one_or_each(choices: Iterable[Choice]) -> str:
    """The method that all have chosen, or ``EACH_ITS_OWN``."""
    names = {choice.selected for choice in choices}
    return names.pop() if len(names) == 1 else EACH_ITS_OWN
