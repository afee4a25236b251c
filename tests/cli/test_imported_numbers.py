"""Numbers that came by import: marked wherever they are shown, refused where their observations contradict them."""

import json
import sqlite3

import pytest

from leaderboard.documents.writing import content_digest, document
from leaderboard.store.database import open_store
from leaderboard.store.results import all_results
from tests.synthetic.shown import write_shown
from tests.synthetic.tasks import small_task

MARK = "imported from theirs.json, not measured here"


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Two subjects on the suite `demo`, with what was seen on `movies`."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('honest')}/honest.db")
    write_shown(store, {"large": 0.8, "small": 0.5}, answers=20)
    written = document(all_results(store), observations=True)
    store.close()
    return written


@pytest.fixture
def theirs(honest, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_STORE", f"sqlite:///{tmp_path}/ours.db")
    (tmp_path / "theirs.json").write_text(json.dumps(honest))
    return tmp_path / "theirs.json"


def forge(path, *, keep_observations):
    document = json.loads(path.read_text())
    for evaluation in (each for subject in document["subjects"] for each in subject["evaluations"]):
        if not keep_observations:
            evaluation["observations"] = None
        for estimate in evaluation["estimates"]:
            if estimate["metric"] == "accuracy" and estimate["value"] is not None:
                estimate.update(value=0.99, low=0.95, high=1.0)
    path.write_text(json.dumps(document | {"digest": content_digest(document)}))


def test_no_command_takes_numbers_that_their_observations_contradict(leaderboard, theirs, tmp_path):
    forge(theirs, keep_observations=True)
    (tmp_path / "gate.yaml").write_text("name: g\nrules: [accuracy >= 0.5]\n")
    for arguments in (
        ("import", "theirs.json"),
        ("compare", "theirs.json#large", "theirs.json#small"),
        ("gate", "--config", "gate.yaml", "--results", "theirs.json", "--subject", "large"),
    ):
        result = leaderboard(*arguments)
        assert (result.status, result.out) == (2, ""), arguments
        assert "on task 'movies': accuracy is 0.99 [0.95, 1.0] (n = 20) in the document and " in result.err
    assert not (tmp_path / "ours.db").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("theirs")
def test_what_was_imported_is_marked_wherever_it_is_shown(leaderboard):
    result = leaderboard("import", "theirs.json")
    assert "estimates that cannot be recomputed for lack of observations" in result.err
    for arguments in (("results", "--limit", "0"), ("rank",), ("rank", "--format", "markdown")):
        assert MARK in " ".join(leaderboard(*arguments).out.split()), arguments
    for command in ("results", "rank"):
        rows = json.loads(leaderboard(command, "--format", "json").out)
        assert {row["imported_from"] for row in rows} == {"theirs.json"}
    header, first, *_ = leaderboard("export", "--format", "csv").out.splitlines()
    assert "imported_from" in header.split(",")
    assert "theirs.json" in first


@pytest.mark.usefixtures("filled")
def test_what_was_measured_here_has_no_mark(leaderboard):
    assert "imported" not in leaderboard("results").out + leaderboard("rank").out
    rows = json.loads(leaderboard("results", "--format", "json").out)
    assert {row["imported_from"] for row in rows} == {""}


@pytest.mark.slow
@pytest.mark.usefixtures("theirs")
def test_an_import_of_an_earlier_version_is_named_by_its_digest(leaderboard, tmp_path):
    leaderboard("import", "theirs.json")
    with sqlite3.connect(tmp_path / "ours.db") as connection:
        connection.execute("UPDATE run SET arguments = json_remove(arguments, '$.imported_file')")
    (origin,) = {row["imported_from"] for row in json.loads(leaderboard("results", "--format", "json").out)}
    assert origin.startswith("a document with SHA-256 ")


@pytest.mark.slow
def test_a_run_that_serves_imported_numbers_says_so(leaderboard, encoder_folder, tmp_path):
    command = ("run", "--model", str(encoder_folder), "--task", str(small_task(tmp_path / "tasks")), "--store")
    assert leaderboard(*command, "sqlite:///theirs.db").status == 0
    leaderboard("export", "--store", "sqlite:///theirs.db", "--observations", "--output", "theirs.json")
    forge(tmp_path / "theirs.json", keep_observations=False)
    leaderboard("import", "theirs.json", "--store", "sqlite:///ours.db")
    result = leaderboard(*command, "sqlite:///ours.db")
    assert "0.990" in result.out
    assert f"1 of 1 evaluations that the store had: {MARK}" in result.out
    assert MARK not in leaderboard(*command, "sqlite:///theirs.db").out
