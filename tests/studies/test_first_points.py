"""First points: random, with few mitigations on at a time."""

import optuna
import pytest

from leaderboard.mitigations.ranges import Choice, Real, Value
from leaderboard.recipes.registry import recipes
from leaderboard.studies.bases import bases
from leaderboard.studies.first_points import ON, FirstPoints
from leaderboard.studies.space import Space

LAYERS = 6
POINTS = 300
MITIGATIONS = {
    "deduplicate",
    "anonymise",
    "augment",
    "counterfactual_share",
    "debias_directions",
    "mixup",
    "dp_noise",
    "group_thresholds",
}


def drawn(space: Space, seed: int, count: int = POINTS) -> list[dict[str, Value]]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=FirstPoints(space, seed))
    points = []
    for _ in range(count):
        trial = study.ask()
        points.append({name: values.suggested(trial, name) for name, values in space.searched.items()})
    return points


@pytest.fixture(scope="module")
def probes() -> Space:
    levers = bases.get("probe").levers(LAYERS)
    return Space(
        "probe", LAYERS, {name: levers[name].range for name in (*MITIGATIONS, "layer", "c", "temperature")}, {}
    )


@pytest.mark.slow
def test_a_mitigation_is_on_in_few_points_and_takes_all_its_values(probes: Space) -> None:
    points = drawn(probes, 0)
    for name in MITIGATIONS:
        on = [point[name] for point in points if point[name] != probes.off[name]]
        assert ON - 0.1 < len(on) / POINTS < ON + 0.1, name
        values = probes.searched[name]
        if isinstance(values, Choice):
            assert {probes.off[name], *on} == set(values.choices)
        assert all(each in values for each in on)


def test_what_has_no_off_is_drawn_every_time(probes: Space) -> None:
    points = drawn(probes, 0)
    assert {point["layer"] for point in points} == set(range(LAYERS + 1))
    assert len({point["c"] for point in points}) == POINTS
    assert sum(point["temperature"] < 1 for point in points) == pytest.approx(POINTS / 3, abs=POINTS / 8)  # log


def test_the_seed_alone_decides(probes: Space) -> None:
    assert drawn(probes, 1, 5) == drawn(probes, 1, 5) != drawn(probes, 2, 5)


@pytest.mark.parametrize("base", list(bases))
def test_every_first_point_of_a_base_is_a_recipe(base: str) -> None:
    levers = bases.get(base).levers(LAYERS)
    space = Space(base, LAYERS, {name: lever.range for name, lever in levers.items()}, {}, {"tasks": ["sst2"]})
    for point in drawn(space, 3, 30):
        assert all(point[name] in values for name, values in space.searched.items())
        assert space.recipe(point).recipe in recipes


def test_a_range_without_off_is_drawn_whole() -> None:
    space = Space("probe", LAYERS, {"augment": Choice(choices=("typos", "synonyms"))}, {})
    assert {point["augment"] for point in drawn(space, 0, 40)} == {"typos", "synonyms"}


def test_a_range_that_is_off_alone_stays_off() -> None:
    nothing = {"augment": Choice(choices=("none",)), "mixup": Real(low=0, high=0, half_off=True)}
    assert drawn(Space("probe", LAYERS, nothing, {}), 0, 20) == [{"augment": "none", "mixup": 0}] * 20


@pytest.mark.parametrize(("name", "choices"), [("augment", ("none", "none")), ("deduplicate", (False, False))])
def test_choices_that_are_all_off_end_the_draws(name: str, choices: tuple[Value, ...]) -> None:
    (point,) = drawn(Space("probe", LAYERS, {name: Choice(choices=choices)}, {}), 3, 40)[-1:]
    assert point == {name: choices[0]}
