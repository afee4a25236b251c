from pathlib import Path

import leaderboard
from leaderboard import plugins

PACKAGE = Path(leaderboard.__file__).parent


def test_entry_points_are_read_in_one_place():
    readers = [path for path in PACKAGE.rglob("*.py") if "entry_points" in path.read_text(encoding="utf-8")]
    assert readers == [Path(plugins.__file__)]
