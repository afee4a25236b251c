"""What every metric keeps to: subclass `MetricContract` in the tests of a package that declares metrics."""

import math
import re

import pytest

from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.axes.metric import Better, Metric, Scale


class MetricContract:
    """Checks any metric. A subclass gives the fixture `metric`, which may be parametrised."""

    @pytest.fixture
    def metric(self) -> Metric:
        """The metric."""
        raise NotImplementedError

    def test_the_catalogue_has_it_under_its_name(self, metric: Metric) -> None:
        assert METRICS[metric.name] == metric
        assert metric.axis in Axis

    def test_its_name_is_one_word_that_terms_and_stores_can_hold(self, metric: Metric) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,63}", metric.name)

    def test_its_anchors_differ_and_lie_in_its_bounds(self, metric: Metric) -> None:
        low, high = metric.bounds
        assert low < high
        assert metric.worst != metric.best
        for anchor in (metric.worst, metric.best):
            assert math.isfinite(anchor)
            assert low <= anchor <= high

    def test_its_anchors_say_which_way_is_better(self, metric: Metric) -> None:
        match metric.better:
            case Better.HIGHER:
                assert metric.worst < metric.best
            case Better.LOWER:
                assert metric.worst > metric.best
            case Better.TARGET:
                assert metric.target is not None
                assert metric.worst != metric.target
        assert (metric.target is not None) == (metric.better is Better.TARGET)

    def test_a_logarithm_of_its_anchors_is_defined(self, metric: Metric) -> None:
        assert metric.scale is not Scale.LOG or min(metric.worst, metric.best) > 0

    def test_it_counts_with_a_positive_weight_and_number_of_examples(self, metric: Metric) -> None:
        assert metric.weight > 0
        assert metric.minimum_n >= 1

    def test_the_metric_whose_place_it_takes_is_one_of_its_axis(self, metric: Metric) -> None:
        if metric.instead_of:
            assert METRICS[metric.instead_of].axis is metric.axis

    def test_it_says_what_it_is_in_one_line_and_where_it_comes_from(self, metric: Metric) -> None:
        assert metric.summary.strip()
        assert "\n" not in metric.summary
        assert metric.unit
        assert metric.source
