"""Every public name can be imported, and says in one sentence what it is."""

import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import leaderboard
from tests.in_one_test import in_one_test

PUBLIC = (
    "leaderboard",
    "leaderboard.api",
    "leaderboard.axes",
    "leaderboard.backends",
    "leaderboard.data",
    "leaderboard.errors",
    "leaderboard.mitigations",
    "leaderboard.recipes",
    "leaderboard.stats",
    "leaderboard.tasks",
    "leaderboard.training",
)
"""Packages whose names are stable (see `CONTRIBUTING.md`)."""
_HEAVY = ("torch", "transformers", "pandas", "scipy", "optuna", "sqlalchemy", "sklearn")


def listing_packages() -> list[str]:
    """Every package that lists its names."""
    packages = [each.name for each in pkgutil.walk_packages(leaderboard.__path__, "leaderboard.") if each.ispkg]
    return ["leaderboard", *(name for name in packages if hasattr(import_module(name), "__all__"))]


@in_one_test("name", sorted({*PUBLIC, *listing_packages()}))
def test_every_listed_name_is_there_and_says_what_it_is(name):
    module = import_module(name)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    for each in module.__all__:
        value = getattr(module, each)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        first = (inspect.getdoc(value) or "").partition("\n")[0]
        assert first[:1].isupper(), f"{name}.{each}: {first!r}"
        assert first.endswith((".", "?", ":")), f"{name}.{each}: {first!r}"
        assert len(first.split()) >= 3, f"{name}.{each}: {first!r}"


def test_the_page_for_contributors_lists_the_public_packages():
    page = (Path(leaderboard.__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = page.partition("## What is public")[2].partition("##")[0]
    assert {*re.findall(r"`(leaderboard[\w.]*)`", section)} == {*PUBLIC, "leaderboard.testing"}


def test_the_front_door_is_quick_to_import():
    code = f"import sys, leaderboard; leaderboard.Leaderboard; print([m for m in {_HEAVY} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
