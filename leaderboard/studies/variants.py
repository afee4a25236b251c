"""Variants: after a training, points that differ from it only in what follows; they cost no training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.studies.bases import bases
from leaderboard.studies.definition import Definition
from leaderboard.studies.levers import Stage
from leaderboard.studies.ranges import Value
from leaderboard.studies.space import Space

if TYPE_CHECKING:
    import optuna

    from leaderboard.store.records import TrialRecord

PARENT = "parent"
"""The user attribute of a variant that says whose training it shares."""


def enqueue_variants(study: "optuna.Study", space: Space, parent: "TrialRecord", definition: Definition) -> None:
    """Put the variants of a trial in front of what is tried next.

    Nothing is done where no training is shared, or nothing follows it that could be turned.

    Args:
        study: of Optuna.
        space: of the search.
        parent: whose weights are known.
        definition: says how many, and the seed.
    """
    if not bases.get(space.base).trains:
        return
    for parameters in variants(space, parent.parameters, parent.number, definition):
        study.enqueue_trial(parameters, user_attrs={PARENT: parent.number}, skip_if_exists=True)


def variants(
    space: Space, parameters: Mapping[str, Value], number: int, definition: Definition
) -> list[dict[str, Value]]:
    """Points of the space that share all but what follows training with a given one.

    Each turns one lever of that kind alone, to a random value: so that the effect of each is seen by itself.

    Args:
        space: of the search.
        parameters: of the given point.
        number: of its trial.
        definition: says how many, and the seed.
    """
    following = space.of_stage(Stage.ANSWERS)
    rng = np.random.default_rng([definition.seed, number])
    turned = [following[index] for index in rng.permutation(len(following))[: definition.variants]]
    return [{**parameters, name: space.searched[name].drawn(rng, parameters[name])} for name in turned]
