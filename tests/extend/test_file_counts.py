"""The example plug-ins consist of the files that CONTRIBUTING.md names for a newcomer, and of no others."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<kind>[^|`]+) \| `(?P<folder>tests/extend/\w+)` \| (?P<files>[^|]+) \|", re.MULTILINE)
KINDS = {"a mitigation", "a metric and a protocol", "a recipe", "an axis", "a backend", "tasks and suites"}


def rows():
    return list(ROW.finditer((CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["kind"])
def test_a_plugin_consists_of_the_files_of_its_row(row):
    folder = CHECKOUT / row["folder"]
    files = {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    by_pattern = {pattern: set(folder.glob(pattern)) for pattern in re.findall(r"`([^`]+)`", row["files"])}
    assert [pattern for pattern, matches in by_pattern.items() if not matches] == []
    assert files - set().union(*by_pattern.values()) == set()


def test_every_kind_of_plugin_and_every_example_has_a_row():
    assert {row["kind"] for row in rows()} == KINDS
    examples = {path.parent for path in (CHECKOUT / "tests" / "extend").glob("*/pyproject.toml")}
    assert {CHECKOUT / row["folder"] for row in rows()} == examples
