"""StereoSet: does a language model prefer the stereotype to its opposite, and either of them to nonsense?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from leaderboard.axes.bias import metrics
from leaderboard.axes.catalogue import ICAT, LANGUAGE_MODELLING_SCORE, STEREOTYPE_SCORE
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import LEFT_OUT, Measurement, Observation, Parameters, Protocol, attempt, kept, left_out
from leaderboard.data.examples import AssociationExample, Example
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Subject
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

METRICS = {
    ICAT: metrics.icat,
    STEREOTYPE_SCORE: metrics.stereotype_score,
    LANGUAGE_MODELLING_SCORE: metrics.language_modelling_score,
}

_SCORES = ("stereotype_score", "antistereotype_score", "unrelated_score")
_UNREAD = "the gap has no tokens, or is farther in the text than the model reads"
_FORMULAS: dict[Metric, Callable[[metrics.FloatArray], metrics.FloatArray]] = {
    ICAT: lambda sums: metrics.icat_of(sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0]),
    STEREOTYPE_SCORE: lambda sums: sums[:, 1] / sums[:, 0],
    LANGUAGE_MODELLING_SCORE: lambda sums: sums[:, 2] / sums[:, 0],
}
"""From the sums of weights, of preferences and of meaningful fillings to the number."""


class StereoSet(Protocol[Parameters]):
    """The sentences with a gap of StereoSet (Nadeem et al. 2021, "intrasentence") on split `test`.

    As in the authors' scripts a masked model scores the word in the gap, by the mean probability of its tokens, and a
    causal one the filled sentence, by the mean log-likelihood of its tokens.

    Version 2 has other intervals: resamples of ICAT of 30 to 50 targets held the truth in .82 of the cases.
    """

    version: ClassVar[int] = 2
    axis: ClassVar[Axis] = Axis.BIAS
    example: ClassVar[type[Example] | None] = AssociationExample
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`. Scores are probabilities of masked models, nats a token of causal ones."""
        del seed  # nothing is random
        examples: Sequence[AssociationExample] = splits["test"]
        from leaderboard.axes.bias.association_scores import association_scores  # noqa: PLC0415 - slow to import

        scores = association_scores(engine, subject.model, examples)
        unread: npt.NDArray[np.bool_] = np.asarray(np.isnan(scores).all(axis=1))
        if unread.all() and len(examples):
            raise NotMeasurableError(f"{subject.model.name} reads the gap of none of the {len(examples)} examples")
        finite(scores[~unread], subject.model.name)
        for example, three, missed in zip(examples, scores, unread, strict=True):
            if missed:
                yield Observation(example.id, {LEFT_OUT: _UNREAD})
                continue
            stereotype, antistereotype, unrelated = map(float, three)
            yield Observation(
                example.id,
                {
                    "stereotype_score": stereotype,
                    "antistereotype_score": antistereotype,
                    "unrelated_score": unrelated,
                    "target": example.target,
                    "category": example.category,
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`. Parts: each category."""
        observations = kept(observations)
        if not observations:
            nothing = np.empty((0, len(_SCORES))), np.empty(0, dtype=np.str_)
            return [Measurement(metric, estimate(*nothing)) for metric, estimate in METRICS.items()]
        return [
            attempt(metric, partial(estimate, *_columns(among)), part)
            for part, among in _parts(observations).items()
            for metric, estimate in METRICS.items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`: targets are resampled, with all their sentences; each counts the same."""
        found = {}
        for part, among in _parts(kept(observations)).items():
            scores, targets = _columns(among)
            _, owner, sizes = np.unique(targets, return_inverse=True, return_counts=True)
            weight = 1 / sizes[owner]
            sums = [weight, 100 * weight * metrics.stereotypes(scores), 100 * weight * metrics.meaningful(scores)]
            if not np.isfinite(scores).all():
                continue
            for metric, formula in _FORMULAS.items():
                found[metric.name, part] = Resampled.of_sums(
                    [seen.example_id for seen in among], formula, np.stack(sums, axis=1), list(map(str, targets))
                )
        return found

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`."""
        return left_out(observations)


def _parts(observations: Sequence[Observation]) -> dict[str, Sequence[Observation]]:
    """What was seen of all sentences, and of those of each category."""
    parts: dict[str, Sequence[Observation]] = {"": observations} if observations else {}
    for category in sorted({seen.data["category"] for seen in observations}):
        parts[category] = [seen for seen in observations if seen.data["category"] == category]
    return parts


def _columns(observations: Sequence[Observation]) -> tuple[metrics.FloatArray, metrics.TextArray]:
    """The three scores of each sentence, shape (n, 3), and what it is about, shape (n,)."""
    scores = np.array([[seen.data[name] for name in _SCORES] for seen in observations], dtype=np.float64)
    return scores, np.array([seen.data["target"] for seen in observations], dtype=np.str_)
