"""The tests of the plug-in itself: it keeps to the contract."""

from pathlib import Path

import pytest

from leaderboard.testing import RecipeContract


class TestPrior(RecipeContract):
    @pytest.fixture
    def recipe(self, monkeypatch):
        monkeypatch.syspath_prepend(str(Path(__file__).parent))
        from leaderboard_prior import Prior

        return Prior
