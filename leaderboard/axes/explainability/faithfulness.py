"""Faithfulness: the protocol that deletes parts of a text in the order of their attributions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.explainability import (
    AOPC_COMPREHENSIVENESS,
    AOPC_SUFFICIENCY,
    COMPREHENSIVENESS,
    FAITHFULNESS,
    NAOPC_COMPREHENSIVENESS,
    NAOPC_SUFFICIENCY,
    SUFFICIENCY,
    metrics,
)
from leaderboard.axes.explainability.aopc_table import AopcTable
from leaderboard.axes.explainability.explanation_notes import explanation_notes
from leaderboard.axes.explainability.faithfulness_parameters import MINIMUM_WORDS, FaithfulnessParameters
from leaderboard.axes.explainability.text_explainer import TextExplainer
from leaderboard.axes.explainability.word_units import plural, split_words
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_TOGETHER = 16
"""Texts that are explained in step."""
_BOUNDS = (-1.0, 1.0)
"""Bounds of a drop of a probability."""


class Faithfulness(Protocol[FaithfulnessParameters]):
    """Protocol that deletes parts of a text in the order of their attributions; compares with best and worst order.

    Words are separated by white space, or are the characters or words of a Chinese text (`units`). A raw AOPC depends
    on a model's confidence as much as on its explanations; normalised by the model's limits for each text it can be
    compared across models (Edin et al. 2025).

    Version 4 reads texts without spaces from their first character whatever their tokens are, deletes the words that a
    model reads of a long text and no others, and asks attention of mitigated subjects, too.
    Version 3 draws its texts from all, not only the short ones, takes its methods from the registry of attribution
    methods, deletes by mask token where there is one, and repeats the choice of the best method in its interval.
    Version 2 pools over texts, each counting by how far an order can move the probability, and keeps the mean of all
    orders of each text, which is the zero point of `faithfulness`.
    """

    version: ClassVar[int] = 4
    axis: ClassVar[Axis] = Axis.EXPLAINABILITY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = FaithfulnessParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (
        FAITHFULNESS,
        NAOPC_COMPREHENSIVENESS,
        NAOPC_SUFFICIENCY,
        COMPREHENSIVENESS,
        SUFFICIENCY,
        AOPC_COMPREHENSIVENESS,
        AOPC_SUFFICIENCY,
    )

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the limits and the deletion curves of every method for each text."""
        if any(example.second is not None for example in splits["test"]):
            raise NotMeasurableError("words are removed from single texts only; these examples are pairs of texts")
        unit = self.parameters.units
        texts = [(example.id, split_words(example.text, unit)) for example in splits["test"]]
        texts = [(name, words) for name, words in texts if len(words) >= MINIMUM_WORDS]
        if not texts:
            raise NotMeasurableError(f"none of {len(splits['test'])} texts has {MINIMUM_WORDS} {plural(unit)} or more")
        rng = np.random.default_rng(seed)
        drawn = [texts[index] for index in rng.permutation(len(texts))[: self.parameters.texts]]
        explainer = TextExplainer(subject, self.parameters, seed=seed)
        for start in range(0, len(drawn), _TOGETHER):
            together = drawn[start : start + _TOGETHER]
            with subject.quietly() as progress:
                observations = explainer.explain(together, rng)
            progress("explaining", len(together), len(drawn))
            yield from observations

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each method as a part, and with each other way to delete."""
        table = AopcTable.of(observations)
        measurements = [
            attempt(
                FAITHFULNESS,
                lambda: metrics.faithfulness(table.ids, table.gains(), table.best_gain, table.worst_gain),
            )
        ]
        for (metric, part), gains in _between_limits(table).items():
            estimate = partial(metrics.pooled, gains, table.range, np.zeros(len(gains)))
            measurements.append(attempt(metric, estimate, part=part))
        for (metric, part), values in _drops(table).items():
            measurements.append(attempt(metric, partial(bounded_mean, np.clip(values, *_BOUNDS), _BOUNDS), part=part))
        reason = "no texts" if not table.ids else "not recorded by this version of the protocol"
        measured = {each.metric for each in measurements}
        missing = [metric for metric in self.metrics if metric not in measured]
        return [*measurements, *(Measurement(metric, Estimate.not_measured(reason)) for metric in missing)]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all measured metrics as functions of how often each text counts."""
        table = AopcTable.of(observations)
        if not table.ids:
            return {}
        numbers = {
            (metric.name, part): Resampled.mean(table.ids, values) for (metric, part), values in _drops(table).items()
        }
        if not table.range.max() >= metrics.RANGE:
            return numbers
        for (metric, part), gains in _between_limits(table).items():
            numbers[metric.name, part] = _ratio(table.ids, gains, table.range)
        gains_by_method = table.gains()
        if len(table.ids) > 1 and gains_by_method:
            rows, value = metrics.sums_of_best(table.ids, gains_by_method, table.best_gain)
            numbers[FAITHFULNESS.name, ""] = Resampled.of_sums(
                table.ids, lambda sums: metrics.to_faithfulness_scale(value(sums)), rows
            )
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on the units, on what was left out, and on texts in which their order hardly matters."""
        return explanation_notes(observations)


def _between_limits(table: AopcTable) -> dict[tuple[Metric, str], FloatArray]:
    """Return by how much each method beats the worst order; that of sufficiency has the highest AOPC."""
    values = {}
    for name, (comprehensiveness, sufficiency) in table.aopcs.items():
        values[NAOPC_COMPREHENSIVENESS, name] = comprehensiveness - table.low
        values[NAOPC_SUFFICIENCY, name] = table.high - sufficiency
    return values


def _drops(table: AopcTable) -> dict[tuple[Metric, str], FloatArray]:
    """Return the mean drops of each text, over all steps and over bins, by metric and part."""
    values = {}
    for (deletion, name), (comprehensiveness, sufficiency) in table.bins.items():
        part = name if deletion == table.deletion else f"{name}, {deletion}"
        values[COMPREHENSIVENESS, part] = comprehensiveness
        values[SUFFICIENCY, part] = sufficiency
    for name, (comprehensiveness, sufficiency) in table.aopcs.items():
        values[AOPC_COMPREHENSIVENESS, name] = comprehensiveness
        values[AOPC_SUFFICIENCY, name] = sufficiency
    return values


def _ratio(ids: Sequence[str], gains: FloatArray, possible: FloatArray) -> Resampled:
    """Return Σ gains / Σ possible."""
    share: Callable[[FloatArray], FloatArray] = lambda sums: sums[:, 0] / sums[:, 1]  # noqa: E731
    return Resampled.of_sums(ids, share, np.stack([gains, possible], axis=1))
