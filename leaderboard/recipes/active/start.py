"""Start of active learning: the pool of texts, and the random ones among them that are labelled first."""

from dataclasses import dataclass

import numpy as np

from leaderboard.data.examples import TextExample
from leaderboard.recipes.active import Active
from leaderboard.recipes.labelled_rounds import check_classes, labelled_pool
from leaderboard.training.preparation import Lesson


@dataclass(frozen=True)
class ActiveStart:
    """Pool of active learning, with its first labels.

    Attributes:
        pool: the labelled training texts.
        chosen: indices of the texts that are labelled first.
        random: random numbers of the choices that follow.
    """

    pool: list[TextExample]
    chosen: list[int]
    random: np.random.Generator


def pool_and_start(recipe: Active, lesson: Lesson, seed: int) -> ActiveStart:
    """Return the pool of a task and its first labels.

    Raises:
        NotMeasurableError: when the task has no labelled texts.
        RequestError: when the budget is larger than the pool, or the start lacks a class.
    """
    pool = labelled_pool(recipe, lesson, needed=recipe.budget, setting="budget")
    random = np.random.default_rng([seed, *b"active"])
    chosen = sorted(random.permutation(len(pool))[: recipe.start].tolist())
    check_classes([pool[index] for index in chosen], lesson, setting="start")
    return ActiveStart(pool, chosen, random)
