from dataclasses import dataclass
from functools import cache

import pytest
import typer.testing
from typer.testing import CliRunner

from leaderboard.cli.main import app


@dataclass(frozen=True)
class CommandResult:
    """What a command printed, and its exit status."""

    out: str
    err: str
    status: int


@pytest.fixture(scope="session", autouse=True)
def _commands_are_built_once():
    """`CliRunner` makes all commands of the program anew for each call, which takes longer than most of them run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))
        yield


@pytest.fixture
def leaderboard(monkeypatch, tmp_path):
    """Calls the program in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("LEADERBOARD_DEBUG", raising=False)

    def call(*arguments: str) -> CommandResult:
        result = CliRunner().invoke(app, list(arguments), prog_name="leaderboard")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return CommandResult(result.stdout, result.stderr, result.exit_code)

    return call
