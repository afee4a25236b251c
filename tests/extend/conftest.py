"""Plug-ins as people install them: built, and installed into an environment of their own beside the program."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    """An environment with the program and a plug-in."""

    python: Path
    folder: Path

    def __call__(self, *arguments: str) -> str:
        """What a command of the program prints.

        Raises:
            AssertionError: when it fails, with what it says.
        """
        return self.run("-m", "leaderboard", *arguments)

    def run(self, *arguments: str) -> str:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_ST")}
        variables |= {"COLUMNS": "100", "OMP_NUM_THREADS": "1", "LEADERBOARD_CACHE": str(self.folder / "cache")}
        done = subprocess.run(
            [self.python, *arguments], cwd=self.folder, env=variables, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@dataclass(frozen=True)
class Program:
    """The program in a folder, run by a Python that has a plug-in or not."""

    python: Path
    folder: Path

    def without_plugins(self) -> "Program":
        """The program in the same folder, where no plug-in is installed."""
        return Program(Path(sys.executable), self.folder)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; on its error stream where it is expected to fail."""
        done = self.run("-m", "leaderboard", *arguments)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stderr if code else done.stdout

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command prints as JSON."""
        rows: list[dict[str, Any]] = json.loads(self(*arguments, "--format", "json"))
        return rows

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("LEADERBOARD_ST")}
        variables |= {"COLUMNS": "160", "OMP_NUM_THREADS": "1", "LEADERBOARD_CACHE": str(self.folder / "cache")}
        return subprocess.run(
            [self.python, *arguments], cwd=self.folder, env=variables, check=False, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Builds a plug-in's wheel, installs it into a new environment, and gives that environment."""

    def install(plugin: Path) -> Environment:
        folder = tmp_path_factory.mktemp(plugin.name)
        build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "wheel")]
        subprocess.run(build, cwd=plugin, check=True, capture_output=True)
        (wheel,) = (folder / "wheel").iterdir()
        venv.create(folder / "venv", with_pip=False)
        python = folder / "venv" / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(wheel)]
        subprocess.run(pip, check=True)
        (packages,) = (folder / "venv" / "lib").glob("python3*/site-packages")
        requirements = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})"  # with the .pth files in it
        (packages / "program.pth").write_text(f"{requirements}\n{CHECKOUT}\n", encoding="utf-8")
        return Environment(python, folder)

    return install
