from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.ranking.pareto import contributions, front, history, hypervolume, layers

STAIRS = [[1, 3], [2, 2], [3, 1]]
EDGE = 4
"""Points of the property tests lie on a grid up to here, so that volumes are counts of cells."""


@st.composite
def grids(draw, dimensions=(1, 2, 3), size=7):
    k = draw(st.sampled_from(dimensions))
    points = draw(st.lists(st.tuples(*[st.integers(0, EDGE + 1)] * k), min_size=1, max_size=size))
    return np.array(points, dtype=float)


def corner(points) -> list[float]:
    return [EDGE] * points.shape[1]


def dominates(one, other) -> bool:
    return bool((one <= other).all() and (one < other).any())


def test_staircase_by_hand():
    assert hypervolume(STAIRS, [4, 4]) == 6.0
    assert contributions(STAIRS, [4, 4]).tolist() == [1, 1, 1]
    assert contributions([*STAIRS, [2, 2]], [4, 4]).tolist() == [1, 0, 1, 0]
    assert history(STAIRS, [4, 4]).tolist() == [3, 5, 6]
    assert front(STAIRS).tolist() == [0, 1, 2]


def test_more_objectives_by_hand():
    assert hypervolume([[0, 0.5, 0.5], [0.5, 0, 0.5]], [1, 1, 1]) == pytest.approx(0.375)
    assert hypervolume([[0.5] * 6], [1] * 6) == pytest.approx(0.015625)


def test_layers_by_hand():
    assert layers([*STAIRS, [3, 3], [4, 4]]).tolist() == [0, 0, 0, 1, 2]


def test_random_directions_have_the_volumes_of_another_implementation():
    """Values of moocore and of Optuna's own hypervolume, which agree to 1e-16."""
    rng = np.random.default_rng(0)
    volumes = {}
    for k, n in product(range(2, 8), (50, 100, 200)):
        normal = np.abs(rng.standard_normal((n, k)))
        points = 1 - normal / np.linalg.norm(normal, axis=1, keepdims=True)
        if k == 6:
            volumes[n] = hypervolume(points, [1.1] * k)
    assert volumes == pytest.approx({50: 0.055773, 100: 0.067332, 200: 0.082406}, abs=5e-7)


@pytest.mark.parametrize("k", range(1, 7))
def test_no_points_and_one_point(k):
    assert front([]).tolist() == layers(np.zeros((0, k))).tolist() == []
    assert hypervolume([], [1] * k) == 0.0
    assert contributions([], [1] * k).tolist() == history([], [1] * k).tolist() == []
    point, volume = [[0.5] * k], 0.5**k
    assert front(point).tolist() == layers(point).tolist() == [0]
    assert hypervolume(point, [1] * k) == pytest.approx(volume)
    assert contributions(point, [1] * k) == pytest.approx([volume])
    assert history(point, [1] * k) == pytest.approx([volume])


@pytest.mark.parametrize("k", range(1, 7))
def test_points_that_are_not_better_than_the_reference_on_every_objective_add_nothing(k):
    on_it, beyond = [1.0] * k, [2.0, *[0.0] * (k - 1)]
    for points in ([on_it], [beyond], [on_it, beyond]):
        assert hypervolume(points, [1] * k) == 0.0
        assert not contributions(points, [1] * k).any()
    assert history([beyond, [0.5] * k, on_it], [1] * k) == pytest.approx([0, 0.5**k, 0.5**k])


@pytest.mark.parametrize("k", range(1, 7))
def test_duplicates_stand_side_by_side_and_none_of_them_is_missed(k):
    points = [[0.5] * k, [0.5] * k, [0.9] * k]
    assert front(points).tolist() == [0, 1]
    assert layers(points).tolist() == [0, 0, 1]
    assert not contributions(points, [1] * k).any()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_points_that_are_not_finite_are_refused(wrong):
    for each in (front, layers):
        with pytest.raises(ValueError, match="not a finite number"):
            each([[0.5, 0.5], [0.5, wrong]])
    with pytest.raises(ValueError, match="not a finite number"):
        hypervolume([[0.5, wrong]], [1, 1])
    with pytest.raises(ValueError, match="finite objectives"):
        hypervolume([[0.5, 0.5]], [1, wrong])


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="rows of objectives"):
        front([0.5, 0.5])
    with pytest.raises(ValueError, match="reference has 3 objectives and the points have 2"):
        contributions([[0.5, 0.5]], [1, 1, 1])
    with pytest.raises(ValueError, match="finite objectives"):
        hypervolume([], [])


@given(grids(dimensions=(1, 2, 3, 4, 5, 6), size=9))
def test_layers_are_what_removing_one_front_after_the_other_leaves(points):
    left, expected = set(range(len(points))), np.full(len(points), -1)
    for layer in range(len(points)):
        best = {i for i in left if not any(dominates(points[j], points[i]) for j in left)}
        expected[list(best)] = layer
        left -= best
    assert layers(points).tolist() == expected.tolist()


@given(grids(dimensions=(1, 2, 3, 4)))
def test_hypervolume_counts_the_cells_that_a_point_dominates(points):
    cells = np.array(list(product(range(EDGE), repeat=points.shape[1])))
    covered = (points[:, None, :] <= cells[None, :, :]).all(axis=2).any(axis=0)
    assert hypervolume(points, corner(points)) == pytest.approx(covered.sum())


@given(grids(), st.integers(0, 6), st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_dominated_point_changes_neither_front_nor_hypervolume(points, place, distance):
    k = points.shape[1]
    worse = points[place % len(points)] + np.array(distance[:k]) + np.eye(k)[0]
    more = np.vstack([points, worse])
    assert front(more).tolist() == front(points).tolist()
    assert hypervolume(more, corner(points)) == pytest.approx(hypervolume(points, corner(points)))
    assert contributions(more, corner(points)) == pytest.approx([*contributions(points, corner(points)), 0.0])


@given(grids(), st.randoms(use_true_random=False))
def test_order_of_points_does_not_matter(points, random):
    order = random.sample(range(len(points)), len(points))
    mixed = points[order]
    assert layers(mixed).tolist() == layers(points)[order].tolist()
    assert hypervolume(mixed, corner(points)) == pytest.approx(hypervolume(points, corner(points)))
    assert contributions(mixed, corner(points)) == pytest.approx(contributions(points, corner(points))[order])


@given(grids())
def test_contribution_is_what_the_front_loses_and_all_are_no_more_than_the_hypervolume(points):
    best, each = front(points), contributions(points, corner(points))
    whole = hypervolume(points, corner(points))
    assert each.sum() <= whole + 1e-9
    for place in range(len(points)):
        others = [other for other in best if other != place]
        lost = whole - hypervolume(points[others], corner(points)) if place in best else 0.0
        assert each[place] == pytest.approx(lost)


@given(grids())
def test_history_ends_with_the_hypervolume_and_never_falls(points):
    volumes = history(points, corner(points))
    assert volumes == pytest.approx([hypervolume(points[: i + 1], corner(points)) for i in range(len(points))])
    assert (np.diff(volumes) >= 0).all()
