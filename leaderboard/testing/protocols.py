"""What every protocol keeps to: subclass `ProtocolContract` in a protocol's own tests."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from leaderboard.axes.protocol import Observation, Protocol
from leaderboard.backends.subject import Subject
from leaderboard.stats.estimate import Estimate, Status

ROUNDING = 1e-12
_ROUNDING = 1e-4
"""Rounding error of float32 sums over many tokens."""


class ProtocolContract:
    """Checks any protocol. A subclass gives the fixtures `protocol`, `subject` and `splits`.

    The subject and its examples should be such that every metric can be estimated, for then the checks say most.
    """

    @pytest.fixture
    def protocol(self) -> Protocol[Any]:
        """The protocol, with its parameters."""
        raise NotImplementedError

    @pytest.fixture
    def subject(self) -> Subject:
        """A subject with every capability that the protocol needs."""
        raise NotImplementedError

    @pytest.fixture
    def splits(self) -> Mapping[str, Sequence[Any]]:
        """A few examples for each split that it reads."""
        raise NotImplementedError

    @pytest.fixture
    def observations(
        self, protocol: Protocol[Any], subject: Subject, splits: Mapping[str, Sequence[Any]]
    ) -> list[Observation]:
        """What the protocol sees with seed 0."""
        return list(protocol.observe(subject, splits, seed=0))

    def test_the_subject_can_do_what_the_protocol_needs(self, protocol: Protocol[Any], subject: Subject) -> None:
        assert protocol.needs <= subject.capabilities
        assert not protocol.needs_one_of or protocol.needs_one_of & subject.capabilities

    def test_every_metric_belongs_to_the_axis_of_the_protocol(self, protocol: Protocol[Any]) -> None:
        assert protocol.metrics
        assert {metric.axis for metric in (*protocol.metrics, *protocol.reported)} == {protocol.axis}

    def test_what_is_always_reported_does_not_rank(self, protocol: Protocol[Any]) -> None:
        assert not any(metric.headline for metric in protocol.reported)

    def test_observations_have_ids_of_their_own(self, observations: list[Observation]) -> None:
        assert observations
        assert len({observation.example_id for observation in observations}) == len(observations)

    def test_observations_are_json_without_nan(self, observations: list[Observation]) -> None:
        for observation in observations:
            assert json.loads(json.dumps(dict(observation.data), allow_nan=False)) == dict(observation.data)

    def test_observing_again_sees_the_same(
        self,
        protocol: Protocol[Any],
        subject: Subject,
        splits: Mapping[str, Sequence[Any]],
        observations: list[Observation],
    ) -> None:
        if protocol.depends_on_environment:
            pytest.skip("what it sees belongs to the machine and the moment")
        again = list(protocol.observe(subject, splits, seed=0))
        assert [observation.example_id for observation in again] == [
            observation.example_id for observation in observations
        ]
        assert alike([observation.data for observation in again], [observation.data for observation in observations])

    def test_exactly_the_declared_metrics_are_estimated(
        self, protocol: Protocol[Any], observations: list[Observation]
    ) -> None:
        declared = {*protocol.metrics, *protocol.reported, *protocol.task_metrics}
        assert {measurement.metric for measurement in protocol.estimate(observations)} == declared

    def test_each_part_of_a_metric_is_estimated_once(
        self, protocol: Protocol[Any], observations: list[Observation]
    ) -> None:
        assert len(estimates(protocol, observations)) == len(protocol.estimate(observations))

    def test_estimates_depend_on_neither_the_moment_nor_the_order_of_observations(
        self, protocol: Protocol[Any], observations: list[Observation]
    ) -> None:
        expected = estimates(protocol, observations)
        assert estimates(protocol, observations) == expected
        assert estimates(protocol, observations[::-1]) == expected
        assert (
            estimates(protocol, sorted(observations, key=lambda observation: observation.example_id[::-1])) == expected
        )

    def test_every_value_lies_in_its_interval(self, protocol: Protocol[Any], observations: list[Observation]) -> None:
        measured = [estimate for estimate in estimates(protocol, observations).values() if estimate.value is not None]
        assert measured
        for estimate in measured:
            if estimate.value is not None and estimate.low is not None and estimate.high is not None:
                assert estimate.low - ROUNDING <= estimate.value <= estimate.high + ROUNDING

    def test_counting_every_example_once_gives_what_is_estimated(
        self, protocol: Protocol[Any], observations: list[Observation]
    ) -> None:
        expected = estimates(protocol, observations)
        for key, number in protocol.resampled(observations).items():
            (value,) = number.value(np.ones((1, len(number.ids))))
            estimated = expected[key].value
            assert np.isnan(value) if estimated is None else value == pytest.approx(estimated, abs=ROUNDING)
            assert set(number.ids) <= {observation.example_id for observation in observations}
            if number.scores is not None and estimated is not None:
                assert number.scores.mean() == pytest.approx(estimated, abs=ROUNDING)

    def test_counting_an_example_twice_is_seeing_it_twice(
        self, protocol: Protocol[Any], observations: list[Observation]
    ) -> None:
        for number in protocol.resampled(observations).values():
            once = np.ones((1, len(number.ids)))
            assert number.value(np.concatenate([once, 2 * once])) == pytest.approx(
                np.repeat(number.value(once), 2), nan_ok=True, abs=ROUNDING
            )

    def test_nothing_observed_is_not_measured(self, protocol: Protocol[Any]) -> None:
        nothing = protocol.estimate([])
        declared = {*protocol.metrics, *protocol.reported, *protocol.task_metrics}
        assert {measurement.metric for measurement in nothing} == declared
        assert {measurement.estimate.status for measurement in nothing} == {Status.NOT_MEASURED}


def estimates(protocol: Protocol[Any], observations: Sequence[Observation]) -> dict[tuple[str, str], Estimate]:
    """Estimates by the name of their metric and of their part."""
    return {
        (measurement.metric.name, measurement.part): measurement.estimate
        for measurement in protocol.estimate(observations)
    }


def alike(first: Any, second: Any) -> bool:
    """Whether two JSON-like values are the same but for rounding, which depends on what shares a batch."""
    match first, second:
        case float(), float():
            return math.isclose(first, second, rel_tol=_ROUNDING, abs_tol=_ROUNDING)
        case Mapping(), Mapping():
            return first.keys() == second.keys() and all(alike(first[key], second[key]) for key in first)
        case [*_], [*_]:
            return len(first) == len(second) and all(map(alike, first, second))
    return bool(first == second)
