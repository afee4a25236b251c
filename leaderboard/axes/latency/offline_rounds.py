"""Estimates from the rounds of the offline scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.autocorrelation import Series, ratio_of_sums
from leaderboard.stats.estimate import Estimate

_SECONDS_PER_HOUR = 3600
_MILLION = 1e6


@dataclass(frozen=True)
class OfflineRounds:
    """Rounds in the order of time.

    Attributes:
        rounds: data of each round: `texts`, `tokens`, `seconds` and `joules`.
    """

    rounds: Sequence[Mapping[str, Any]]

    def per_second(self, unit: str) -> Estimate:
        """Return the texts, or tokens, of all rounds divided by their time; the interval is over rounds.

        Args:
            unit: "texts" or "tokens".

        Raises:
            NotMeasurableError: Where they are not counted.
        """
        return self._ratio(unit, "seconds", "the tokens of a text are not counted")

    def energy(self, reason: str) -> Estimate:
        """Return the energy for one text in joules; the interval is over rounds.

        Args:
            reason: why there is no energy; empty where there is some.

        Raises:
            NotMeasurableError: Without a counter of energy, or where it did not move.
        """
        if reason:
            raise NotMeasurableError(reason)
        if self.rounds and not any(each["joules"] for each in self.rounds):
            raise NotMeasurableError("the energy counter did not move; use more texts a round")
        return self._ratio("joules", "texts", "no energy was read")

    def cost(self, price: float | None) -> Estimate:
        """Return the cost of a million tokens in USD: price per hour / (3600 s × tokens per second) × 10^6.

        Args:
            price: price of the machine per hour; None where it is unknown.

        Raises:
            NotMeasurableError: Without a price, or where tokens are not counted.
        """
        if price is None:
            raise NotMeasurableError(
                "the price of this machine is unknown; set LEADERBOARD_MACHINE_PRICE, or `price_per_hour` of the task, "
                "in USD per hour"
            )
        seconds = self._ratio("seconds", "tokens", "the tokens of a text are not counted")
        if seconds.value is None:
            return seconds
        factor = price / _SECONDS_PER_HOUR * _MILLION
        interval = (
            None if seconds.low is None or seconds.high is None else (seconds.low * factor, seconds.high * factor)
        )
        return Estimate.measured(seconds.value * factor, interval, n=seconds.n, method=seconds.method)

    def _ratio(self, over: str, under: str, reason: str) -> Estimate:
        if any(each[name] is None for each in self.rounds for name in (over, under)):
            raise NotMeasurableError(reason)
        one_series = Series(np.zeros(len(self.rounds), dtype=np.intp))
        return ratio_of_sums(self._column(over), self._column(under), one_series)

    def _column(self, name: str) -> FloatArray:
        return np.array([each[name] for each in self.rounds], dtype=np.float64)
