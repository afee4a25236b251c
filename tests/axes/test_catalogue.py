import logging

import pytest

from leaderboard.axes import catalogue
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import MetricCatalogue
from leaderboard.plugins import PluginError, warn_once

SOURCE = """
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric

def metric(name, axis=Axis.BIAS, **changes):
    known = {"unit": "ratio", "better": Better.LOWER, "worst": 1.0, "best": 0.0, "summary": "", "source": ""}
    return Metric(name=name, axis=axis, **known, **changes)

class Ours:
    metrics = (metric("of_protocol"),)
    reported = (metric("beside_it"),)

ONE = metric("one")
SEVERAL = (metric("first"), metric("second", axis=Axis.PRIVACY))
OTHER = metric("one", headline=True)
ACCURACY = metric("accuracy")
NAMELESS = metric("of a part:")
ELSEWHERE = metric("elsewhere", axis=Axis.recorded("safety"))
NUMBER = 3
"""


@pytest.fixture(autouse=True)
def _each_warning_comes_again():
    warn_once.cache_clear()


@pytest.fixture
def plugin(distribution):
    def put(name: str, group: str, **entries: str) -> None:
        module = name.replace("-", "_")
        distribution(name, group, {key: f"{module}:{attribute}" for key, attribute in entries.items()}, SOURCE)

    return put


def test_metrics_are_in_the_order_of_axes_and_of_their_declaration():
    metrics = MetricCatalogue().in_order
    assert [metric.axis for metric in metrics] == sorted((metric.axis for metric in metrics), key=list(Axis).index)
    assert [metric.name for metric in metrics][:3] == ["accuracy", "accuracy_norm", "macro_f1"]


def test_a_plug_in_declares_a_metric_or_several(plugin):
    plugin("some-metrics", catalogue.GROUP, one="ONE", several="SEVERAL")
    metrics = MetricCatalogue()
    assert {"one", "first", "second"} <= metrics.keys()
    of_bias = [metric.name for metric in metrics.in_order if metric.axis is Axis.BIAS]
    assert of_bias[-2:] == ["one", "first"]


def test_a_protocol_of_a_plug_in_brings_its_metrics(plugin):
    plugin("some-protocol", catalogue.PROTOCOLS, ours="Ours")
    assert {"of_protocol", "beside_it"} <= MetricCatalogue().keys()


def test_the_same_metric_twice_is_one(plugin):
    plugin("some-metrics", catalogue.GROUP, one="ONE", again="ONE")
    assert "one" in MetricCatalogue()


@pytest.mark.parametrize(
    ("attribute", "both"),
    [("ACCURACY", "'accuracy' is declared by lm-leaderboard and other-metrics"),
     ("OTHER", "'one' is declared by (other-metrics and some-metrics|some-metrics and other-metrics)")],
)  # fmt: skip
def test_two_metrics_of_one_name_are_refused(plugin, attribute, both):
    plugin("some-metrics", catalogue.GROUP, one="ONE")
    plugin("other-metrics", catalogue.GROUP, theirs=attribute)
    with pytest.raises(PluginError, match=both):
        len(MetricCatalogue())


@pytest.mark.parametrize(
    ("attribute", "why"),
    [
        ("NUMBER", "3 is not a Metric"),
        ("NAMELESS", "a name is a lower-case word"),
        ("ELSEWHERE", "no installed package declares its axis 'safety'"),
        ("NOWHERE", "AttributeError"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_one_warning_that_names_its_distribution(plugin, attribute, why, caplog):
    plugin("bad-metrics", catalogue.GROUP, mine=attribute)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert "accuracy" in MetricCatalogue()
    (record,) = caplog.records
    assert "bad-metrics" in record.getMessage()
    assert why in record.getMessage()
