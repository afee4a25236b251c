from collections import Counter, OrderedDict

import pytest

from leaderboard.axes.protocol import Protocol, protocols
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.plugins import PluginError
from leaderboard.recipes.recipe import Recipe
from leaderboard.recipes.registry import recipes
from leaderboard.registry import Registry
from tests.in_one_test import in_one_test

GROUP = "leaderboard.tests"


def counters():
    return Registry("counter", GROUP, {"counter": "collections:Counter"}, see="leaderboard counters")


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


def test_plug_ins_add_names_by_entry_point(distribution):
    distribution("ordered-counter", GROUP, {"ordered": "collections:OrderedDict"}, "")
    own = counters()
    assert own.names() == ["counter", "ordered"]
    assert "ordered" in own
    assert own.get("ordered") is OrderedDict


def test_a_plug_in_that_cannot_be_imported_breaks_its_own_name_alone(distribution):
    distribution("broken-counter", GROUP, {"broken": "broken_counter:Counter"}, "import nowhere")
    own = counters()
    assert own.names() == ["broken", "counter"]
    assert own.get("counter") is Counter
    with pytest.raises(PluginError, match=r"the plug-in broken-counter .* cannot be used: ModuleNotFoundError"):
        own.get("broken")


def test_one_name_of_two_distributions_is_refused_each_time_it_is_looked_up(distribution):
    for name in ("first-counter", "second-counter"):
        distribution(name, GROUP, {"mine": "collections:Counter"}, "")
    own = counters()
    for _ in range(2):
        with pytest.raises(PluginError, match="'mine' is declared by first-counter and second-counter"):
            own.get("mine")


def test_a_plug_in_cannot_take_a_name_of_this_program(distribution):
    distribution("other-counter", GROUP, {"counter": "collections:OrderedDict"}, "")
    with pytest.raises(PluginError, match="'counter' is declared by lm-leaderboard and other-counter"):
        counters().get("counter")


@in_one_test("name", protocols.names())
def test_every_protocol_is_where_the_registry_says(name):
    assert issubclass(protocols.get(name), Protocol)


@in_one_test("name", recipes.names())
def test_every_recipe_is_where_the_registry_says(name):
    assert issubclass(recipes.get(name), Recipe)
