"""Suites and files that a store remembers of the runs that measured them."""

import pytest

from leaderboard.settings import WORKING_FOLDER
from leaderboard.store.database import open_store
from leaderboard.store.provenance import import_arguments
from leaderboard.store.records import RunStatus
from leaderboard.store.suites import remembered_suites, stored_catalogue
from leaderboard.tasks.recorded import NOTED, TASK_FILES
from tests.synthetic.records import environment_record
from tests.synthetic.tasks import small_task

MINE = {"name": "mine", "adapt_to": "reviews", "tasks": {"reviews": ["accuracy"]}}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Notes a run with some arguments in a store of the working directory, where a task and a suite are."""
    monkeypatch.chdir(tmp_path)
    small_task(tmp_path, name="reviews")
    (tmp_path / "mine.yaml").write_text("from: accuracy/reviews.yaml\naxes: [latency]\n")
    store = open_store(f"sqlite:///{tmp_path}/store.db")

    def noted(**arguments):
        store.end_run(store.start_run(arguments, environment_record()), RunStatus.FINISHED)
        return store

    return noted


def test_the_newest_suite_of_a_name_is_remembered(run):
    run(**{NOTED: MINE})
    store = run(**{NOTED: MINE | {"tasks": {"reviews": ["accuracy"], "latency_reviews": ["latency_ratio"]}}})
    run(suite="core")
    assert list(remembered_suites(store)["mine"].tasks) == ["reviews", "latency_reviews"]


def test_a_suite_comes_with_the_results_of_another_machine(run):
    store = run(**import_arguments({NOTED: MINE}, digest="0" * 64, file="theirs.json"))
    assert list(remembered_suites(store)) == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"suite": "mine.yaml"}, "latency_reviews"),
        ({"suite": None, "task": ["sst2", "./accuracy/reviews.yaml"]}, "reviews"),
    ],
)
def test_files_of_a_run_are_read_where_they_are_still_there(run, arguments, name):
    assert name in stored_catalogue(run(**arguments)).tasks


def test_files_that_a_store_of_a_stranger_names_elsewhere_are_not_read(run, tmp_path, monkeypatch):
    (tmp_path / "inside").mkdir()
    store = run(suite=str(tmp_path / "mine.yaml"), task=["../accuracy/reviews.yaml", 5, "gone.yaml"])
    monkeypatch.chdir(tmp_path / "inside")
    assert not {"reviews", "latency_reviews"} & set(stored_catalogue(store).tasks)


def test_files_that_a_document_names_are_not_read(run):
    store = run(**import_arguments({"suite": "mine.yaml"}, digest="0" * 64, file="theirs.json"))
    assert "reviews" not in stored_catalogue(store).tasks


def test_a_task_of_own_data_is_read_again_below_the_working_folder_alone(run, tmp_path, monkeypatch):
    text = (tmp_path / "accuracy" / "reviews.yaml").read_text().replace("name: reviews", "name: own")
    noted = {"accuracy/own.yaml": text, str(tmp_path.parent / "far.yaml"): text.replace("name: own", "name: far")}
    store = run(**{TASK_FILES: noted | {"accuracy/broken.yaml": "[", "accuracy/number.yaml": 5}})
    assert stored_catalogue(store).tasks["own"].folder == tmp_path / "accuracy"
    assert not {"far", "broken", "number"} & set(stored_catalogue(store).tasks)
    monkeypatch.setenv(WORKING_FOLDER, str(tmp_path.parent))
    assert stored_catalogue(store).tasks["far"].folder == tmp_path.parent


def test_the_task_of_own_data_in_a_document_is_not_read(run, tmp_path):
    text = (tmp_path / "accuracy" / "reviews.yaml").read_text().replace("name: reviews", "name: own")
    noted = {TASK_FILES: {"accuracy/own.yaml": text}}
    assert "own" not in stored_catalogue(run(**import_arguments(noted, digest="0" * 64, file="theirs.json"))).tasks
