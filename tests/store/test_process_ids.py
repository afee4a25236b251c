"""Whether a process has ended, from its identifier."""

import pytest

from leaderboard.store.process_ids import has_ended, process_id


@pytest.mark.parametrize(("moved", "ended"), [(0, False), (1, False), (-1, False), (60, True)])
def test_another_process_of_the_same_number_began_at_another_time(moved, ended):
    host, number, began = process_id().rsplit(":", 2)
    assert has_ended(f"{host}:{number}:{int(began) + moved}") is ended


def test_of_processes_elsewhere_nothing_is_known():
    assert not has_ended("elsewhere:1:0")
