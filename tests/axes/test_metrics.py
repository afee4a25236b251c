import pytest

from leaderboard.axes.catalogue import METRICS
from leaderboard.testing.metrics import MetricContract
from tests.in_one_test import in_one_test

PROMISES = sorted(name for name in dir(MetricContract) if name.startswith("test_"))


@pytest.mark.parametrize("promise", PROMISES)
@in_one_test("metric", METRICS.values())
def test_every_metric_keeps_its_contract(promise, metric):
    getattr(MetricContract(), promise)(metric)
