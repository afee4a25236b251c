"""Entry points of installed packages, of which some cannot be read."""

import logging
from pathlib import Path

import pytest

import leaderboard
from leaderboard import plugins as module
from leaderboard.plugins import plugins, warn_once

GROUP = "leaderboard.tests"


@pytest.mark.parametrize("content", [b"[leaderboard.tests]\nb\xff = b:B\n", b"[leaderboard.tests]\nnothing\n"])
def test_a_package_with_an_unreadable_file_is_named_and_left_out(distribution, tmp_path, caplog, content):
    warn_once.cache_clear()
    distribution("good-plugin", GROUP, {"good": "good_plugin:GOOD"}, "")
    distribution("bad-plugin", GROUP, {"bad": "bad_plugin:BAD"}, "")
    (file,) = tmp_path.glob("bad-plugin/*.dist-info/entry_points.txt")
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert [plugin.distribution for plugin in plugins(GROUP)] == ["good-plugin"]
    assert "entry_points.txt of the installed package bad-plugin cannot be read" in caplog.text
    assert "pip install --force-reinstall bad-plugin" in caplog.text


def test_entry_points_are_read_in_one_place():
    package = Path(leaderboard.__file__).parent
    readers = [path for path in package.rglob("*.py") if "entry_points" in path.read_text(encoding="utf-8")]
    assert readers == [Path(module.__file__)]
