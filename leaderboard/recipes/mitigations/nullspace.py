"""Nullspace projection: features without the directions that tell which group a text names (INLP).

Ravfogel et al. 2020, Null It Out: Guarding Protected Attributes by Iterative Nullspace Projection. It hides a group
from linear classifiers. That answers for a text and its copy come closer does not follow, and has to be measured.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.mitigations.text_groups import exchanged, remembered_group_of

FloatArray = npt.NDArray[np.float64]

FEWEST = 20
"""Texts that must name either of two groups before a direction between them is looked for."""


@dataclass(frozen=True)
class Contrast:
    """Texts that differ in the group they name and in nothing else: `first[i]` and `second[i]` are copies.

    Attributes:
        groups: the two, in alphabetical order.
        first, second: texts that name the one, and the same texts naming the other.
    """

    groups: tuple[str, str]
    first: Sequence[Text]
    second: Sequence[Text]


def contrasts(texts: Iterable[Text]) -> list[Contrast]:
    """Every pair of groups that enough texts name, with those texts and their copies.

    Raises:
        NotMeasurableError: when too few texts name a group.
    """
    found: dict[tuple[str, str], list[tuple[Text, Text]]] = {}
    for text in dict.fromkeys(texts):
        copy = exchanged(text)
        one, other = remembered_group_of(text), None if copy is None else remembered_group_of(copy)
        if copy is None or one is None or other is None or one == other:
            continue
        sides = ((one, text), (other, copy)) if one < other else ((other, copy), (one, text))
        found.setdefault((sides[0][0], sides[1][0]), []).append((sides[0][1], sides[1][1]))
    enough = {groups: pairs for groups, pairs in found.items() if len(pairs) >= FEWEST}
    if not enough:
        counts = ", ".join(f"{one} or {other} {len(pairs)}" for (one, other), pairs in sorted(found.items()))
        raise NotMeasurableError(
            f"recipe.debias_directions needs {FEWEST} training texts or more that name one of two groups; "
            f"there are: {counts or 'none'}"
        )
    return [
        Contrast(groups, [one for one, _ in pairs], [other for _, other in pairs])
        for groups, pairs in sorted(enough.items())
    ]


def nullspace(found: Sequence[Contrast], features: Callable[[Sequence[Text]], FloatArray], rounds: int) -> FloatArray:
    """The orthogonal projection onto what a linear classifier can no longer tell either side of a contrast from.

    In each round, for each contrast, a logistic regression learns the two sides on what is left of their features, and
    the direction it found is taken out. So `rounds` times `len(found)` directions go.

    Args:
        found: from `contrasts`.
        features: of texts, shape (texts, width).
        rounds: at least 1.

    Returns:
        A symmetric matrix, shape (width, width).

    Raises:
        RequestError: when no direction would be left.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    sides = [np.concatenate([features(each.first), features(each.second)]) for each in found]
    width = sides[0].shape[1]
    if rounds * len(found) >= width:
        raise RequestError(
            f"recipe.debias_directions {rounds}: that many for each of {len(found)} pairs of groups leave nothing of "
            f"{width} features\n  Valid: 0 to {(width - 1) // len(found)}"
        )
    # One number for all features: a direction stays the direction it was, and C means the same for every model.
    sides = [(each - each.mean(0)) / (each.std() or 1.0) for each in sides]
    taken = np.zeros((0, width))
    for _ in range(rounds):
        for inputs in sides:
            left = inputs - (inputs @ taken.T) @ taken
            which = np.repeat([0, 1], len(inputs) // 2)
            direction = LogisticRegression(max_iter=1000).fit(left, which).coef_[0]
            direction -= taken.T @ (taken @ direction)
            if (length := float(np.linalg.norm(direction))) > 0:
                taken = np.vstack([taken, direction / length])
    projection: FloatArray = np.eye(width) - taken.T @ taken
    return projection
