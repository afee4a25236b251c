"""Faithfulness: do the words that an explanation ranks first carry the subject's answer?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field

from leaderboard.axes.catalogue import (
    AOPC_COMPREHENSIVENESS,
    AOPC_SUFFICIENCY,
    FAITHFULNESS,
    NAOPC_COMPREHENSIVENESS,
    NAOPC_SUFFICIENCY,
)
from leaderboard.axes.explainability import metrics
from leaderboard.axes.explainability.deletions import Deletions
from leaderboard.axes.explainability.explainers import EXPLAINERS, Explainer
from leaderboard.axes.explainability.orders import (
    aopc_limits,
    mean_over_all_orders,
    prefixes,
    random_orders,
    ranking,
)
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Capability, Subject
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine

_FEWEST_WORDS = 2
_DIGITS = 6


class FaithfulnessParameters(Parameters):
    """Which texts, and how hard to look for the best and worst order of their words.

    A text of n words costs 2^n questions up to `exact_words` and at most beam × n² above.

    Attributes:
        texts: at most this many, drawn at random from those short enough.
        max_words: longer texts are left out.
        exact_words: up to this many words the limits are exact.
        beam: width of the search above that.
    """

    texts: Annotated[int, Field(gt=0)] = 100
    max_words: Annotated[int, Field(ge=_FEWEST_WORDS)] = 12
    exact_words: Annotated[int, Field(ge=0, le=16)] = 8
    beam: Annotated[int, Field(gt=0)] = 3


class Faithfulness(Protocol[FaithfulnessParameters]):
    """Deletes words in the order of their attribution and compares with the best and worst order there is.

    Words are what white space separates. A raw AOPC says as much about how sure a model is as about its explanations;
    normalised by the model's own limits for each text it can be compared across models (Edin et al. 2025).

    Version 2 pools over texts, each counting by how far an order can move the probability, and keeps the mean of all
    orders of each text, which is the zero point of `faithfulness`. In version 1 texts without such an order were full
    votes on noise.
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

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`."""
        if any(example.second is not None for example in splits["test"]):
            raise NotMeasurableError("words are removed from single texts only; these examples are pairs of texts")
        most = self.parameters.max_words
        short = [example for example in splits["test"] if _FEWEST_WORDS <= len(example.text.split()) <= most]
        if not short:
            raise NotMeasurableError(f"none of {len(splits['test'])} texts has {_FEWEST_WORDS} to {most} words")
        rng = np.random.default_rng(seed)
        drawn = rng.permutation(len(short))[: self.parameters.texts]
        for index in drawn:
            with engine.quietly() as progress:
                seen = self._explain(Deletions(subject.classify(), short[index].text.split()), rng)
            progress("explaining", 1, len(drawn))
            yield Observation(short[index].id, seen)

    def _explain(self, text: Deletions, rng: np.random.Generator) -> dict[str, Any]:
        """One text's limits, and every explainer's curves between them."""
        n_words = len(text.words)
        exact_words = self.parameters.exact_words
        low, high = aopc_limits(text.falls, n_words, exact_words=exact_words, beam=self.parameters.beam)
        scores = {explainer: explain(text, rng) for explainer, explain in EXPLAINERS.items()}
        deleted = {explainer: prefixes(ranking(found)) for explainer, found in scores.items()}
        kept = {explainer: [(1 << n_words) - 1 - mask for mask in masks] for explainer, masks in deleted.items()}
        drawn = [] if n_words <= exact_words else list(map(prefixes, random_orders(n_words, rng)))
        masks = [mask for prefix in (*deleted.values(), *kept.values(), *drawn) for mask in prefix]
        text.falls(masks)  # all in one call
        by_chance = [float(text.falls(prefix).mean()) for prefix in drawn]
        mean = float(np.mean(by_chance)) if drawn else mean_over_all_orders(text.falls(range(2**n_words - 1)))
        explanations = {
            explainer.value: {
                "scores": [round(float(score), _DIGITS) for score in scores[explainer]],
                "without": (text.whole - text.falls(deleted[explainer])).tolist(),
                "alone": (text.whole - text.falls(kept[explainer])).tolist(),
            }
            for explainer in EXPLAINERS
        }
        return {
            "words": n_words,
            "predicted": text.label,
            "predicted_label": text.classifier.labels[text.label],
            "probability": text.whole,
            "lower": min(low, *by_chance, mean),
            "upper": max(high, *by_chance, mean),
            "mean": mean,
            "exact": n_words <= exact_words,
            "explanations": explanations,
        }

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`. Parts: each explainer."""
        texts = _Texts.of(observations)
        measurements = [
            attempt(
                FAITHFULNESS,
                lambda: metrics.faithfulness(texts.ids, texts.offered(), texts.room, texts.least),
            )
        ]
        for explainer in Explainer:
            raw = dict(zip(_RAW, texts.aopcs[explainer], strict=True))
            measurements += [
                attempt(
                    metric, partial(metrics.pooled, gained, texts.range, np.zeros(len(gained))), part=explainer.value
                )
                for metric, gained in texts.between_limits(explainer).items()
            ]
            measurements += [
                attempt(metric, partial(bounded_mean, np.clip(values, *_BOUNDS), _BOUNDS), part=explainer.value)
                for metric, values in raw.items()
            ]
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`. The chosen explainers are kept; what is not measured is left out."""
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
            for metric, gained in texts.between_limits(explainer).items():
                numbers[metric.name, explainer.value] = _ratio(texts.ids, gained, texts.range, _same)
        scored, chosen = metrics.gained_by_best(texts.ids, texts.offered())
        if chosen:
            numbers[FAITHFULNESS.name, ""] = _ratio(texts.ids, scored, texts.room, metrics.half_above)
        return numbers

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """See `Protocol.notes`: in how many texts the order of words hardly matters, and what they weigh."""
        ranges = _Texts.of(observations).range
        small = ranges < metrics.RANGE
        if not small.any():
            return ()
        weight = float(ranges[small].sum() / ranges.sum()) if ranges.sum() > 0 else 0.0
        note = (
            f"in {small.sum()} of {len(ranges)} texts no order of words moves the probability by {metrics.RANGE} "
            f"or more; each text counts by how far an order can move it, these {100 * weight:.1f} % of all"
        )
        return (note,)


