"""Latencies: how long each answer took, and the quantiles shown on the board."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from leaderboard.axes.latency import LATENCY_P50, LATENCY_P90, LATENCY_P95, LATENCY_P99
from leaderboard.stats.intervals import quantile
from leaderboard.store.records import StoredObservation
from leaderboard.store.stored_protocols import reading_observations

LATENCY_COLUMNS = ("example", "seconds", "reference_seconds", "tokens", "load")
_TYPES = {"example": "str", **dict.fromkeys(LATENCY_COLUMNS[1:], "float64")}
_QUANTILES = {"p50": (0.50, LATENCY_P50), "p90": (0.90, LATENCY_P90), "p95": (0.95, LATENCY_P95)} | {
    "p99": (0.99, LATENCY_P99)
}


def latencies(observations: Iterable[StoredObservation]) -> pd.DataFrame:
    """Return one row for each timed answer, in the order of measurement; missing values were not recorded.

    Returns:
        `example`; `seconds` of the answer; `reference_seconds` of the interleaved reference workload; `tokens` of
        the text; `load` of the machine.

    Raises:
        UnreadableObservationsError: for an observation that no protocol writes.
    """
    with reading_observations():
        rows = [
            {"example": each.example_id, **{name: each.data.get(name) for name in LATENCY_COLUMNS[1:]}}
            for each in observations
            if "seconds" in each.data
        ]
        timed = pd.DataFrame(rows, columns=list(LATENCY_COLUMNS)).astype(_TYPES)
        if not np.isfinite(timed["seconds"]).all():
            raise ValueError("an answer whose latency is not a finite number")
        return timed


def quantiles(timed: pd.DataFrame) -> Mapping[str, float]:
    """Return the quantiles that so many answers can estimate, in seconds, by name.

    Args:
        timed: from `latencies`.
    """
    values = {
        name: quantile(timed["seconds"], q, minimum_n=metric.minimum_n).value
        for name, (q, metric) in _QUANTILES.items()
    }
    return {name: value for name, value in values.items() if value is not None}
