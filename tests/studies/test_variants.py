"""Variants: the same training, one lever of what follows turned."""

from leaderboard.mitigations.levers import Phase
from leaderboard.studies.bases import bases
from leaderboard.studies.definition import Definition
from leaderboard.studies.space import Space
from leaderboard.studies.variants import variants

LEVERS = bases.get("training").levers(2)
SEARCHED = ("learning_rate", "temperature", "quantise", "prune", "drop_layers")
SPACE = Space("training", 2, {name: LEVERS[name].range for name in SEARCHED}, {})


def definition(**changes: object) -> Definition:
    settings = {
        "model": "m",
        "suite": "core",
        "mode": "pareto",
        "terms": ["accuracy", "bias"],
        "space": SPACE.to_json(),
    }
    return Definition.model_validate(settings | changes)


def test_each_variant_turns_one_lever_of_what_follows_training() -> None:
    parent = {**SPACE.off, "learning_rate": 1e-4}
    for number in range(20):
        for point in variants(SPACE, parent, number, definition(variants=3)):
            turned = [name for name in point if point[name] != parent[name]]
            assert len(turned) == 1
            assert LEVERS[turned[0]].phase is Phase.ANSWERS
            assert point[turned[0]] in SPACE.searched[turned[0]]


def test_there_are_as_many_as_were_asked_for_and_no_more_than_levers() -> None:
    assert len(variants(SPACE, SPACE.off, 1, definition(variants=2))) == 2
    assert variants(SPACE, SPACE.off, 1, definition(variants=0)) == []
    assert len(variants(SPACE, SPACE.off, 1, definition(variants=9))) == 4


def test_the_same_trial_has_the_same_variants() -> None:
    assert variants(SPACE, SPACE.off, 7, definition()) == variants(SPACE, SPACE.off, 7, definition())
