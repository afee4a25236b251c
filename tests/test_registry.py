from collections import Counter, OrderedDict
from importlib.metadata import EntryPoint

import pytest

from leaderboard import registry
from leaderboard.axes.protocol import Protocol, protocols
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.recipes.recipe import Recipe, recipes
from leaderboard.registry import Registry


def counters():
    return Registry("counter", "leaderboard.tests", {"counter": "collections:Counter"}, see="leaderboard counters")


def test_an_implementation_is_imported_when_asked_for():
    assert counters().get("counter") is Counter


def test_a_wrong_name_gets_the_nearest_one_and_the_command_that_lists_them():
    with pytest.raises(
        RequestError, match=r"unknown counter 'countr'[\s\S]*Did you mean 'counter'\?[\s\S]*leaderboard counters"
    ):
        counters().get("countr")


def test_a_name_cannot_be_taken_twice():
    with pytest.raises(LeaderboardError, match="registered twice"):
        counters().add("counter", "collections:OrderedDict")


def test_adding_the_same_again_is_harmless():
    own = counters()
    own.add("counter", "collections:Counter")
    assert own.names() == ["counter"]


def test_plug_ins_add_names_by_entry_point(monkeypatch):
    plugin = EntryPoint("ordered", "collections:OrderedDict", "leaderboard.tests")
    monkeypatch.setattr(registry, "entry_points", lambda group: (plugin,) if group == "leaderboard.tests" else ())
    own = counters()
    assert own.names() == ["counter", "ordered"]
    assert "ordered" in own
    assert own.get("ordered") is OrderedDict


@pytest.mark.parametrize("name", protocols.names())
def test_every_protocol_is_where_the_registry_says(name):
    assert issubclass(protocols.get(name), Protocol)


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_is_where_the_registry_says(name):
    assert issubclass(recipes.get(name), Recipe)
