from pathlib import Path

import pytest

from leaderboard.gate.config import GateFile, read_gate

collect_ignore = ["examples"]  # run by a test, as their readers would


@pytest.fixture
def gate_file(tmp_path, monkeypatch):
    """Makes the file of a gate of its text."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> GateFile:
        Path("gate.yaml").write_text(text)
        return read_gate(Path("gate.yaml"))

    return write
