"""Observations of examples that were asked in random order until a rule held, and estimates that are valid for them.

How many examples were asked then depends on their answers, and intervals for a fixed number do not cover. Every such
observation keeps its place in the order, so that whoever estimates from it later knows.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leaderboard.arrays import FloatArray
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.stats.betting import anytime_mean
from leaderboard.stats.estimate import Estimate, Status
from leaderboard.stats.resampled import Resampled

SEQUENCE = "asking_order"
"""Key of an observation: its place in the order of asking, from 0, and the number of examples that could be asked."""
_MOST = 2**31
"""Number of examples that no task has."""
NO_INTERVAL = "no interval: examples were asked until a rule held, and this is no mean of their scores"


@dataclass(frozen=True, slots=True)
class ExampleSequence:
    """The order in which examples were asked.

    Attributes:
        ids: ids of the examples, in the order of asking.
        horizon: number of examples that could have been asked.
    """

    ids: tuple[str, ...]
    horizon: int


def with_places(observations: Iterable[Observation], horizon: int) -> list[Observation]:
    """Return observations in the order of asking, each with its place in it."""
    return [replace(each, data={**each.data, SEQUENCE: [place, horizon]}) for place, each in enumerate(observations)]


def example_sequence(observations: Sequence[Observation]) -> ExampleSequence | None:
    """Return the order in which examples were asked; None where their number did not depend on the answers.

    Raises:
        ValueError: where only some observations have a place, or a place is no number.
    """
    places: list[Any] = [each.data.get(SEQUENCE) for each in observations]
    if not any(places):
        return None
    if not all(_is_place(each) for each in places):
        raise ValueError("an example has no place in the order of asking")
    in_order = sorted(zip(places, (each.example_id for each in observations), strict=True))
    return ExampleSequence(tuple(name for _, name in in_order), max(place[1] for place in places))


def drawn_sequence(observations: Sequence[Observation]) -> ExampleSequence:
    """Return the examples of a full evaluation in a random order that depends on their ids alone."""
    ids = sorted((each.example_id for each in observations), key=lambda name: hashlib.sha256(name.encode()).digest())
    return ExampleSequence(tuple(ids), len(ids))


def _is_place(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(type(each) is int for each in value):  # noqa: PLR2004
        return False
    place, horizon = value
    return bool(0 <= place < horizon <= _MOST)


def scores_in_order(number: Resampled, sequence: ExampleSequence) -> FloatArray | None:
    """Return the scores of a statistic in the order of asking; None where it is no mean of independent scores."""
    if number.scores is None or number.clusters:
        return None
    place = {name: index for index, name in enumerate(number.ids)}
    return number.scores[[place[name] for name in sequence.ids if name in place]]


def estimate(protocol: Protocol[Parameters], observations: Sequence[Observation]) -> list[Measurement]:
    """Return the estimates of observations, with anytime-valid intervals where their number depends on the answers.

    A mean of independent, bounded scores has its betting confidence sequence; any other value has no interval, since
    that for a fixed number of examples would not cover it.
    """
    measurements, sequence = protocol.estimate(observations), example_sequence(observations)
    if sequence is None:
        return measurements
    numbers = protocol.resampled(observations)
    return [
        replace(each, estimate=_anytime(each, numbers.get((each.metric.name, each.part)), sequence))
        for each in measurements
    ]


def _anytime(measurement: Measurement, number: Resampled | None, sequence: ExampleSequence) -> Estimate:
    estimate, bounds = measurement.estimate, measurement.metric.bounds
    if estimate.status is not Status.MEASURED or estimate.value is None or estimate.low is None:
        return estimate
    scores = scores_in_order(number, sequence) if number is not None and all(map(math.isfinite, bounds)) else None
    if scores is None:
        return Estimate.measured(estimate.value, None, n=estimate.n, method=NO_INTERVAL)
    return anytime_mean(scores, bounds, horizon=sequence.horizon)
