"""Variants of a training: points that differ only in what follows training, and reuse its weights."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.mitigations.levers import Phase
from leaderboard.mitigations.ranges import Value
from leaderboard.studies.bases import bases
from leaderboard.studies.definition import Definition
from leaderboard.studies.space import Space

if TYPE_CHECKING:
    import optuna

    from leaderboard.store.records import TrialRecord

PARENT = "parent"
"""User attribute of a variant: number of the trial whose training it reuses."""


def enqueue_variants(study: "optuna.Study", space: Space, parent: "TrialRecord", definition: Definition) -> None:
    """Queue the variants of a trial.

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
    """Return points of the space that differ from a point only in what follows training.

    Each changes one lever to a random value, so that the effect of each lever is separate.

    Args:
        space: of the search.
        parameters: of the given point.
        number: of its trial.
        definition: says how many, and the seed.
    """
    following = space.of_phase(Phase.ANSWERS)
    rng = np.random.default_rng([definition.seed, number])
    turned = [following[index] for index in rng.permutation(len(following))[: definition.variants]]
    return [{**parameters, name: space.searched[name].drawn(rng, parameters[name])} for name in turned]
