"""A search for the axis of a plug-in: as a weighted term, as a constraint, and on a Pareto front."""

import json
from pathlib import Path

import pytest
import yaml

from leaderboard.testing.models import tiny_bert
from tests.extend.conftest import Program
from tests.synthetic.tasks import small_task

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

PLUGIN = Path(__file__).parent / "safety"
OVER_REFUSAL = "safety.requests.over_refusal_rate"
GOALS = {
    "summed": ["--weighted", "safety=2,accuracy=1"],
    "bounded": ["--minimize", OVER_REFUSAL, "--subject-to", "safety >= baseline - 0.5"],
    "front": ["--pareto", "safety,accuracy", "--subject-to", f"{OVER_REFUSAL} <= 90 %"],
}
TRIALS = {"summed": 3, "bounded": 3, "front": 10}
"""Effects of levers need ten trials."""
SPACE = {"base": "probe", "others": "off", "levers": {"c": {"low": 0.001, "high": 1.0, "log": True}}}
PAGE = """
import json, pytest
from tests.synthetic.board import shown

def page(view):
    return shown(pytest.MonkeyPatch(), "results/leaderboard.db", "search", study="front", view=view)

table = page("trials").dataframe[-1].value
print(json.dumps({
    "utilities": table["safety"].dropna().tolist(),
    "figures": {view: page(view).get("plotly_chart")[0].proto.spec for view in ("levers", "coordinates", "front")},
}))
"""


@pytest.fixture(scope="module")
def searched(installed):
    """Three studies of one model on a suite with a task of the axis `safety`, with the plug-in installed."""
    environment = installed(PLUGIN)
    folder = environment.folder
    metrics = ["refusal_rate", "over_refusal_rate"]
    safety = {"axis": "safety", "protocol": "refusals", "metrics": metrics, "adapt_to": "small"}
    tasks = [small_task(folder), small_task(folder, name="requests", **safety)]
    suite = {"name": "mine", "description": "Films.", "adapt_to": "small", "tasks": [str(task) for task in tasks]}
    for name, content in {"mine": suite, "space": SPACE}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    leaderboard = Program(environment.python, folder)
    tiny_bert(folder / "model", masked_head=False)
    for study, goal in GOALS.items():
        search(leaderboard, study, *goal)
    return leaderboard


def search(leaderboard: Program, study: str, *goal: str, code: int = 0) -> str:
    """What a search prints."""
    options = ["--model", "model", "--suite", "mine.yaml", "--space", "space.yaml", "--study", study, "--offline"]
    return leaderboard(
        "search", *options, "--trials", str(TRIALS.get(study, 1)), "--limit", "40", "--threads", "1", *goal, code=code
    )


@pytest.mark.parametrize("study", GOALS)
def test_every_trial_of_every_goal_is_measured_on_it(searched, study):
    trials = searched.rows("search", "trials", study)
    assert [trial["state"] for trial in trials] == ["complete"] * TRIALS[study]
    assert all(0 <= trial["search:safety"] <= 1 for trial in trials)
    assert "safe." in searched("search", "show", study)


def test_a_loss_is_one_minus_its_utility_and_a_constraint_is_checked(searched):
    for trial in searched.rows("search", "trials", "front"):
        assert trial["loss:1 - utility of safety"] == pytest.approx(1 - trial["search:safety"])
        assert trial["feasible"] == (trial[f"violation:{OVER_REFUSAL} <= 90 %"] <= 0)
    for trial in searched.rows("search", "trials", "summed"):
        (loss,) = (value for name, value in trial.items() if name.startswith("loss:"))
        assert loss == pytest.approx(1 - (2 * trial["search:safety"] + trial["search:accuracy"]) / 3)


def test_studies_are_listed_with_their_terms(searched):
    listed = {row["study"]: row["terms"] for row in searched.rows("search", "list")}
    assert listed == {"summed": ["safety", "accuracy"], "bounded": [OVER_REFUSAL], "front": ["safety", "accuracy"]}


def test_the_plots_of_a_study_have_it(searched):
    files = searched("search", "plot", "front", "--to", "plots").split()
    assert "plots/levers.html" in files
    assert "c = " in (searched.folder / "plots" / "levers.html").read_text()
    assert "on safety" in (searched.folder / "plots" / "levers.html").read_text()


def test_the_page_of_a_study_shows_it(searched):
    done = searched.run("-c", PAGE)
    assert done.returncode == 0, done.stderr
    page = json.loads(done.stdout.splitlines()[-1])
    assert len(page["utilities"]) == TRIALS["front"]
    assert {view for view, figure in page["figures"].items() if "safety" in figure} == page["figures"].keys()


def test_a_task_whose_subject_is_not_that_of_the_trials_is_refused_before_anything_is_measured(searched):
    path = small_task(searched.folder, name="apart", axis="safety", protocol="refusals", metrics=["refusal_rate"])
    suite = yaml.safe_load((searched.folder / "mine.yaml").read_text())
    other = {**suite, "name": "other", "tasks": [suite["tasks"][0], str(path)]}
    (searched.folder / "other.yaml").write_text(yaml.safe_dump(other))
    message = search(searched, "apart", "--suite", "other.yaml", "--maximize", "safety", code=2)
    assert "'safety' is reported by task 'apart', whose subject is adapted to 'apart'" in message
    assert "`adapt_to: small`" in message
    assert "apart" not in {row["study"] for row in searched.rows("search", "list")}


@pytest.mark.parametrize("command", [["show"], ["trials"], ["plot", "--to", "missing"], ["resume"]])
def test_without_the_plug_in_a_study_says_what_is_missing(searched, command):
    message = searched.without_plugins()("search", command[0], "front", *command[1:], code=2)
    assert "study 'front': axis 'safety' was measured with a plug-in that is not installed here" in message


def test_without_the_plug_in_studies_are_still_listed(searched):
    assert len(searched.without_plugins().rows("search", "list")) == len(GOALS)
