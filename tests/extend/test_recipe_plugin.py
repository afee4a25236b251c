"""A recipe of an installed distribution is named as any other."""

import json
from pathlib import Path

import pytest
import yaml

from tests.synthetic.tasks import small_task

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

PLUGIN = Path(__file__).parent / "recipe"


@pytest.fixture(scope="module")
def plugged(installed):
    return installed(PLUGIN)


def test_it_is_listed_and_shown_with_the_mitigations_of_its_stages(plugged):
    assert "prior" in {row["recipe"] for row in json.loads(plugged("recipes", "list", "--format", "json"))}
    shown = yaml.safe_load(plugged("recipes", "show", "prior"))
    assert (shown["smoothing"], shown["temperature"]) == (1.0, 1.0)


def test_a_run_takes_it_by_name_with_its_settings(plugged, encoder_folder, tmp_path):
    task = small_task(tmp_path / "tasks")
    run = ("run", "--model", str(encoder_folder), "--task", str(task), "--json")
    rows = json.loads(plugged(*run, "--recipe", "prior", "--set", "recipe.smoothing=2"))
    measured = {row["metric"] for row in rows if row["status"] == "measured"}
    assert {row["recipe"] for row in rows} == {"prior"}
    assert "accuracy" in measured
    assert "mcc" not in measured  # one class alone is answered


def test_it_is_a_member_of_an_ensemble(plugged, encoder_folder, tmp_path):
    task = small_task(tmp_path / "tasks")
    run = ("run", "--model", str(encoder_folder), "--task", str(task), "--json")
    rows = json.loads(plugged(*run, "--recipe", "ensemble", "--set", "recipe.member=prior", "--set", "recipe.size=2"))
    assert {row["status"] for row in rows if row["metric"] == "accuracy"} == {"measured"}
