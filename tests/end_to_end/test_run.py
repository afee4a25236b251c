"""`leaderboard run` and what reads its results, as a user types them, on tiny models."""

import json
import os
import signal
import sqlite3
import time
from contextlib import closing

import pytest

from leaderboard.axes.axis import Axis
from leaderboard.testing.models import tiny_bert
from tests.synthetic.tasks import small_task

pytestmark = pytest.mark.end_to_end

KEYS = [
    "subject", "model", "recipe", "axis", "task", "metric", "value", "low", "high", "n", "unit", "better", "headline",
    "status", "reason", "environment", "evaluated_at",
    "task_version", "notes", "imported_from",
]  # fmt: skip


def measured(leaderboard):
    """(subject, task) of every evaluation in the store."""
    with closing(sqlite3.connect(leaderboard.store)) as connection:
        return connection.execute(
            "SELECT subject.name, task.name FROM evaluation"
            " JOIN subject ON subject.id = subject_id JOIN task ON task.id = task_id"
        ).fetchall()


def task_options(folder, names):
    return [argument for name in names for argument in ("--task", str(small_task(folder, name=name)))]


def test_a_model_goes_from_its_name_to_a_table(leaderboard, small, encoder_folder):
    run = leaderboard("run", "--model", str(encoder_folder), "--task", str(small), "--offline")
    assert run.returncode == 0, run.stderr
    assert "accuracy" in run.stdout
    assert "No ranking: of the 6 axes of small, accuracy alone was measured." in run.stdout
    assert "leaderboard results" in run.stdout

    results = leaderboard("results", "--format", "json")
    rows = json.loads(results.stdout)
    # Five metrics, AURC, a bag of words and the difference from it; precision, recall, F1 of 2 classes and 3 averages.
    assert [list(row) for row in rows] == [KEYS] * (5 + 1 + 2 + 3 * 5)
    accuracy = next(row for row in rows if row["metric"] == "accuracy")
    assert 0.5 < accuracy["value"] <= 1
    assert accuracy["low"] < accuracy["value"] <= accuracy["high"]
    assert accuracy["status"] == "measured"

    rank = json.loads(leaderboard("rank", "--format", "json").stdout)
    assert (rank[0]["rank"], rank[0]["privacy"]) == (None, None)
    assert "accuracy: small: 35 of 100 examples" in rank[0]["not_ranked"]

    listing = leaderboard("observations", "--subject", rank[0]["subject"], "--task", "small", "--format", "jsonl")
    observations = [json.loads(line) for line in listing.stdout.splitlines()]
    assert len(observations) == accuracy["n"]

    again = leaderboard("recompute")
    assert again.stdout == "evaluations recomputed: 1, unchanged: 0\n"


def test_a_second_run_is_served_from_the_store(leaderboard, small, encoder_folder):
    command = ("run", "--model", str(encoder_folder), "--task", str(small), "--offline", "--json")
    first = leaderboard(*command)
    second = leaderboard(*command)
    assert json.loads(first.stdout) == json.loads(second.stdout)
    assert "evaluations served from the store: 1" in second.stderr
    assert len(measured(leaderboard)) == 1


def test_a_killed_run_goes_on_where_it_was(leaderboard, encoder_folder, tmp_path):
    names = [f"task{number}" for number in range(6)]
    tasks = task_options(tmp_path / "tasks", names)
    command = ("run", "--model", str(encoder_folder), *tasks, "--offline", "--json")
    process = leaderboard.start(*command)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if leaderboard.store.exists() and _count(leaderboard) >= 2:
            break
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = measured(leaderboard)
    assert 2 <= len(before) < len(names), "the run was not killed in the middle"

    run = leaderboard(*command)
    assert run.returncode == 0, run.stderr
    assert f"evaluations served from the store: {len(before)}" in run.stderr
    after = measured(leaderboard)
    assert len(after) == len(set(after)) == len(names)
    assert after[: len(before)] == before
    with closing(sqlite3.connect(leaderboard.store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert [row[0] for row in connection.execute("SELECT status FROM run ORDER BY id")] == [
            "interrupted",
            "finished",
        ]


def test_a_run_killed_in_the_middle_of_an_evaluation_keeps_what_was_answered(leaderboard, causal_folder, tmp_path):
    task = small_task(tmp_path / "tasks", rows=40_000)
    leaderboard.environment["LEADERBOARD_CACHE"] = str(tmp_path / "cache")
    command = ("run", "--model", str(causal_folder), "--task", str(task), "--offline", "--json")
    process = leaderboard.start(*command)
    while process.poll() is None and not _answers(tmp_path):
        time.sleep(0.002)
    process.kill()
    _, error = process.communicate()
    kept = _answers(tmp_path)
    assert kept, error
    assert measured(leaderboard) == []

    run = leaderboard(*command)
    assert run.returncode == 0, run.stderr
    assert len(measured(leaderboard)) == 1
    in_the_end = _answers(tmp_path)
    assert len(kept) < len(in_the_end), "the run was not killed in the middle"
    assert kept.items() <= in_the_end.items()


def _answers(folder):
    """What is kept of the model's answers, by their keys."""
    files = list((folder / "cache" / "answers").glob("*.sqlite"))
    try:
        with closing(sqlite3.connect(files[0])) as connection:
            return dict(connection.execute("SELECT key, value FROM answer"))
    except (IndexError, sqlite3.OperationalError):  # the file or its table is being made
        return {}


def _count(leaderboard):
    try:
        return len(measured(leaderboard))
    except sqlite3.OperationalError:  # the tables are being made
        return 0


def test_two_runs_at_once_count_nothing_twice(leaderboard, encoder_folder, tmp_path):
    tasks = task_options(tmp_path / "tasks", ["one", "two", "three"])
    command = ("run", "--model", str(encoder_folder), *tasks, "--offline")
    both = [leaderboard.start(*command) for _ in range(2)]
    for process in both:
        _, error = process.communicate(timeout=300)
        assert process.returncode == 0, error
    estimates = measured(leaderboard)
    assert len(estimates) == len(set(estimates)) == 3


@pytest.fixture
def hub_cache(tmp_path, leaderboard):
    """A populated cache of the Hub, with a small model under the name bert-base-cased."""
    commit = "c" * 40
    repository = tmp_path / "hub" / "models--bert-base-cased"
    tiny_bert(repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    leaderboard.environment["HF_HUB_CACHE"] = str(tmp_path / "hub")
    return commit


def test_a_hub_id_is_measured_offline_from_the_cache(leaderboard, small, hub_cache):
    run = leaderboard("run", "--model", "bert-base-cased", "--task", str(small), "--offline")
    assert run.returncode == 0, run.stderr
    assert "bert-base-cased" in run.stdout
    (row, *_) = json.loads(leaderboard("results", "--model", "bert-base-cased", "--format", "json").stdout)
    assert row["model"] == "bert-base-cased"
    with closing(sqlite3.connect(leaderboard.store)) as connection:
        assert connection.execute("SELECT revision, trust_remote_code FROM model").fetchone() == (hub_cache, 0)


@pytest.mark.mirror
def test_bert_base_cased_by_name_on_all_six_axes_of_the_core_suite(leaderboard, hub_cache, mirror):
    """Real data, from the name to the table; random weights, so every utility may be poor but all six exist."""
    run = leaderboard("run", "--model", "bert-base-cased", "--offline", "--limit", "60")
    assert run.returncode == 0, run.stderr
    rows = json.loads(leaderboard("results", "--format", "json").stdout)
    assert {row["axis"] for row in rows if row["headline"] and row["status"] == "measured"} == set(Axis)
