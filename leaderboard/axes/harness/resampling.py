"""Resampling: means of documents' scores as functions of how often each counts, without lm-evaluation-harness."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias.swaps import SWAPPED, cluster_of
from leaderboard.axes.harness.metrics import HARNESS_METRICS
from leaderboard.axes.protocol import Observation
from leaderboard.stats.resampled import Resampled


def resampled(observations: Sequence[Observation], axis: Axis, *, grouped: bool) -> Mapping[tuple[str, str], Resampled]:
    """Return the metrics that are means of scores, by metric and part; parts are named as in `estimating`.

    Pairs of sentences that swap the same words are resampled together. Other metrics, and a group's averages over its
    tasks, are compared by their intervals alone.

    Args:
        observations: observations of one task, or of all tasks of a group.
        axis: axis of the metrics.
        grouped: whether they are of a group.
    """
    columns: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    swaps = {
        observation.example_id: cluster_of(observation) for observation in observations if observation.data.get(SWAPPED)
    }
    for observation in sorted(
        observations, key=lambda observation: (observation.data["task"], observation.data["document"])
    ):
        for score in observation.data["scores"]:
            harness_metric = HARNESS_METRICS.get(score["metric"])
            value = score["value"]
            if (
                harness_metric
                and harness_metric.metric.axis is axis
                and score["aggregation"] == "mean"
                and isinstance(value, int | float)
            ):
                scope = observation.data["task"] if grouped else ""
                values = columns[score["metric"], scope][score["filter"]]
                values[observation.example_id] = harness_metric.scale * value
    numbers = {}
    for (name, scope), by_filter in columns.items():
        metric = HARNESS_METRICS[name].metric.name
        means = {
            part: Resampled.mean(list(values), list(values.values()), _clusters(list(values), swaps))
            for part, values in by_filter.items()
        }
        numbers[metric, scope] = next(iter(means.values()))
        if len(means) > 1:
            numbers |= {(metric, f"{scope}/{part}" if scope else part): mean for part, mean in means.items()}
    return numbers


def _clusters(ids: Sequence[str], swaps: Mapping[str, str]) -> list[str]:
    """Return the cluster of each pair of sentences, by the words that it swaps; empty for other documents."""
    return [swaps.get(example, f"#{example}") for example in ids] if any(example in swaps for example in ids) else []
