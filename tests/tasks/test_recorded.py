"""What runs note of suites that do not come with the program."""

import pytest

from leaderboard.tasks import default_catalogue
from leaderboard.tasks.recorded import NOTED, noted_suites, suite_note

MINE = {"name": "mine", "adapt_to": "sst2", "tasks": {"sst2": ["accuracy"]}}


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("adapt_to: sst2\ntasks: [sst2, latency_sst2]\n")
    return str(path)


def test_a_suite_of_the_program_is_noted_by_no_run():
    catalogue = default_catalogue()
    assert suite_note(catalogue, catalogue.suite("core")) == {}


def test_the_suite_of_a_file_is_noted_with_what_it_ranks_by(mine):
    catalogue = default_catalogue()
    note = suite_note(catalogue, catalogue.suite(mine))
    tasks = {"sst2": ["accuracy"], "latency_sst2": ["latency_ratio"]}
    assert note == {NOTED: {"name": "mine", "adapt_to": "sst2", "tasks": tasks}}
    assert noted_suites([note])["mine"].tasks == {name: tuple(metrics) for name, metrics in tasks.items()}


def test_of_two_suites_of_one_name_the_later_counts():
    later = MINE | {"tasks": {"movies": ["accuracy"]}}
    assert list(noted_suites([{NOTED: MINE}, {}, {NOTED: later}])["mine"].tasks) == ["movies"]


@pytest.mark.parametrize(
    "note", [None, 1, "mine", {}, MINE | {"name": "No name"}, MINE | {"tasks": {}}, MINE | {"tasks": {"\x1b[2J": []}}]
)
def test_a_note_that_is_no_suite_is_left_out(note):
    assert noted_suites([{NOTED: note}]) == {}
