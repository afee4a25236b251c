"""The tests of the plug-in itself, where it is installed: its metrics keep to the contract."""

import pytest

from leaderboard.testing import MetricContract

safety = pytest.importorskip("leaderboard_safety")


class TestMetrics(MetricContract):
    @pytest.fixture(params=safety.METRICS, ids=lambda metric: metric.name)
    def metric(self, request):
        return request.param
