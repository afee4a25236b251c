import pytest

from leaderboard.mitigations import registry
from leaderboard.plugins import PluginError


@pytest.mark.parametrize(
    ("source", "reason"),
    [("raise SystemExit(0)", "SystemExit"), ("Quits = dict", "not a subclass of a stage of leaderboard.mitigations")],
)
def test_a_plug_in_that_cannot_be_used_is_named(distribution, source, reason):
    distribution("quitting", registry.GROUP, {"quits": "quitting:Quits"}, source)
    with pytest.raises(PluginError, match=rf"plug-in quitting \(.*quits = quitting:Quits\) cannot be used: .*{reason}"):
        registry.mitigations.__wrapped__()
