"""Several processes on one run share its evaluations."""

import pytest

from tests.synthetic.tasks import small_task

pytestmark = pytest.mark.end_to_end

NAMES = ("one", "two", "three", "four")


def test_four_processes_measure_each_evaluation_once_and_all_see_all_results(leaderboard, encoder_folder):
    tasks = [small_task(leaderboard.folder / "tasks", name=name) for name in NAMES]
    command = ["run", "--model", str(encoder_folder), *(part for task in tasks for part in ("--task", str(task)))]
    started = [leaderboard.start(*command) for _ in range(4)]
    ended = [process.communicate(timeout=400) for process in started]
    assert [process.returncode for process in started] == [0] * 4, ended
    measured = [
        line.split("·")[1].split()[0] for _, stderr in ended for line in stderr.splitlines() if line.startswith("✓")
    ]
    assert sorted(measured) == sorted(NAMES)
    for shown, stderr in ended:
        assert "Traceback" not in stderr
        assert all(name in shown for name in NAMES)
