"""Faithfulness: the protocol that deletes words in the order of their attributions."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.explainability import (
    AOPC_COMPREHENSIVENESS,
    AOPC_SUFFICIENCY,
    FAITHFULNESS,
    NAOPC_COMPREHENSIVENESS,
    NAOPC_SUFFICIENCY,
    metrics,
)
from leaderboard.axes.explainability.deletions import Deletions
from leaderboard.axes.explainability.explainers import EXPLAINERS, Explainer
from leaderboard.axes.explainability.orders import (
    aopc_limits,
    mean_over_all_orders,
    prefixes,
    random_orders,
    ranking,
)
from leaderboard.axes.explainability.word_units import WordUnit, split_words
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.resampled import Resampled

_MINIMUM_WORDS = 2
_DIGITS = 6
_UNITS = "units"


class FaithfulnessParameters(Parameters):
    """Parameters of faithfulness: which texts, and the search for the best and worst order of their words.

    A text of n words costs 2^n classifications up to `exact_words`, and at most beam × n² above.

    Attributes:
        texts: maximal number of texts, drawn at random from the short ones.
        max_words: maximal number of words; longer texts are left out.
        exact_words: number of words up to which the limits are exact.
        beam: width of the beam search above that.
        units: parts of a text that are scored and deleted, which "words" stands for elsewhere.
    """

    texts: Annotated[int, Field(gt=0)] = 100
    max_words: Annotated[int, Field(ge=_MINIMUM_WORDS)] = 12
    exact_words: Annotated[int, Field(ge=0, le=16)] = 8
    beam: Annotated[int, Field(gt=0)] = 3
    units: WordUnit = WordUnit.WORDS


class Faithfulness(Protocol[FaithfulnessParameters]):
    """Protocol that deletes words in the order of their attributions, and compares with the best and worst order.

    Words are separated by white space, or are the characters or words of a Chinese text (`units`). A raw AOPC depends
    on a model's confidence as much as on its explanations; normalised by the model's limits for each text it can be
    compared across models (Edin et al. 2025).

    Version 2 pools over texts, each counting by how far an order can move the probability, and keeps the mean of all
    orders of each text, which is the zero point of `faithfulness`. In version 1, texts in which no order matters had
    full weight.
    """

    version: ClassVar[int] = 2
    axis: ClassVar[Axis] = Axis.EXPLAINABILITY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY, Capability.ATTRIBUTE})
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = FaithfulnessParameters
    reads_labels: ClassVar[bool] = False
    metrics: ClassVar[tuple[Metric, ...]] = (
        FAITHFULNESS,
        NAOPC_COMPREHENSIVENESS,
        NAOPC_SUFFICIENCY,
        AOPC_COMPREHENSIVENESS,
        AOPC_SUFFICIENCY,
    )

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the limits and the deletion curves of every explainer for each text."""
        if any(example.second is not None for example in splits["test"]):
            raise NotMeasurableError("words are removed from single texts only; these examples are pairs of texts")
        max_words, unit = self.parameters.max_words, self.parameters.units
        texts = [(example.id, split_words(example.text, unit)) for example in splits["test"]]
        short = [(name, words) for name, words in texts if _MINIMUM_WORDS <= len(words) <= max_words]
        if not short:
            raise NotMeasurableError(f"none of {len(texts)} texts has {_MINIMUM_WORDS} to {max_words} {_plural(unit)}")
        rng = np.random.default_rng(seed)
        sampled = rng.permutation(len(short))[: self.parameters.texts]
        for index in sampled:
            name, words = short[index]
            with subject.quietly() as progress:
                explanation = self._explain(Deletions(subject.attributor(), words), rng)
            progress("explaining", 1, len(sampled))
            yield Observation(name, explanation | ({} if unit is WordUnit.WORDS else {_UNITS: unit.value}))

    def _explain(self, text: Deletions, rng: np.random.Generator) -> dict[str, Any]:
        """Compute the limits of one text, and the deletion curves of every explainer."""
        n_words = len(text.words)
        exact_words = self.parameters.exact_words
        low, high = aopc_limits(text.drops, n_words, exact_words=exact_words, beam=self.parameters.beam)
        scores = {explainer: explain(text, rng) for explainer, explain in EXPLAINERS.items()}
        deleted = {explainer: prefixes(ranking(values)) for explainer, values in scores.items()}
        kept = {explainer: [(1 << n_words) - 1 - mask for mask in masks] for explainer, masks in deleted.items()}
        orders = [] if n_words <= exact_words else list(map(prefixes, random_orders(n_words, rng)))
        masks = [mask for prefix in (*deleted.values(), *kept.values(), *orders) for mask in prefix]
        text.drops(masks)  # all in one call
        chance_means = [float(text.drops(prefix).mean()) for prefix in orders]
        mean = float(np.mean(chance_means)) if orders else mean_over_all_orders(text.drops(range(2**n_words - 1)))
        explanations = {
            explainer.value: {
                "scores": [round(float(score), _DIGITS) for score in scores[explainer]],
                "without": (text.whole - text.drops(deleted[explainer])).tolist(),
                "alone": (text.whole - text.drops(kept[explainer])).tolist(),
            }
            for explainer in EXPLAINERS
        }
        return {
            "words": n_words,
            "predicted": text.label,
            "predicted_label": text.classifier.labels[text.label],
            "probability": text.whole,
            "lower": min(low, *chance_means, mean),
            "upper": max(high, *chance_means, mean),
            "mean": mean,
            "exact": n_words <= exact_words,
            "explanations": explanations,
        }

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each explainer as a part."""
        texts = _Texts.of(observations)
        measurements = [
            attempt(
                FAITHFULNESS,
                lambda: metrics.faithfulness(texts.ids, texts.gains(), texts.best_gain, texts.worst_gain),
            )
        ]
        for explainer in Explainer:
            raw = dict(zip(_RAW, texts.aopcs[explainer], strict=True))
            measurements += [
                attempt(metric, partial(metrics.pooled, gains, texts.range, np.zeros(len(gains))), part=explainer.value)
                for metric, gains in texts.between_limits(explainer).items()
            ]
            measurements += [
                attempt(metric, partial(bounded_mean, np.clip(values, *_BOUNDS), _BOUNDS), part=explainer.value)
                for metric, values in raw.items()
            ]
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all measured metrics as functions of how often each text counts, with the chosen explainers fixed."""
        texts = _Texts.of(observations)
        if not texts.ids:
            return {}
        numbers = {}
        for explainer in Explainer:
            for metric, values in zip(_RAW, texts.aopcs[explainer], strict=True):
                numbers[metric.name, explainer.value] = Resampled.mean(texts.ids, values)
        if not texts.range.max() >= metrics.RANGE:
            return numbers
        for explainer in Explainer:
            for metric, gains in texts.between_limits(explainer).items():
                numbers[metric.name, explainer.value] = _ratio(texts.ids, gains, texts.range, _same)
        best_gains, chosen = metrics.gains_of_best(texts.ids, texts.gains())
        if chosen:
            numbers[FAITHFULNESS.name, ""] = _ratio(
                texts.ids, best_gains, texts.best_gain, metrics.to_faithfulness_scale
            )
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return notes on the units other than words, and on texts in which their order hardly matters."""
        units = sorted({str(each.data[_UNITS]) for each in observations if _UNITS in each.data})
        unit_notes = tuple(f"explanations score and delete {_plural(WordUnit(unit))}" for unit in units)
        ranges = _Texts.of(observations).range
        is_small = ranges < metrics.RANGE
        if not is_small.any():
            return unit_notes
        weight = float(ranges[is_small].sum() / ranges.sum()) if ranges.sum() > 0 else 0.0
        note = (
            f"in {is_small.sum()} of {len(ranges)} texts no order of words moves the probability by {metrics.RANGE} "
            f"or more; each text counts by how far an order can move it, these {100 * weight:.1f} % of all"
        )
        return (*unit_notes, note)


def _plural(unit: WordUnit) -> str:
    return "words of jieba" if unit is WordUnit.JIEBA else unit.value


_RAW = (AOPC_COMPREHENSIVENESS, AOPC_SUFFICIENCY)
_BOUNDS = (-1.0, 1.0)
"""Bounds of a drop of a probability."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """AOPC of the orders of each text, in the order of ids; arrays of shape (n,).

    Attributes:
        ids: ids of the texts.
        aopcs: comprehensiveness and sufficiency of each explainer.
        low, high: limits of the AOPC of any order.
        mean: mean AOPC of all orders.
    """

    ids: list[str]
    aopcs: Mapping[Explainer, tuple[FloatArray, FloatArray]]
    low: FloatArray
    high: FloatArray
    mean: FloatArray

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Self:
        """Compute the AOPC of observations; in version 1 the mean is that of one random order and its reverse."""
        ordered = sorted(observations, key=lambda observation: observation.example_id)
        curves = [
            {explainer: _aopcs(observation, explainer.value) for explainer in Explainer} for observation in ordered
        ]
        # A beam search may have missed an order of an explainer, whose AOPC is the limit then.
        all_values = [[value for pair in curve.values() for value in pair] for curve in curves]
        chance_means = [np.mean(curve[Explainer.RANDOM]) for curve in curves]
        columns = {
            explainer: np.array([curve[explainer] for curve in curves], dtype=np.float64).reshape(-1, 2).T
            for explainer in Explainer
        }
        return cls(
            [observation.example_id for observation in ordered],
            {explainer: (values[0], values[1]) for explainer, values in columns.items()},
            _floats(
                min(observation.data["lower"], *values) for observation, values in zip(ordered, all_values, strict=True)
            ),
            _floats(
                max(observation.data["upper"], *values) for observation, values in zip(ordered, all_values, strict=True)
            ),
            _floats(
                observation.data.get("mean", chance) for observation, chance in zip(ordered, chance_means, strict=True)
            ),
        )

    @property
    def range(self) -> FloatArray:
        """AOPC of the best order minus that of the worst."""
        return self.high - self.low

    @property
    def best_gain(self) -> FloatArray:
        """AOPC of the best order minus the mean of all orders."""
        return self.high - self.mean

    @property
    def worst_gain(self) -> FloatArray:
        """AOPC of the worst order minus the mean of all orders; negative."""
        return self.low - self.mean

    def gains(self) -> dict[str, FloatArray]:
        """Return the AOPC of each explainer minus the mean of all orders, without the random baseline."""
        return {
            explainer.value: comprehensiveness - self.mean
            for explainer, (comprehensiveness, _) in self.aopcs.items()
            if explainer is not Explainer.RANDOM
        }

    def between_limits(self, explainer: Explainer) -> dict[Metric, FloatArray]:
        """Return by how much an explainer beats the worst order; that of sufficiency has the highest AOPC."""
        comprehensiveness, sufficiency = self.aopcs[explainer]
        return {
            NAOPC_COMPREHENSIVENESS: comprehensiveness - self.low,
            NAOPC_SUFFICIENCY: self.high - sufficiency,
        }


def _ratio(
    ids: Sequence[str],
    gains: FloatArray,
    possible: FloatArray,
    scale: Callable[[FloatArray], FloatArray],
) -> Resampled:
    """Return Σ gains / Σ possible on another scale."""
    return Resampled.of_sums(ids, lambda sums: scale(sums[:, 0] / sums[:, 1]), np.stack([gains, possible], axis=1))


def _same(share: FloatArray) -> FloatArray:
    return share


def _floats(values: Iterable[float]) -> FloatArray:
    return np.array(list(values), dtype=np.float64)


def _aopcs(observation: Observation, explainer: str) -> tuple[float, float]:
    """Return comprehensiveness and sufficiency of one explanation."""
    explanation, whole = observation.data["explanations"][explainer], observation.data["probability"]
    return metrics.aopc(whole, explanation["without"]), metrics.aopc(whole, explanation["alone"])
