"""`leaderboard results` of many subjects: a table shows those measured last, programs get all."""

from datetime import timedelta

import pytest

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.stats.estimate import Estimate
from leaderboard.store.database import open_store
from leaderboard.store.records import EstimateRecord
from tests.synthetic.records import NOON, environment_record, evaluation_record

SUBJECTS = 53
"""Three more than a table shows."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory) -> str:
    """URL of a store of m00, m01, …, the first measured last."""
    url = f"sqlite:///{tmp_path_factory.mktemp('crowd')}/crowd.db"
    store = open_store(url)
    run = store.start_run({}, environment_record())
    for number in range(SUBJECTS):
        estimate = Estimate.measured(number / SUBJECTS, None, n=200, method="exact")
        recorded = evaluation_record(f"m{number:02}", started_at=NOON - timedelta(minutes=number))
        store.record(run, recorded, [EstimateRecord(ACCURACY, estimate)], [])
    store.close()
    return url


def titles(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("m")]


@pytest.mark.slow
def test_a_table_shows_the_fifty_subjects_measured_last_and_says_so(leaderboard, crowd):
    result = leaderboard("results", "--store", crowd)
    assert titles(result.out) == [f"m{number:02}/zero_shot" for number in range(50)]
    assert "showing the last measured 50 of 53 subjects" in result.err


@pytest.mark.slow
def test_no_limit_shows_every_subject_without_a_word(leaderboard, crowd):
    result = leaderboard("results", "--store", crowd, "--limit", "0")
    assert len(titles(result.out)) == SUBJECTS
    assert result.err == ""


def test_a_limit_counts_subjects(leaderboard, crowd):
    result = leaderboard("results", "--store", crowd, "--limit", "2")
    assert titles(result.out) == ["m00/zero_shot", "m01/zero_shot"]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("form", ["json", "csv", "markdown", "jsonl"])
def test_every_other_format_is_complete(leaderboard, crowd, form):
    result = leaderboard("results", "--store", crowd, "--format", form)
    assert all(f"m{number:02}/zero_shot" in result.out for number in range(SUBJECTS))
    assert result.err == ""
