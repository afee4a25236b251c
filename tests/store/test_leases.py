"""Who measures what: one process at a time, and one that died holds up nobody."""

import subprocess
import sys
import time

import pytest

from leaderboard.identity import digest
from leaderboard.store.database import open_store
from leaderboard.store.leases import Leases
from leaderboard.store.process_ids import has_ended, process_id, process_label

FIRST, SECOND = digest("first"), digest("second")


@pytest.fixture
def leases(store):
    """Makes holders with a quick heart and little patience."""
    return lambda: Leases(store, heartbeat_s=0.05, timeout_s=0.4)


def test_a_lease_is_held_by_one_until_it_is_given_back(leases):
    mine, other = leases(), leases()
    assert mine.take(FIRST)
    assert not other.take(FIRST)
    assert other.take(SECOND)
    mine.release(FIRST)
    assert other.take(FIRST)


def test_what_another_took_over_is_not_given_back(leases):
    mine, other = leases(), leases()
    assert mine.take(FIRST)
    other.release(FIRST)
    assert not other.take(FIRST)


def test_a_holder_whose_heart_beats_is_waited_for_and_one_that_is_silent_is_not(leases):
    mine, other = leases(), leases()
    with mine.heartbeat():
        assert mine.take(FIRST)
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            assert not other.take(FIRST)
            time.sleep(0.05)
        assert mine.take(SECOND)
    assert other.take(FIRST)  # all are given back at the end
    third = leases()
    until = time.monotonic() + 5.0
    assert not third.take(FIRST)
    while not third.take(FIRST):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_of_several_that_wait_one_takes_it_over(leases):
    silent, waiting = leases(), [leases() for _ in range(4)]
    assert silent.take(FIRST)
    assert [each.take(FIRST) for each in waiting] == [False] * 4
    time.sleep(0.5)
    assert [each.take(FIRST) for each in waiting].count(True) == 1


@pytest.mark.slow
def test_the_lease_of_a_process_that_was_killed_is_free_at_once(url, store):
    script = (
        "import os, signal, sys\n"
        "from leaderboard.store.database import open_store\nfrom leaderboard.store.leases import Leases\n"
        f"assert Leases(open_store(sys.argv[1])).take({FIRST!r})\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, store.url], check=False)
    assert done.returncode == -9
    again = open_store(store.url)
    assert Leases(again).take(FIRST)
    again.close()


def test_processes_have_names_that_are_looked_up():
    here = process_id()
    host, number, began = here.split(":")
    assert not has_ended(here)
    assert has_ended(f"{host}:{number}:{float(began) - 100:.0f}")
    assert not has_ended(f"elsewhere:{number}:0")
    assert process_label(here) == f"process {number}"
    assert process_label(f"elsewhere:{number}:0") == f"process {number} of another machine"
