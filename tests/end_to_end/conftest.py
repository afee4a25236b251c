import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.synthetic.tasks import small_task


class CommandLine:
    """The real program in a real process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "results" / "leaderboard.db"
        own = ("LEADERBOARD_STORE", "LEADERBOARD_OFFLINE")
        kept = {name: value for name, value in os.environ.items() if name not in own}
        self.environment = kept | {"COLUMNS": "100", "OMP_NUM_THREADS": "1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "leaderboard", *arguments]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=400)
        done = subprocess.CompletedProcess(arguments, process.returncode, out, err)
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture
def leaderboard(tmp_path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def small(tmp_path) -> Path:
    """A task on a file of its own."""
    return small_task(tmp_path / "tasks")
