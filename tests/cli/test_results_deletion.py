import json
import re

import pytest

from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from tests.synthetic.records import environment_record, evaluation_record


@pytest.fixture
def failed(filled):
    """The store with one more subject, of which everything failed."""
    store = open_store(f"sqlite:///{filled}")
    run = store.start_run({}, environment_record())
    store.record(run, evaluation_record("broken", status=Status.FAILED, reason="no memory"), [], [])
    store.close()
    return filled


def exported(leaderboard):
    return json.loads(leaderboard("export", "--observations").out)


@pytest.mark.usefixtures("filled")
def test_what_was_deleted_is_brought_back_as_it_was(leaderboard, tmp_path):
    before = exported(leaderboard)
    result = leaderboard("results", "delete", "--subject", "good/zero_shot", "--yes")
    assert result.status == 0
    assert "good/zero_shot · sst2 · measured" in result.out
    assert "good/zero_shot · members · not measured" in result.out
    (undo,) = re.findall(r"deleted 2 evaluations; undo: leaderboard import (\S+)", result.err)
    assert {each["name"] for each in exported(leaderboard)["subjects"]} == {"poor/zero_shot"}
    assert leaderboard("import", undo).status == 0
    assert exported(leaderboard) == before


@pytest.mark.slow
@pytest.mark.usefixtures("filled")
def test_nothing_is_deleted_without_an_answer_or_a_choice(leaderboard, tmp_path):
    before = exported(leaderboard)
    for arguments, message in (
        ([], "says nothing of what to delete"),
        (["--task", "sst2"], "Add --yes"),
        (["--subject", "god/zero_shot", "--yes"], "Did you mean 'good/zero_shot'"),
        (["--run", "9", "--yes"], "no such run"),
    ):
        result = leaderboard("results", "delete", *arguments)
        assert result.status == 2
        assert message in result.err
    taken = tmp_path / "taken.json"
    taken.write_text("{}")
    result = leaderboard("results", "delete", "--task", "sst2", "--yes", "--undo", str(taken))
    assert (result.status, taken.read_text()) == (2, "{}")
    assert exported(leaderboard) == before
    assert not list(tmp_path.glob("deleted-*"))


@pytest.mark.usefixtures("failed")
def test_failures_are_neither_ranked_nor_exported_and_can_be_deleted(leaderboard):
    assert all("broken" not in row["subject"] for row in json.loads(leaderboard("rank", "--format", "json").out))
    assert {each["name"] for each in exported(leaderboard)["subjects"]} == {"good/zero_shot", "poor/zero_shot"}
    assert leaderboard("results", "delete", "--failed", "--yes", "--undo", "undo.json").status == 0
    assert "no evaluation matches" in leaderboard("results", "delete", "--failed", "--yes").err


@pytest.mark.usefixtures("filled")
def test_without_an_input_nothing_is_asked_and_nothing_deleted(leaderboard, monkeypatch):
    before = exported(leaderboard)
    monkeypatch.setattr("sys.stdin", None)
    refused = leaderboard("results", "delete", "--subject", "good")
    assert refused.status == 2
    assert "standard input is no terminal" in refused.err
    assert exported(leaderboard) == before
