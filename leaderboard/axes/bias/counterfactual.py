"""Counterfactual: does the answer change when only the group that a text names is exchanged?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.bias import metrics
from leaderboard.axes.catalogue import COUNTERFACTUAL_FLIP_RATE, COUNTERFACTUAL_GAP, RELATIVE_COUNTERFACTUAL_GAP
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import CounterfactualExample, Example
from leaderboard.engine.engine import Engine
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate

METRICS = {
    RELATIVE_COUNTERFACTUAL_GAP: metrics.relative_gap,
    COUNTERFACTUAL_GAP: metrics.counterfactual_gap,
    COUNTERFACTUAL_FLIP_RATE: metrics.flip_rate,
}


class Counterfactual(Protocol[Parameters]):
    """Counterfactual token fairness (Garg et al. 2019) on the filled templates of split `test`."""

    axis: ClassVar[Axis] = Axis.BIAS
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = CounterfactualExample
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: Engine, *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`. A text that stands in several pairs is asked about once."""
        del engine, seed  # the classifier brings its own engine; nothing is random
        pairs: Sequence[CounterfactualExample] = splits["test"]
        texts = list(dict.fromkeys(text for pair in pairs for text in (pair.text, pair.counterfactual)))
        answers = finite(subject.classify().log_probabilities(texts), subject.model.name)
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
        """See `Protocol.estimate`. Parts: each category."""
        if not observations:
            return [Measurement(metric, Estimate.not_measured("no examples")) for metric in self.metrics]
        ordered = sorted(observations, key=lambda seen: seen.example_id)
        factual = np.exp([seen.data["log_probabilities"] for seen in ordered])
        counterfactual = np.exp([seen.data["counterfactual_log_probabilities"] for seen in ordered])
        categories = np.array([seen.data["category"] for seen in ordered], dtype=np.str_)
        templates = np.array([seen.data["template"] for seen in ordered], dtype=np.str_)
        measurements = []
        for metric, estimate in METRICS.items():
            measurements.append(Measurement(metric, estimate(factual, counterfactual, templates)))
            for category in np.unique(categories):
                among = categories == category
                part = estimate(factual[among], counterfactual[among], templates[among])
                measurements.append(Measurement(metric, part, str(category)))
        return measurements
