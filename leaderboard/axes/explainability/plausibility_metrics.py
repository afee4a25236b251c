"""Plausibility metrics: agreement of attributions with rationales over texts, with intervals.

Texts of one cluster, such as both texts of a pair, are resampled together.
"""

from typing import NamedTuple

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.explainability.metrics import gains_of_best
from leaderboard.axes.explainability.rationale_agreement import Agreement, RationaleTexts
from leaderboard.stats.bounded import bounded_mean, bounded_of_sums, half_of_each, half_of_one
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled


class Gains(NamedTuple):
    """Average precision above chance, by cluster; arrays of shape (clusters,).

    Attributes:
        keys: keys of the clusters.
        gained: average precision minus that of all orders of the words, summed over the texts of a cluster.
        possible: the same for an order with the marked words first.
        worst: the same for an order with the marked words last; 0 or negative.
        methods: the methods that it is of; several where one was chosen for each half of the texts.
    """

    keys: tuple[str, ...]
    gained: FloatArray
    possible: FloatArray
    worst: FloatArray
    methods: tuple[str, ...]


def gains_of(texts: RationaleTexts, method: str) -> Gains:
    """Return the gains of one method."""
    columns = [texts.agreements[method].average_precision, np.ones(len(texts.ids)), texts.worst]
    keys, sums = _by_cluster(texts, np.stack(columns, axis=1) - texts.chance[:, None])
    return Gains(keys, sums[:, 0], sums[:, 1], sums[:, 2], (method,))


def gains_of_best_method(texts: RationaleTexts) -> Gains | None:
    """Return the gains of the method that is best on the other half of the clusters, among those with a sign.

    The clusters are halved by a hash of their keys, as texts are for faithfulness. None where no such method has
    scores, or with fewer than two clusters.
    """
    by_method = {name: gains_of(texts, name) for name in texts.agreements if name in texts.eligible}
    if not by_method:
        return None
    one = next(iter(by_method.values()))
    gained, chosen = gains_of_best(one.keys, {name: each.gained for name, each in by_method.items()})
    return one._replace(gained=gained, methods=chosen) if chosen else None


def plausibility(gains: Gains) -> Estimate:
    """Estimate Σ(AP - c) / Σ(1 - c), with c the average precision of all orders of a text's words.

    0 is chance and 1 has all marked words first, whatever the share of marked words. Each text counts by what there is
    to gain. Interval: `bounded_of_sums`, with half an unobserved cluster in the worst or the best order.
    """
    rows = np.stack([gains.gained, gains.possible], axis=1)
    worst = half_of_one(np.stack([gains.worst, gains.possible], axis=1))
    best = half_of_one(np.stack([gains.possible, gains.possible], axis=1))
    (estimate,) = bounded_of_sums(lambda sums: sums[..., :1] / sums[..., 1:], rows, worst, best)
    return estimate


def plausibility_of_best(texts: RationaleTexts) -> Estimate:
    """Estimate the plausibility of the best method, chosen on other texts than it is scored on.

    The largest of several noisy values would favour subjects with more methods.
    """
    gains = gains_of_best_method(texts)
    if gains is None:
        reason = next(iter(texts.unmeasured.values()), "none of the `methods` of the task has a sign, as occlusion has")
        if texts.eligible:
            reason = "needs 2 texts that are independent, one to choose the method and one to score it"
        return Estimate.not_measured(reason, n=len(texts.ids))
    estimate = plausibility(gains)
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    names = " and ".join(dict.fromkeys(gains.methods))
    method = f"{names}, chosen for each half of the texts on the other; {estimate.method}"
    return Estimate.measured(estimate.value, (estimate.low, estimate.high), n=estimate.n, method=method)


def mean_of_texts(texts: RationaleTexts, values: FloatArray) -> Estimate:
    """Estimate the mean over texts of values between 0 and 1."""
    return bounded_mean(np.clip(values, 0.0, 1.0), (0.0, 1.0), clusters=np.array(texts.clusters))


def iou_f1(texts: RationaleTexts, method: str) -> Estimate:
    """Estimate the F1 of the mean precision and the mean recall of spans over texts, ERASER's macro average."""
    _, rows = _by_cluster(texts, _span_rows(texts.agreements[method]))
    size = len(texts.ids) / len(rows)
    worst, best = (half_of_each(np.array([[size * end, size * end, size]])) for end in (0.0, 1.0))
    (estimate,) = bounded_of_sums(lambda sums: _f1(sums)[..., None], rows, worst, best)
    return estimate


def resampled_iou_f1(texts: RationaleTexts, method: str) -> Resampled:
    """Return the F1 of spans as a function of how often each text counts."""
    return Resampled.of_sums(texts.ids, _f1, _span_rows(texts.agreements[method]), texts.clusters)


def resampled_plausibility(gains: Gains) -> Resampled:
    """Return the plausibility as a function of how often each cluster counts."""
    rows = np.stack([gains.gained, gains.possible], axis=1)
    return Resampled.of_sums(gains.keys, lambda sums: sums[:, 0] / sums[:, 1], rows)


def _span_rows(agreement: Agreement) -> FloatArray:
    """Return precision, recall and 1 for each text, shape (texts, 3)."""
    return np.column_stack([agreement.span_precision, agreement.span_recall, np.ones(len(agreement.span_recall))])


def _f1(sums: FloatArray) -> FloatArray:
    """Return the F1 of sums of precision, recall and texts, shape (..., 3); 0 where nothing matches."""
    precision, recall, texts = sums[..., 0], sums[..., 1], sums[..., 2]
    total = precision + recall
    f1 = 2 * precision * recall / np.where(total > 0, total, 1.0)
    return np.asarray(f1 / texts)


def _by_cluster(texts: RationaleTexts, rows: FloatArray) -> tuple[tuple[str, ...], FloatArray]:
    """Sum rows of texts, shape (texts, k), over each cluster; return the keys and the sums, shape (clusters, k)."""
    keys, cluster_of = np.unique(np.array(texts.clusters), return_inverse=True)
    return tuple(keys.tolist()), np.stack([np.bincount(cluster_of, column) for column in rows.T], axis=1)
