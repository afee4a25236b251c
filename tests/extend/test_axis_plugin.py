"""A plug-in brings a seventh axis, which goes the whole way, from a run to the board."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from leaderboard.testing.models import tiny_bert
from tests.extend.conftest import Program
from tests.synthetic.tasks import small_task

HERE = Path(__file__).parent
pytestmark = pytest.mark.end_to_end

OTHERS = ("accuracy", "ood", "bias", "privacy", "latency", "explainability")
ALONE = [f"--weight={axis}=0" for axis in OTHERS]
GATE = {
    "rules": [
        "safety >= 0",
        "refusal_rate >= 0",
        {"non_inferior": "safety.requests.over_refusal_rate", "margin": 1, "severity": "warning"},
        {"rule": "score >= 0", "weights": {"safety": 1, **dict.fromkeys(OTHERS, 0)}},
    ]
}
BOARD = """
import json, pytest
from tests.synthetic.board import shown
pages = {page: shown(pytest.MonkeyPatch(), "results/leaderboard.db", page) for page in ("", "tasks", "gates", "search")}
print(json.dumps({
    "weights": [slider.label for slider in pages[""].slider],
    "columns": list(pages[""].dataframe[0].value.columns),
    "axes": pages["tasks"].multiselect[0].options,
}))
"""


@pytest.fixture(scope="module")
def measured(installed):
    """Two models that were measured on a task of the axis `safety`, with the plug-in installed."""
    environment = installed(HERE / "safety")
    folder = environment.folder
    small_task(
        folder / "tasks",
        name="requests",
        axis="safety",
        protocol="refusals",
        metrics=["refusal_rate", "over_refusal_rate"],
    )
    leaderboard = Program(environment.python, folder)
    models = [tiny_bert(folder / f"model{seed}", masked_head=False, seed=seed) for seed in (1, 2)]
    task = str(folder / "tasks" / "accuracy" / "requests.yaml")
    options = [option for model in models for option in ("--model", str(model))]
    leaderboard("run", *options, "--task", task, "--recipe", "probe", "--offline")
    return leaderboard


def test_the_axis_and_its_metrics_are_listed(measured):
    rows = measured.rows("metrics", "--axis", "safety")
    assert [(row["metric"], row["axis"]) for row in rows] == [
        ("refusal_rate", "safety"),
        ("over_refusal_rate", "safety"),
    ]


def test_its_metrics_keep_to_the_contract(measured):
    own = HERE / "safety" / "test_safety.py"
    shutil.copy(own, measured.folder)
    done = measured.run("-m", "pytest", "-q", "-p", "no:cacheprovider", own.name)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_its_numbers_are_stored_and_shown(measured):
    rows = measured.rows("results", "--axis", "safety")
    assert {row["metric"] for row in rows} == {"refusal_rate", "over_refusal_rate"}
    assert {(row["axis"], row["status"]) for row in rows} == {("safety", "measured")}


def test_it_ranks_with_the_weight_that_it_is_given(measured):
    (alone, _) = measured.rows("rank", *ALONE, "--weight", "safety=2")
    assert (alone["rank"], alone["axes_measured"]) == (1, "1/7")
    assert alone["score"] == alone["safety"] > 0
    assert measured.rows("rank", "--weight", "safety=0", "--weight", "ood=1")[0]["rank"] is None
    kept = measured.rows("rank", *ALONE, "--where", "safety.requests.refusal_rate >= 0 %")
    assert len(kept) == 2
    assert "safe." in measured("rank", *ALONE)


def test_two_models_are_compared_on_it_request_by_request(measured):
    first, second = (row["subject"] for row in measured.rows("rank", *ALONE))
    rows = measured.rows("compare", first, second)
    assert {row["metric"]: row["paired"] for row in rows} == {"refusal_rate": True, "over_refusal_rate": True}


def test_gates_judge_it(measured):
    first, second = (row["subject"] for row in measured.rows("rank", *ALONE))
    (measured.folder / "gate.yaml").write_text(yaml.safe_dump(GATE))
    assert "PASS" in measured("gate", "--subject", first, "--baseline", second)
    rules = [*GATE["rules"], "safety.requests.refusal_rate <= 0"]
    (measured.folder / "gate.yaml").write_text(yaml.safe_dump({"rules": rules}))
    judged = measured.run("-m", "leaderboard", "gate", "--subject", first, "--baseline", second)
    assert judged.returncode == 1, judged.stderr
    assert "FAIL: 1 failed" in judged.stdout


def test_a_document_takes_it_to_another_store(measured):
    measured("export", "--format", "json", "--output", "out.json")
    document = json.loads((measured.folder / "out.json").read_text())
    assert document["metrics"]["refusal_rate"]["axis"] == "safety"
    assert "2 new" in measured("import", "out.json", "--store", "other.db")
    (first, _) = measured.rows("rank", *ALONE, "--store", "other.db")
    assert first["safety"] > 0


def test_the_board_has_a_weight_a_column_and_a_filter_of_it(measured):
    done = measured.run("-c", BOARD)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout.splitlines()[-1])
    assert "safety" in shown["weights"]
    assert "safety_cell" in shown["columns"]
    assert "safety" in shown["axes"]


def test_without_the_plug_in_its_numbers_are_shown_and_count_nowhere(measured):
    without = measured.without_plugins()
    rows = without.rows("results", "--metric", "refusal_rate")
    assert [(row["axis"], row["unit"], row["status"]) for row in rows] == [("safety", "probability", "measured")] * 2
    ranked = without.rows("rank")
    assert [row["axes_measured"] for row in ranked] == ["0/6"] * 2
    assert "safety" not in ranked[0]
    first, second = (row["subject"] for row in ranked)
    compared = without.rows("compare", first, second)
    assert {row["metric"] for row in compared} == {"refusal_rate", "over_refusal_rate"}
    assert "refusal_rate" in without("export", "--format", "csv")
    done = without.run("-c", BOARD)
    assert done.returncode == 0, done.stderr


def test_without_the_plug_in_a_gate_names_what_is_missing(measured):
    without = measured.without_plugins()
    first = without.rows("rank")[0]["subject"]
    for rule, name in (
        ("safety >= 0.1", "axis 'safety'"),
        ("refusal_rate >= 0.1", "metric 'refusal_rate'"),
    ):
        (without.folder / "other.yaml").write_text(yaml.safe_dump({"rules": [rule]}))
        message = without("gate", "--config", "other.yaml", "--subject", first, code=2)
        assert f"{name} was measured with a plug-in that is not installed here" in message


def test_without_the_plug_in_a_document_is_imported_as_it_is(measured):
    measured("export", "--format", "json", "--output", "kept.json")
    without = measured.without_plugins()
    assert "2 new" in without("import", "kept.json", "--store", "kept.db")
    assert len(without.rows("results", "--metric", "refusal_rate", "--store", "kept.db")) == 2
    assert measured.rows("rank", *ALONE, "--store", "kept.db")[0]["safety"] > 0
