"""Latencies: how long each answer took, and the quantiles that stand on the board."""

from collections.abc import Iterable, Mapping

import pandas as pd

from leaderboard.axes.catalogue import LATENCY_P50, LATENCY_P90, LATENCY_P95, LATENCY_P99
from leaderboard.stats.intervals import quantile
from leaderboard.store.records import StoredObservation

LATENCY_COLUMNS = ("example", "seconds", "reference_seconds", "tokens", "load")
_TYPES = {"example": "str", **dict.fromkeys(LATENCY_COLUMNS[1:], "float64")}
_QUANTILES = {"p50": (0.50, LATENCY_P50), "p90": (0.90, LATENCY_P90), "p95": (0.95, LATENCY_P95)} | {
    "p99": (0.99, LATENCY_P99)
}


def latencies(seen: Iterable[StoredObservation]) -> pd.DataFrame:
    """One row a timed answer, in the order they were timed; missing where something was not noted.

    Returns:
        `example`; `seconds`, of the answer; `reference_seconds`, of the reference workload beside it; `tokens` of the
        text; `load` of the machine.
    """
    rows = [
        {"example": each.example_id, **{name: each.data.get(name) for name in LATENCY_COLUMNS[1:]}}
        for each in seen
        if isinstance(each.data.get("seconds"), int | float)
    ]
    return pd.DataFrame(rows, columns=list(LATENCY_COLUMNS)).astype(_TYPES)


def quantiles(timed: pd.DataFrame) -> Mapping[str, float]:
    """The quantiles that so many answers can tell, in seconds, by name.

    Args:
        timed: from `latencies`.
    """
    found = {
        name: quantile(timed["seconds"], q, minimum_n=metric.minimum_n).value
        for name, (q, metric) in _QUANTILES.items()
    }
    return {name: value for name, value in found.items() if value is not None}
