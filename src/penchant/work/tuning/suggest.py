"""New hyperparameters from how those before them did: Optuna's tree-structured Parzen estimator (Bergstra et al. 2011).

The study is made anew for each question out of the trials that are written down, with a seed that counts them, so that
the same trials always lead to the same suggestions.
"""

from collections.abc import Sequence
from typing import Any

from ...resources.trials import Trial
from .goal import Goal
from .space import Dimension, Values

SEED = 20240104
AGAIN = 20
"""How often something new is asked for before there is nothing new."""


def suggested(
    space: Sequence[Dimension], trials: Sequence[Trial], known: Sequence[Values], count: int, starts: int, goal: Goal
) -> list[Values]:
    """Up to `count` values that are not `known`. The first `starts` trials were not suggested, and are learnt from."""
    if not space:
        return []
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kinds = {each.name: distribution(each) for each in space}
    sampler = optuna.samplers.TPESampler(seed=SEED + len(known), n_startup_trials=starts, multivariate=True)
    study = optuna.create_study(sampler=sampler, direction="maximize")
    for trial in trials:
        if (value := compared(trial, trials[0], goal)) is not None:
            study.add_trial(optuna.trial.create_trial(value=value, params=dict(trial.parameters), distributions=kinds))
    found: list[Values] = []
    for _ in range(AGAIN):
        asked = study.ask(kinds).params
        values = {each.name: each.nearest(asked[each.name]) for each in space}
        if values not in (*known, *found):
            found.append(values)
            if len(found) == count:
                break
    return found


def compared(trial: Trial, first: Trial, goal: Goal) -> float | None:
    """By how much a trial is better than the first one after the same share of a training: trials that were trained for
    longer and for shorter can be told apart by that alone."""
    for point in reversed(trial.curve):
        if other := first.at(point.share):
            return goal.good(point.value) - goal.good(other.value)
    return None


def distribution(dimension: Dimension) -> Any:
    from optuna import distributions

    if dimension.words:
        return distributions.CategoricalDistribution(dimension.words)
    if dimension.is_whole:
        return distributions.IntDistribution(int(dimension.low), int(dimension.high), log=dimension.is_wide)
    return distributions.FloatDistribution(dimension.low, dimension.high, log=dimension.is_wide)
