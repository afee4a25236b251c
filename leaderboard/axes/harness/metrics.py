"""Which metric of the catalogue each metric of lm-evaluation-harness is."""

from dataclasses import dataclass

from leaderboard.axes import catalogue
from leaderboard.axes.metric import Axis, Metric


@dataclass(frozen=True, slots=True)
class Reported:
    """A metric of the catalogue under the name that lm-evaluation-harness gives it; `scale` turns units into ours."""

    metric: Metric
    scale: float = 1.0


REPORTED = {
    "acc": Reported(catalogue.ACCURACY),
    "acc_norm": Reported(catalogue.ACCURACY_NORM),
    "exact_match": Reported(catalogue.EXACT_MATCH),
    "f1": Reported(catalogue.F1),
    "mcc": Reported(catalogue.MCC),
    "brier_score": Reported(catalogue.BRIER),
    "bleu": Reported(catalogue.BLEU),
    "chrf": Reported(catalogue.CHRF),
    "perplexity": Reported(catalogue.PERPLEXITY),
    "word_perplexity": Reported(catalogue.WORD_PERPLEXITY),
    "byte_perplexity": Reported(catalogue.BYTE_PERPLEXITY),
    "bits_per_byte": Reported(catalogue.BITS_PER_BYTE),
    "pct_stereotype": Reported(catalogue.STEREOTYPE_PREFERENCE, scale=100.0),  # a share there, per cent here
    "likelihood_diff": Reported(catalogue.LIKELIHOOD_DIFFERENCE),
}


def reported_on(axis: Axis) -> tuple[Metric, ...]:
    """Everything that a task of lm-evaluation-harness can report on one axis."""
    return tuple(known.metric for known in REPORTED.values() if known.metric.axis is axis)