_RAW = (AOPC_COMPREHENSIVENESS, AOPC_SUFFICIENCY)
_BOUNDS = (-1.0, 1.0)
"""Of a fall of a probability."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """The AOPC of the orders of each text, in the order of the ids; arrays of shape (n,).

    Attributes:
        ids: of the texts.
        aopcs: comprehensiveness and sufficiency of each explainer.
        low, high: limits of the AOPC of any order.
        mean: of all orders.
    """

    ids: list[str]
    aopcs: Mapping[Explainer, tuple[metrics.FloatArray, metrics.FloatArray]]
    low: metrics.FloatArray
    high: metrics.FloatArray
    mean: metrics.FloatArray

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Self:
        """Compute them. Version 1 kept no mean: there it is that of one random order and its reverse."""
        ordered = sorted(observations, key=lambda seen: seen.example_id)
        curves = [{explainer: _aopcs(seen, explainer.value) for explainer in Explainer} for seen in ordered]
        # A beam search may have missed an order that an explainer found: the limits are then that order's.
        every = [[value for pair in of_text.values() for value in pair] for of_text in curves]
        by_chance = [np.mean(of_text[Explainer.RANDOM]) for of_text in curves]
        columns = {
            explainer: np.array([of_text[explainer] for of_text in curves], dtype=np.float64).reshape(-1, 2).T
            for explainer in Explainer
        }
        return cls(
            [seen.example_id for seen in ordered],
            {explainer: (values[0], values[1]) for explainer, values in columns.items()},
            _floats(min(seen.data["lower"], *values) for seen, values in zip(ordered, every, strict=True)),
            _floats(max(seen.data["upper"], *values) for seen, values in zip(ordered, every, strict=True)),
            _floats(seen.data.get("mean", chance) for seen, chance in zip(ordered, by_chance, strict=True)),
        )

    @property
    def range(self) -> metrics.FloatArray:
        """From the worst order to the best."""
        return self.high - self.low

    @property
    def room(self) -> metrics.FloatArray:
        """From a random order to the best."""
        return self.high - self.mean

    @property
    def least(self) -> metrics.FloatArray:
        """From a random order to the worst; negative."""
        return self.low - self.mean

    def offered(self) -> dict[str, metrics.FloatArray]:
        """By how much each explainer beats a random order; explaining at random is no explainer."""
        return {
            explainer.value: comprehensiveness - self.mean
            for explainer, (comprehensiveness, _) in self.aopcs.items()
            if explainer is not Explainer.RANDOM
        }

    def between_limits(self, explainer: Explainer) -> dict[Metric, metrics.FloatArray]:
        """By how much an explainer beats the worst order; that of sufficiency is the one of the highest AOPC."""
        comprehensiveness, sufficiency = self.aopcs[explainer]
        return {
            NAOPC_COMPREHENSIVENESS: comprehensiveness - self.low,
            NAOPC_SUFFICIENCY: self.high - sufficiency,
        }


def _ratio(
    ids: Sequence[str],
    gained: metrics.FloatArray,
    room: metrics.FloatArray,
    scale: Callable[[metrics.FloatArray], metrics.FloatArray],
) -> Resampled:
    """Σ gained / Σ room, on another scale."""
    return Resampled.of_sums(ids, lambda sums: scale(sums[:, 0] / sums[:, 1]), np.stack([gained, room], axis=1))


def _same(share: metrics.FloatArray) -> metrics.FloatArray:
    return share


def _floats(values: Iterable[float]) -> metrics.FloatArray:
    return np.array(list(values), dtype=np.float64)


def _aopcs(seen: Observation, explainer: str) -> tuple[float, float]:
    """Comprehensiveness and sufficiency of one explanation."""
    explanation, whole = seen.data["explanations"][explainer], seen.data["probability"]
    return metrics.aopc(whole, explanation["without"]), metrics.aopc(whole, explanation["alone"])
