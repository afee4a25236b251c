import pytest

from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Metric
from leaderboard.testing.metrics import MetricContract


class TestMetrics(MetricContract):
    @pytest.fixture(params=METRICS.values(), ids=list(METRICS))
    def metric(self, request) -> Metric:
        return request.param
