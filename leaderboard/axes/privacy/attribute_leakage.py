"""Attribute leakage: the protocol that predicts an attribute of texts from a model's hidden states and answers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import BoolArray, FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import ANSWER_ATTRIBUTE_ADVANTAGE, ATTRIBUTE_ADVANTAGE, WORD_ATTRIBUTE_ADVANTAGE
from leaderboard.axes.privacy.attribute_probes import cross_validation_folds, right_predictions, word_features
from leaderboard.axes.privacy.metrics import attribute_advantage
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.hidden_states import LAST_LAYER, Pooling
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_SOURCES = {
    "hidden_states": ATTRIBUTE_ADVANTAGE,
    "answers": ANSWER_ATTRIBUTE_ADVANTAGE,
    "words": WORD_ATTRIBUTE_ADVANTAGE,
}
"""Metric of each source of predictions."""
_NO_HIDDEN_STATES = "the model gives no hidden states"


class AttributeLeakageParameters(Parameters):
    """Probes of a task of attribute leakage.

    Attributes:
        layer: layer whose hidden states are probed; -1 is the last.
        pooling: how the hidden states of a text's tokens become one vector.
        folds: number of folds of the cross-validation.
    """

    layer: Annotated[int, Field(ge=-1)] = LAST_LAYER
    pooling: Pooling = Pooling.MEAN
    folds: Annotated[int, Field(ge=2)] = 5


class AttributeLeakage(Protocol[AttributeLeakageParameters]):
    """Protocol that predicts an attribute, which the subject's task does not need, from what it computes of a text.

    The class of each example is the attribute, such as the gender that a text names or what its author bought; the
    subject was prepared for another task (`adapt_to`). Whoever sees the hidden states or the answers of a service could
    train such a probe (Song & Raghunathan 2020). Texts with the same `group`, such as an author, are in one fold.
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = AttributeLeakageParameters
    reads_labels: ClassVar[bool] = False  # the classes are those of the attribute
    metrics: ClassVar[tuple[Metric, ...]] = tuple(_SOURCES.values())

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield for each text whether its attribute is predicted rightly by each source, and by the majority."""
        examples: list[TextExample] = [example for example in splits["test"] if example.label is not None]
        if not examples:
            raise NotMeasurableError("no text has a value of the attribute")
        attributes = np.array([example.label for example in examples], dtype=np.intp)
        clusters = [digest([example.group or example.content]) for example in examples]
        folds = cross_validation_folds(attributes, clusters, self.parameters.folds, seed=seed)
        right: dict[str, BoolArray] = {
            source: right_predictions(features, attributes, folds)
            for source, features in self._features(subject, examples).items()
        }
        right["words"] = right_predictions(word_features([each.whole for each in examples]), attributes, folds)
        majority = attributes == np.bincount(attributes).argmax()
        for index, example in enumerate(examples):
            yield Observation(
                example.id,
                {
                    "attribute": int(attributes[index]),
                    "cluster": clusters[index],
                    "majority": bool(majority[index]),
                    **{source: bool(right[source][index]) if source in right else None for source in _SOURCES},
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate the advantage of each source over the majority."""
        return [attempt(metric, partial(_advantage, observations, source)) for source, metric in _SOURCES.items()]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the measured advantages as functions of how often each text counts."""
        ids = [each.example_id for each in observations]
        clusters = [each.data["cluster"] for each in observations]
        return {
            (metric.name, ""): Resampled.mean(ids, _differences(observations, source), clusters)
            for source, metric in _SOURCES.items()
            if observations and _is_measured(observations, source)
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note with the accuracy of each source beside the share of the majority."""
        if not observations:
            return ()
        shares = {
            source: np.mean([each.data[source] for each in observations])
            for source in ("majority", *_SOURCES)
            if source == "majority" or _is_measured(observations, source)
        }
        listed = ", ".join(f"{source.replace('_', ' ')} {share:.3f}" for source, share in shares.items())
        return (f"accuracy of the attribute: {listed}",)

    def _features(self, subject: Subject, examples: Sequence[TextExample]) -> dict[str, FloatArray]:
        """Return what the subject computes of each text, by source; without what it cannot give."""
        texts = [example.content for example in examples]
        answers = subject.classifier().log_probabilities(texts)
        features = {"answers": require_finite(answers, subject.name)}
        if Capability.HIDDEN_STATES in subject.capabilities:
            states = subject.hidden_states()
            if self.parameters.layer > states.layers:
                raise NotMeasurableError(
                    f"{subject.name} has no layer {self.parameters.layer}; its layers are 0 to {states.layers}"
                )
            pooled = states.pooled(texts, layer=self.parameters.layer, pooling=self.parameters.pooling)
            features["hidden_states"] = require_finite(pooled, subject.name)
        return features


def _is_measured(observations: Sequence[Observation], source: str) -> bool:
    return all(each.data[source] is not None for each in observations)


def _differences(observations: Sequence[Observation], source: str) -> FloatArray:
    """Return for each text whether a source is right, minus whether the majority is: -1, 0 or 1; shape (n,)."""
    return np.array([float(each.data[source]) - float(each.data["majority"]) for each in observations])


def _advantage(observations: Sequence[Observation], source: str) -> Estimate:
    if not _is_measured(observations, source):
        return Estimate.not_measured(_NO_HIDDEN_STATES, n=len(observations))
    ordered = sorted(observations, key=lambda each: each.example_id)
    return attribute_advantage(_differences(ordered, source), [each.data["cluster"] for each in ordered])
