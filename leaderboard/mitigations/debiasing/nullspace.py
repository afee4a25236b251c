"""Nullspace projection: features without the directions that encode the group that a text names (INLP).

Ravfogel et al. 2020, Null It Out: Guarding Protected Attributes by Iterative Nullspace Projection. It hides a group
from linear classifiers. It does not follow that predictions for a text and its copy become more similar.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.data.examples import Text
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.mitigations.text_groups import cached_group_of, swap_text_groups

MINIMUM_TEXTS = 20
"""Smallest number of texts that must name one of two groups before a direction between them is fitted."""


@dataclass(frozen=True)
class GroupContrast:
    """Texts and their copies with the group exchanged: `first[i]` and `second[i]` differ only in the group.

    Attributes:
        groups: the two groups, in alphabetical order.
        first, second: texts that name the first group, and the same texts naming the second.
    """

    groups: tuple[str, str]
    first: Sequence[Text]
    second: Sequence[Text]


def group_contrasts(texts: Iterable[Text]) -> list[GroupContrast]:
    """Return every pair of groups that enough texts name, with those texts and their copies.

    Raises:
        NotMeasurableError: when too few texts name a group.
    """
    pairs_by_groups: dict[tuple[str, str], list[tuple[Text, Text]]] = {}
    for text in dict.fromkeys(texts):
        copy = swap_text_groups(text)
        one, other = cached_group_of(text), None if copy is None else cached_group_of(copy)
        if copy is None or one is None or other is None or one == other:
            continue
        sides = ((one, text), (other, copy)) if one < other else ((other, copy), (one, text))
        pairs_by_groups.setdefault((sides[0][0], sides[1][0]), []).append((sides[0][1], sides[1][1]))
    sufficient = {groups: pairs for groups, pairs in pairs_by_groups.items() if len(pairs) >= MINIMUM_TEXTS}
    if not sufficient:
        counts = ", ".join(f"{one} or {other} {len(pairs)}" for (one, other), pairs in sorted(pairs_by_groups.items()))
        raise NotMeasurableError(
            f"recipe.debias_directions needs {MINIMUM_TEXTS} training texts or more that name one of two groups; "
            f"there are: {counts or 'none'}"
        )
    return [
        GroupContrast(groups, [one for one, _ in pairs], [other for _, other in pairs])
        for groups, pairs in sorted(sufficient.items())
    ]


def nullspace_projection(
    contrasts: Sequence[GroupContrast], features: Callable[[Sequence[Text]], FloatArray], rounds: int
) -> FloatArray:
    """Return the orthogonal projection after which a linear classifier cannot separate the sides of the contrasts.

    In each round, a logistic regression for each contrast learns the two sides from their projected features, and its
    direction is removed. So `rounds` times the number of contrasts directions are removed.

    Args:
        contrasts: contrasts from `group_contrasts`.
        features: returns features of texts, shape (texts, width).
        rounds: number of rounds, at least 1.

    Returns:
        A symmetric matrix, shape (width, width).

    Raises:
        RequestError: when no direction would remain.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    sides = [np.concatenate([features(each.first), features(each.second)]) for each in contrasts]
    width = sides[0].shape[1]
    if rounds * len(contrasts) >= width:
        raise RequestError(
            f"recipe.debias_directions {rounds}: removing that many for each of {len(contrasts)} pairs of groups "
            f"leaves none of {width} features\n  Valid: 0 to {(width - 1) // len(contrasts)}"
        )
    # One number for all features: a direction stays the direction it was, and C means the same for every model.
    sides = [(each - each.mean(0)) / (each.std() or 1.0) for each in sides]
    directions = np.zeros((0, width))
    for _ in range(rounds):
        for inputs in sides:
            remaining = inputs - (inputs @ directions.T) @ directions
            side_labels = np.repeat([0, 1], len(inputs) // 2)
            direction = LogisticRegression(max_iter=1000).fit(remaining, side_labels).coef_[0]
            direction -= directions.T @ (directions @ direction)
            if (length := float(np.linalg.norm(direction))) > 0:
                directions = np.vstack([directions, direction / length])
    projection: FloatArray = np.eye(width) - directions.T @ directions
    return projection
