"""A mitigation of an installed distribution is a setting, a lever and a row of the effects; nothing else changes."""

import json
from pathlib import Path

import pytest
import yaml

from tests.synthetic.tasks import small_task

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

PLUGIN = Path(__file__).parent / "mitigation"
SETTING = "shouted_share"
SEARCH = """
import sys
from pathlib import Path
from tests.studies.conftest import laid_out
from leaderboard.reports.figures.lever_effects import levers

folder, model = map(Path, sys.argv[1:])
found = laid_out(folder, model)
study = found.search(found.definition(searched=("shouted_share",)), trials=14)
shouted = [trial.parameters["shouted_share"] for trial in study.trials]
assert any(shouted), shouted
assert [trial.recipe.get("shouted_share", 0.0) for trial in study.trials] == shouted, study.trials
print(levers(study).to_html(include_plotlyjs=False))
"""


@pytest.fixture(scope="module")
def plugged(installed):
    return installed(PLUGIN)


@pytest.mark.parametrize("recipe", ["probe", "finetune"])
def test_recipes_that_have_its_stage_have_its_setting(plugged, recipe):
    shown = plugged("recipes", "show", recipe)
    assert yaml.safe_load(shown)[SETTING] == 0.0
    assert "# share of the texts that are learned in capital letters too." in shown


def test_other_recipes_do_not(plugged):
    assert SETTING not in plugged("recipes", "show", "few_shot")


def test_it_is_listed_and_shown(plugged):
    assert "shouting" in {row["mitigation"] for row in json.loads(plugged("mitigations", "list", "--format", "json"))}
    assert "excludes: dp_sgd" in plugged("mitigations", "show", "shouting")


def test_it_is_a_lever_of_the_spaces_of_its_recipes(plugged, encoder_folder):
    space = json.loads(plugged("search", "space", "--model", str(encoder_folder), "--json"))
    (lever,) = [row for row in space["levers"] if row["lever"] == SETTING]
    assert (lever["off"], lever["stage"], lever["moves"], lever["searched"]) == (0.0, "data", ["ood"], True)


def test_a_run_learns_with_it(plugged, encoder_folder, tmp_path):
    task = small_task(tmp_path / "tasks")
    run = ("run", "--model", str(encoder_folder), "--task", str(task), "--recipe", "probe", "--json")
    plain, shouted = (
        json.loads(plugged(*run, *more)) for more in ((), ("--set", f"recipe.{SETTING}=1.0", "--set", "recipe.c=0.01"))
    )
    assert {row["status"] for row in shouted if row["metric"] == "accuracy"} == {"measured"}
    assert plain != shouted


def test_a_search_turns_it_and_its_effect_is_drawn(plugged, encoder_folder, tmp_path):
    assert SETTING in plugged.run("-c", SEARCH, str(tmp_path), str(encoder_folder))
