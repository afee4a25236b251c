"""A plug-in brings a protocol with a metric of its own on an axis of this program."""

import json
from pathlib import Path

import pytest
import yaml

from leaderboard.testing.models import tiny_bert
from tests.extend.conftest import Program
from tests.synthetic.tasks import small_task

HERE = Path(__file__).parent
pytestmark = pytest.mark.end_to_end

OTHERS = [f"--weight={axis}=0" for axis in ("ood", "bias", "privacy", "latency", "explainability")]


@pytest.fixture(scope="module")
def measured(installed):
    """A model that was measured by the protocol `overconfidence`."""
    environment = installed(HERE / "overconfidence")
    folder = environment.folder
    small_task(folder / "tasks", name="sure", protocol="overconfidence", metrics=["overconfidence"])
    leaderboard = Program(environment.python, folder)
    model = tiny_bert(folder / "model", masked_head=False)
    task = str(folder / "tasks" / "accuracy" / "sure.yaml")
    leaderboard("run", "--model", str(model), "--task", task, "--recipe", "probe", "--offline")
    return leaderboard


def test_the_metric_is_listed_on_its_axis(measured):
    assert "overconfidence" in [row["metric"] for row in measured.rows("metrics", "--axis", "accuracy")]


def test_it_counts_on_its_axis(measured):
    (row,) = measured.rows("rank", *OTHERS)
    assert row["rank"] == 1
    assert row["score"] == row["accuracy"] > 0
    assert len(measured.rows("rank", *OTHERS, "--where", "overconfidence <= 1")) == 1


def test_rules_and_documents_know_it(measured):
    measured("export", "--format", "json", "--output", "out.json")
    document = json.loads((measured.folder / "out.json").read_text())
    assert document["metrics"]["overconfidence"]["target"] == 0
    assert "1 new" in measured("import", "out.json", "--store", "other.db")
    (measured.folder / "gate.yaml").write_text(yaml.safe_dump({"rules": ["accuracy.sure.overconfidence <= 1"]}))
    assert "PASS: 1 rule" in measured("gate")


def test_stored_observations_are_estimated_again(measured):
    assert measured("recompute") == "evaluations recomputed: 1, unchanged: 0\n"


def test_without_the_plug_in_the_number_is_shown_and_two_subjects_are_compared(measured):
    without = measured.without_plugins()
    (row,) = without.rows("results")
    assert (row["metric"], row["status"], row["better"]) == ("overconfidence", "measured", "target")
    (compared,) = without.rows("compare", row["subject"], row["subject"])
    assert compared["metric"] == "overconfidence"
    (ranked,) = without.rows("rank", "--task", "sure")
    assert "accuracy: sure: metric 'overconfidence' is not installed" in ranked["not_ranked"]
