"""A search for settings of the probability's trees, within a budget, that never looks at the patients it is judged on.

Tree-structured Parzen estimator (Bergstra et al. 2011) on the loss over folds by patient. The policy's own settings are
the first trial, so that a search that finds nothing changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemoflow.domain.policy import Need
from models.need.learning import LearningSet

KEYS = ("max_depth", "learning_rate", "row_share", "column_share")
Losses = Callable[[LearningSet, Need], NDArray[np.float64]]
"""Total loss over held-out rows after each number of trees."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best settings, their number of trees, and the mean loss over the folds searched on."""

    need: Need
    trees: int
    loss: float

    @property
    def settings(self) -> dict[str, float]:
        """The settings that were searched for."""
        return {name: value for name, value in asdict(self.need).items() if name in KEYS}


def chosen(need: Need, report: Mapping[str, Any] | None) -> Need:
    """The policy with the settings of a search, where there was one and it did better.

    Args:
        need: The policy.
        report: What :class:`models.need.folds.OutOfFold` says of a search, for one programme.
    """
    return replace(need, **report["settings"]) if report and report["is_used"] else need


def search(rows: LearningSet, need: Need, losses: Losses, *, seed: int) -> Found:
    """The best of ``need.search_trials`` settings for these rows.

    Args:
        rows: What may be looked at; its folds are searched on.
        need: The policy, which is the first trial, and its budget.
        losses: How settings are judged.
        seed: Seed of the search.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    found: list[Found] = []

    def judge(trial: optuna.Trial) -> float:
        tried = replace(
            need,
            max_depth=trial.suggest_int("max_depth", 1, 4),
            learning_rate=trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
            row_share=trial.suggest_float("row_share", 0.3, 0.9),
            column_share=trial.suggest_float("column_share", 0.1, 0.9),
        )
        total = losses(rows, tried)
        found.append(Found(tried, int(np.argmin(total)) + 1, float(total.min()) / len(rows.fold)))
        return found[-1].loss

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, multivariate=False))
    study.enqueue_trial({name: getattr(need, name) for name in KEYS})
    study.optimize(judge, n_trials=need.search_trials)
    return min(found, key=lambda one: one.loss)
