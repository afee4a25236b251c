import json
import re

import pytest

from leaderboard.stats.estimate import Status
from leaderboard.store.database import open_store
from leaderboard.testing.crowds import synthetic_store
from leaderboard.testing.records import environment_record, evaluation_record


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
    said = leaderboard("results", "delete", "--subject", "good/zero_shot", "--yes")
    assert said.status == 0
    assert "good/zero_shot · sst2 · measured" in said.out
    assert "good/zero_shot · members · not measured" in said.out
    (undo,) = re.findall(r"deleted 2 evaluations; undo: leaderboard import (\S+)", said.err)
    assert {each["name"] for each in exported(leaderboard)["subjects"]} == {"poor/zero_shot"}
    assert leaderboard("import", undo).status == 0
    assert exported(leaderboard) == before


@pytest.mark.usefixtures("filled")
def test_nothing_is_deleted_without_an_answer_or_a_choice(leaderboard, tmp_path):
    before = exported(leaderboard)
    for arguments, told in (
        ([], "says nothing of what to delete"),
        (["--task", "sst2"], "Add --yes"),
        (["--subject", "god/zero_shot", "--yes"], "Did you mean 'good/zero_shot'"),
        (["--run", "9", "--yes"], "no such run"),
    ):
        said = leaderboard("results", "delete", *arguments)
        assert said.status == 2
        assert told in said.err
    taken = tmp_path / "taken.json"
    taken.write_text("{}")
    said = leaderboard("results", "delete", "--task", "sst2", "--yes", "--undo", str(taken))
    assert (said.status, taken.read_text()) == (2, "{}")
    assert exported(leaderboard) == before
    assert not list(tmp_path.glob("deleted-*"))


@pytest.mark.usefixtures("failed")
def test_failures_are_neither_ranked_nor_exported_and_can_be_deleted(leaderboard):
    assert all("broken" not in row["subject"] for row in json.loads(leaderboard("rank", "--format", "json").out))
    assert {each["name"] for each in exported(leaderboard)["subjects"]} == {"good/zero_shot", "poor/zero_shot"}
    assert leaderboard("results", "delete", "--failed", "--yes", "--undo", "undo.json").status == 0
    assert "no evaluation is left" in leaderboard("results", "delete", "--failed", "--yes").err


def test_a_table_shows_the_subjects_that_were_measured_last_and_says_so(leaderboard, tmp_path, monkeypatch):
    synthetic_store(f"sqlite:///{tmp_path}/many.db", 60, 6).close()
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{tmp_path}/many.db")
    rows = json.loads(leaderboard("results", "--format", "json").out)
    newest = {}
    for row in rows:
        newest[row["subject"]] = max(newest.get(row["subject"], ""), row["evaluated_at"])
    assert len(newest) == 60
    said = leaderboard("results")
    assert "showing the 50 of 60 subjects that were measured last" in said.err
    shown = {name for name in newest if re.search(rf"^{re.escape(name)}(\s|$)", said.out, re.MULTILINE)}
    assert len(shown) == 50
    assert min(newest[name] for name in shown) >= max(newest[name] for name in newest.keys() - shown)
    assert leaderboard("results", "--limit", "0").err == ""
    assert "showing the 3 of 60" in leaderboard("results", "--limit", "3").err
