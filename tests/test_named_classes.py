"""Implementations by name: those of a package, and those of plug-ins."""

import pytest

import leaderboard.attributions.methods
from leaderboard.attributions import AttributionMethod
from leaderboard.named_classes import named_instances
from leaderboard.plugins import PluginError

GROUP = "leaderboard.tests"
PLUGIN = """
from leaderboard.attributions import AttributionMethod

class Complete(AttributionMethod):
    name = {name}
    def attribute(self, text, seed): ...
    def most_passes(self, units): ...

class Nameless(AttributionMethod):
    def attribute(self, text, seed): ...
    def most_passes(self, units): ...

class Incomplete(AttributionMethod):
    name = "incomplete"

another = object()
"""


def instances():
    return named_instances(AttributionMethod, leaderboard.attributions.methods, kind="method", group=GROUP)


def test_those_of_the_package_are_there_once_and_not_the_abstract_class():
    assert "occlusion" in instances()
    assert all(type(each) is not AttributionMethod and each.name == name for name, each in instances().items())


def test_a_plug_in_adds_its_own(distribution):
    distribution("named-plugin", GROUP, {"mine": "named_plugin:Complete"}, PLUGIN.format(name="'mine'"))
    assert type(instances()["mine"]).__name__ == "Complete"


@pytest.mark.parametrize("attribute", ["Incomplete", "Nameless", "another"])
def test_a_plug_in_that_is_no_complete_subclass_is_refused(distribution, attribute):
    module = f"plugin_of_{attribute.lower()}"
    distribution(module, GROUP, {"mine": f"{module}:{attribute}"}, PLUGIN.format(name="'mine'"))
    with pytest.raises(PluginError, match=r"not a complete subclass of leaderboard\.attributions\.AttributionMethod"):
        instances()


def test_a_name_that_is_taken_is_refused_with_both_distributions(distribution):
    distribution("taken-plugin", GROUP, {"mine": "taken_plugin:Complete"}, PLUGIN.format(name="'occlusion'"))
    with pytest.raises(PluginError, match="method 'occlusion' is declared by lm-leaderboard and taken-plugin"):
        instances()
