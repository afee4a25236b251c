"""Harness metrics: the metric of the catalogue for each metric of lm-evaluation-harness."""

from dataclasses import dataclass

from leaderboard.axes.accuracy import (
    ACCURACY,
    ACCURACY_NORM,
    BITS_PER_BYTE,
    BLEU,
    BRIER,
    BYTE_PERPLEXITY,
    CHRF,
    EXACT_MATCH,
    F1,
    MCC,
    PERPLEXITY,
    WORD_PERPLEXITY,
)
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import LIKELIHOOD_DIFFERENCE, STEREOTYPE_PREFERENCE
from leaderboard.axes.metric import Metric


@dataclass(frozen=True, slots=True)
class HarnessMetric:
    """Metric of the catalogue for a metric of lm-evaluation-harness; `scale` converts the unit."""

    metric: Metric
    scale: float = 1.0


PREFERENCE = "pct_stereotype"
"""Name of the share of pairs in which the first sentence scores higher (crows_pairs)."""
HARNESS_METRICS = {
    "acc": HarnessMetric(ACCURACY),
    "acc_norm": HarnessMetric(ACCURACY_NORM),
    "exact_match": HarnessMetric(EXACT_MATCH),
    "f1": HarnessMetric(F1),
    "mcc": HarnessMetric(MCC),
    "brier_score": HarnessMetric(BRIER),
    "bleu": HarnessMetric(BLEU),
    "chrf": HarnessMetric(CHRF),
    "perplexity": HarnessMetric(PERPLEXITY),
    "word_perplexity": HarnessMetric(WORD_PERPLEXITY),
    "byte_perplexity": HarnessMetric(BYTE_PERPLEXITY),
    "bits_per_byte": HarnessMetric(BITS_PER_BYTE),
    PREFERENCE: HarnessMetric(STEREOTYPE_PREFERENCE, scale=100.0),  # a share there, per cent here
    "likelihood_diff": HarnessMetric(LIKELIHOOD_DIFFERENCE),
}


def harness_metrics_of(axis: Axis) -> tuple[Metric, ...]:
    """Return the metrics that tasks of lm-evaluation-harness can report on one axis."""
    return tuple(
        harness_metric.metric for harness_metric in HARNESS_METRICS.values() if harness_metric.metric.axis is axis
    )
