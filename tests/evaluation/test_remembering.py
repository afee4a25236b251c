"""A store remembers the suites that do not come with the program, also where it has all their numbers already."""

import pytest

from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.backend import LocalBackend
from leaderboard.errors import RequestError
from leaderboard.evaluation.runner import Runner
from leaderboard.evaluation.task_request import task_request
from leaderboard.store.suites import remembered_suites
from leaderboard.tasks import default_catalogue
from leaderboard.tasks.recorded import NOTED
from tests.synthetic.tasks import small_task

MINE = {"name": "mine", "adapt_to": "small", "tasks": {"small": ["accuracy"]}}


@pytest.fixture
def file(tmp_path):
    small_task(tmp_path, name="reviews")
    path = tmp_path / "mine.yaml"
    path.write_text("from: accuracy/reviews.yaml\naxes: all\n")
    return str(path)


def test_a_suite_of_a_file_is_requested_and_noted(file):
    catalogue = default_catalogue()
    wanted = task_request(catalogue, suite=file)
    assert wanted.suite.name == "mine"
    assert wanted.adapt_to.name == "reviews"
    assert wanted.notes(catalogue)[NOTED]["tasks"]["membership_reviews"] == ["leak_auc"]


@pytest.mark.parametrize("wanted", [{"suite": "core"}, {"tasks": ["sst2"]}, {}])
def test_a_request_for_what_comes_with_the_program_notes_nothing(wanted):
    catalogue = default_catalogue()
    assert task_request(catalogue, **wanted).notes(catalogue) == {}


def test_a_file_that_is_not_there_is_one_error():
    with pytest.raises(RequestError, match=r"absent\.yaml: cannot be read: no such file"):
        task_request(default_catalogue(), suite="absent.yaml")


@pytest.mark.slow
def test_a_suite_whose_numbers_are_all_there_is_remembered_once(world, encoder_folder, engine):
    plans = world.plans(encoder_folder, limit=8)
    load = LocalBackend(ComputeOptions(), engine=engine).load
    runner = Runner(world.store, world.catalogue(), load, offline=True)
    list(runner.run(plans, {}))
    assert remembered_suites(world.store) == {}
    for _ in range(2):
        list(runner.run(plans, {NOTED: MINE}))
        assert list(remembered_suites(world.store)) == ["mine"]
    with world.store.reading() as session:
        from sqlalchemy import func, select

        from leaderboard.store.tables import RunRow

        assert session.scalar(select(func.count()).select_from(RunRow)) == 2
