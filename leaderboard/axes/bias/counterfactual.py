"""Counterfactual: does the answer change when only the group that a text names is exchanged?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from leaderboard.axes.bias import metrics
from leaderboard.axes.catalogue import COUNTERFACTUAL_FLIP_RATE, COUNTERFACTUAL_GAP, RELATIVE_COUNTERFACTUAL_GAP
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import CounterfactualExample, Example
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

_Part = tuple[tuple[str, ...], metrics.FloatArray, metrics.FloatArray, tuple[str, ...]]

METRICS = {
    RELATIVE_COUNTERFACTUAL_GAP: metrics.relative_gap,
    COUNTERFACTUAL_GAP: metrics.counterfactual_gap,
    COUNTERFACTUAL_FLIP_RATE: metrics.flip_rate,
}


class Counterfactual(Protocol[Parameters]):
    """Counterfactual token fairness (Garg et al. 2019) on the filled templates of split `test`.

    Version 2 has other intervals: resamples of few templates held the truth in .83 to .91 of the cases.
    """

    version: ClassVar[int] = 2
    axis: ClassVar[Axis] = Axis.BIAS
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = CounterfactualExample
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
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
        measurements = []
        for part, (_, factual, counterfactual, templates) in _parts(observations).items():
            measurements += [
                attempt(metric, partial(estimate, factual, counterfactual, np.array(templates)), part)
                for metric, estimate in METRICS.items()
            ]
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`: templates are resampled, with all their pairs."""
        found = {}
        for part, (ids, factual, counterfactual, templates) in _parts(observations).items():
            gaps, flips = metrics.gaps(factual, counterfactual), metrics.flipped(factual, counterfactual)
            found[COUNTERFACTUAL_GAP.name, part] = Resampled.mean(ids, gaps, templates)
            found[COUNTERFACTUAL_FLIP_RATE.name, part] = Resampled.mean(ids, flips, templates)
            if len(set(templates)) > 1:
                relative = _relative(factual, counterfactual, templates)
                found[RELATIVE_COUNTERFACTUAL_GAP.name, part] = Resampled(ids, relative, clusters=templates)
        return found


def _parts(observations: Sequence[Observation]) -> dict[str, _Part]:
    """Ids, both answers and templates, of all pairs and of those of each category."""
    if not observations:
        return {}
    ordered = sorted(observations, key=lambda seen: seen.example_id)
    categories = sorted({seen.data["category"] for seen in ordered})
    of_part = {"": ordered} | {
        category: [seen for seen in ordered if seen.data["category"] == category] for category in categories
    }
    return {
        part: (
            tuple(seen.example_id for seen in among),
            np.exp([seen.data["log_probabilities"] for seen in among]),
            np.exp([seen.data["counterfactual_log_probabilities"] for seen in among]),
            tuple(seen.data["template"] for seen in among),
        )
        for part, among in of_part.items()
    }


def _relative(
    factual: metrics.FloatArray, counterfactual: metrics.FloatArray, templates: Sequence[str]
) -> Callable[[metrics.FloatArray], metrics.FloatArray]:
    """The relative gap as a function of how often each pair counts; a template counts as often as its pairs do."""
    _, owner, pairs = np.unique(np.array(templates), return_inverse=True, return_counts=True)
    share = np.eye(len(pairs))[owner] / pairs
    ratio = metrics.relative_gap_of(factual, counterfactual, owner)
    return lambda times: ratio(times @ share)
