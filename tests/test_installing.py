"""What the program says about installing it: its own name on the index, and extras that exist."""

import re
import tomllib
from pathlib import Path

import pytest

from leaderboard.installing import DISTRIBUTION, install_command

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
READ = [
    *CHECKOUT.glob("*.md"),
    CHECKOUT / "action.yml",
    CHECKOUT / "Makefile",
    *(CHECKOUT / "benchmarks").glob("*.md"),
    *(
        path
        for folder in ("leaderboard", "app")
        for path in (CHECKOUT / folder).rglob("*")
        if path.suffix in {".py", ".yaml"}
    ),
]
OTHER_PROJECT = re.compile(r"pip install (?:--?[\w-]+ )*[\"']?leaderboard\b")
OF_OURS = re.compile(rf"{DISTRIBUTION}\[([\w,-]+)\]|install_command\([\"']([\w-]+)[\"']\)")


def test_the_distribution_has_the_name_that_hints_give():
    assert PROJECT["name"] == DISTRIBUTION
    assert list(PROJECT["scripts"]) == ["leaderboard"]


@pytest.mark.parametrize(
    "line", ["pip install leaderboard", "pip install 'leaderboard[app]'", "pip install -U leaderboard"]
)
def test_the_other_project_is_recognised(line):
    assert OTHER_PROJECT.search(line)


def test_no_hint_installs_the_other_project_of_that_name():
    mistaken = [
        str(path)
        for path in READ
        if path.name != "installing.py" and OTHER_PROJECT.search(path.read_text(encoding="utf-8"))
    ]
    assert mistaken == []


def test_every_extra_that_a_hint_names_exists():
    named = {
        extra
        for path in READ
        for hinted in OF_OURS.findall(path.read_text(encoding="utf-8"))
        for extra in ",".join(filter(None, hinted)).split(",")
    }
    assert {"excel", "plots", "postgresql", "privacy", "quantisation"} <= named
    assert named <= set(PROJECT["optional-dependencies"])


def test_the_command_quotes_what_a_shell_would_expand():
    assert install_command("plots") == "pip install 'lm-leaderboard[plots]'"
