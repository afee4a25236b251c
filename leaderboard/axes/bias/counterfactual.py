"""Counterfactual: the protocol that compares predictions for texts that differ only in the group they name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import COUNTERFACTUAL_FLIP_RATE, COUNTERFACTUAL_GAP, RELATIVE_COUNTERFACTUAL_GAP, metrics
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import CounterfactualExample, Example
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_Part = tuple[tuple[str, ...], FloatArray, FloatArray, tuple[str, ...]]

METRICS = {
    RELATIVE_COUNTERFACTUAL_GAP: metrics.relative_gap,
    COUNTERFACTUAL_GAP: metrics.counterfactual_gap,
    COUNTERFACTUAL_FLIP_RATE: metrics.flip_rate,
}


class Counterfactual(Protocol[Parameters]):
    """Protocol of counterfactual token fairness (Garg et al. 2019) on the filled templates of split `test`.

    Version 2 has other intervals: resamples of few templates held the truth in .83 to .91 of the cases.
    """

    version: ClassVar[int] = 2
    axis: ClassVar[Axis] = Axis.BIAS
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = CounterfactualExample
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the log-probabilities of both texts of each pair; each text is classified once."""
        del seed  # nothing is random
        pairs: Sequence[CounterfactualExample] = splits["test"]
        texts = list(dict.fromkeys(text for pair in pairs for text in (pair.text, pair.counterfactual)))
        answers = require_finite(subject.classifier().log_probabilities(texts), subject.name)
        answer = dict(zip(texts, answers.tolist(), strict=True))
        for pair in pairs:
            yield Observation(
                pair.id,
                {
                    "log_probabilities": answer[pair.text],
                    "counterfactual_log_probabilities": answer[pair.counterfactual],
                    "category": pair.category,
                    "template": pair.template,
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each category as a part."""
        if not observations:
            return [Measurement(metric, Estimate.not_measured("no examples")) for metric in self.metrics]
        measurements = []
        for part, (_, factual, counterfactual, templates) in _parts(observations).items():
            measurements += [
                attempt(metric, partial(estimate, factual, counterfactual, np.array(templates)), part)
                for metric, estimate in METRICS.items()
            ]
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each pair counts; templates are resampled as clusters."""
        numbers = {}
        for part, (ids, factual, counterfactual, templates) in _parts(observations).items():
            gaps, flips = metrics.gaps(factual, counterfactual), metrics.flipped(factual, counterfactual)
            numbers[COUNTERFACTUAL_GAP.name, part] = Resampled.mean(ids, gaps, templates)
            numbers[COUNTERFACTUAL_FLIP_RATE.name, part] = Resampled.mean(ids, flips, templates)
            if len(set(templates)) > 1:
                relative = _relative(factual, counterfactual, templates)
                numbers[RELATIVE_COUNTERFACTUAL_GAP.name, part] = Resampled(ids, relative, clusters=templates)
        return numbers


def _parts(observations: Sequence[Observation]) -> dict[str, _Part]:
    """Return ids, both predictions and templates of all pairs and of those of each category."""
    if not observations:
        return {}
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    categories = sorted({observation.data["category"] for observation in ordered})
    of_part = {"": ordered} | {
        category: [observation for observation in ordered if observation.data["category"] == category]
        for category in categories
    }
    return {
        part: (
            tuple(observation.example_id for observation in subset),
            np.exp([observation.data["log_probabilities"] for observation in subset]),
            np.exp([observation.data["counterfactual_log_probabilities"] for observation in subset]),
            tuple(observation.data["template"] for observation in subset),
        )
        for part, subset in of_part.items()
    }


def _relative(
    factual: FloatArray, counterfactual: FloatArray, templates: Sequence[str]
) -> Callable[[FloatArray], FloatArray]:
    """Return the relative gap as a function of how often each pair counts; a template counts as its pairs do."""
    _, owner, pairs = np.unique(np.array(templates), return_inverse=True, return_counts=True)
    share = np.eye(len(pairs))[owner] / pairs
    ratio = metrics.relative_gap_of(factual, counterfactual, owner)
    return lambda times: ratio(times @ share)
