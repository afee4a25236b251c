"""The tests of the plug-in itself: it keeps to the contract, and copies what it says."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from leaderboard.data import TextExample
from leaderboard.testing import MitigationContract


@pytest.fixture
def shouting(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    from leaderboard_shouting import Shouting

    return Shouting


class TestShouting(MitigationContract):
    @pytest.fixture
    def mitigation(self, shouting):
        return shouting

    @pytest.fixture
    def on(self):
        return {"shouted_share": 0.5}


def test_a_chosen_text_is_learned_in_capitals_too(shouting):
    example = TextExample(id="1", text="A dull film.", label=0)
    (copy,) = shouting(shouted_share=1.0).copies([example], SimpleNamespace(seed=0))
    assert copy == TextExample(id="1+shouting", text="A DULL FILM.", label=0)
