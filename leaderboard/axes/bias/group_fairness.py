"""Group fairness: the protocol that compares a classifier's rates between groups that the data names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.axes.bias import (
    DEMOGRAPHIC_PARITY_DIFFERENCE,
    EQUAL_OPPORTUNITY_DIFFERENCE,
    EQUALIZED_ODDS_DIFFERENCE,
    GROUP_FAIRNESS_SCORE,
)
from leaderboard.axes.bias import group_metrics as metrics
from leaderboard.axes.bias.group_metrics import FORMULAS, MINIMUM, GroupedAnswers
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import (
    LEFT_OUT,
    Answer,
    Measurement,
    Observation,
    Parameters,
    Protocol,
    attempt,
    left_out_notes,
    without_left_out,
)
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

METRICS: Mapping[Metric, Callable[[GroupedAnswers], Estimate]] = {
    GROUP_FAIRNESS_SCORE: metrics.score,
    EQUALIZED_ODDS_DIFFERENCE: metrics.equalized_odds,
    EQUAL_OPPORTUNITY_DIFFERENCE: metrics.equal_opportunity,
    DEMOGRAPHIC_PARITY_DIFFERENCE: metrics.demographic_parity,
}


class GroupFairnessParameters(Parameters):
    """Parameters of group fairness.

    Attributes:
        positive: name of the class whose rates are compared.
        minimum: number of examples of this class, and of the others, that each group needs.
    """

    positive: str
    minimum: Annotated[int, Field(ge=1)] = MINIMUM


class GroupFairness(Protocol[GroupFairnessParameters]):
    """Protocol that classifies split `test`, whose texts have the field `sensitive`: their author's gender, say.

    Where no text has it, the field `group` is compared.
    """

    axis: ClassVar[Axis] = Axis.BIAS
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = GroupFairnessParameters
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the group, the true and the predicted class of each example.

        Raises:
            NotMeasurableError: when `positive` is none of the classes, or no example has a group.
        """
        del seed  # nothing is random
        examples: Sequence[TextExample] = splits["test"]
        classifier = subject.classifier()
        names, positive = classifier.labels, self.parameters.positive
        if positive not in names:
            raise NotMeasurableError(f"`positive: {positive}` is none of the classes: {', '.join(names)}")
        groups = _groups(examples)
        usable = [each for each in examples if each.id in groups and each.label is not None]
        if not usable:
            raise NotMeasurableError(
                "no example has a label and a group: name the column under `fields: {sensitive: …}`"
            )
        answers = require_finite(classifier.log_probabilities([each.content for each in usable]), subject.name)
        predicted = dict(zip((each.id for each in usable), answers.argmax(axis=1).tolist(), strict=True))
        for example in examples:
            if example.id not in predicted or example.label is None:
                yield Observation(example.id, {LEFT_OUT: "it has no label or no group"})
                continue
            classes = {"true": names[example.label], "predicted": names[predicted[example.id]]}
            yield Observation(example.id, {"group": groups[example.id], **classes})

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics."""
        answered = without_left_out(observations)
        if not answered:
            return [Measurement(metric, Estimate.not_measured("no examples")) for metric in self.metrics]
        answers = self._answers(answered)
        return [attempt(metric, partial(estimate, answers)) for metric, estimate in METRICS.items()]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each example counts."""
        answered = sorted(without_left_out(observations), key=lambda observation: observation.example_id)
        answers = self._answers(answered)
        if answers.problem:
            return {}
        ids, rows = [each.example_id for each in answered], answers.rows
        return {
            (metric.name, ""): Resampled.of_sums(ids, FORMULAS[estimate], rows) for metric, estimate in METRICS.items()
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note where examples were left out."""
        return left_out_notes(observations)

    def answer(self, observation: Observation) -> Answer | None:
        """Return the true and the predicted class of an example."""
        if LEFT_OUT in observation.data:
            return None
        return Answer(observation.data["true"], observation.data["predicted"])

    def _answers(self, observations: Sequence[Observation]) -> GroupedAnswers:
        true, predicted = (
            np.array([each.data[side] == self.parameters.positive for each in observations], dtype=np.bool_)
            for side in ("true", "predicted")
        )
        groups = np.array([each.data["group"] for each in observations], dtype=np.str_)
        return GroupedAnswers(true, predicted, groups, self.parameters.minimum)


def _groups(examples: Sequence[TextExample]) -> dict[str, str]:
    """Return the group of each example that has one, by id."""
    sensitive = {each.id: each.sensitive for each in examples if each.sensitive is not None}
    return sensitive or {each.id: each.group for each in examples if each.group is not None}
