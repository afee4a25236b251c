"""Faithfulness: do the words that an explanation ranks first carry the subject's answer?"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

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
from leaderboard.axes.explainability.orders import aopc_limits, prefixes, ranking
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.models.subject import Capability, Subject
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
    """

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
        text.falls([mask for masks in (*deleted.values(), *kept.values()) for mask in masks])  # all in one call
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
            "lower": low,
            "upper": high,
            "exact": n_words <= exact_words,
            "explanations": explanations,
        }

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """See `Protocol.estimate`."""
        ids, found = _found(observations)
        return [
            attempt(FAITHFULNESS, lambda: metrics.best_of(ids, _offered(found))),
            *(
                attempt(metric, partial(metrics.bounded_mean, values, _floor(metric), 1.0), part=explainer.value)
                for explainer, columns in found.items()
                for metric, values in columns.items()
            ),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`: of the texts whose answer depends on the order. The chosen explainers are kept."""
        ids, found = _found(observations)
        scored, _ = metrics.scored_by_best(ids, _offered(found))
        columns = {(FAITHFULNESS.name, ""): scored} | {
            (metric.name, explainer.value): values
            for explainer, of_explainer in found.items()
            for metric, values in of_explainer.items()
        }
        defined = {key: np.flatnonzero(np.isfinite(values)) for key, values in columns.items()}
        return {
            key: Resampled.mean([ids[row] for row in defined[key]], values[defined[key]])
            for key, values in columns.items()
            if len(defined[key])
        }


def _found(observations: Sequence[Observation]) -> tuple[list[str], dict[Explainer, dict[Metric, metrics.FloatArray]]]:
    """The ids of the texts, and of each explainer each metric's value for each text."""
    ordered = sorted(observations, key=lambda seen: seen.example_id)
    return [seen.example_id for seen in ordered], {explainer: _columns(ordered, explainer) for explainer in Explainer}


def _offered(found: Mapping[Explainer, Mapping[Metric, metrics.FloatArray]]) -> dict[str, metrics.FloatArray]:
    """What the best explainer is chosen by; explaining at random is no explainer."""
    return {
        explainer.value: columns[NAOPC_COMPREHENSIVENESS]
        for explainer, columns in found.items()
        if explainer is not Explainer.RANDOM
    }


def _floor(metric: Metric) -> float:
    """A probability can rise as words go; a normalised value has its worst order at 0."""
    return -1.0 if metric in (AOPC_COMPREHENSIVENESS, AOPC_SUFFICIENCY) else 0.0


def _columns(observations: Sequence[Observation], explainer: Explainer) -> dict[Metric, metrics.FloatArray]:
    """Each metric's value for each text, NaN where it is undefined."""
    rows: list[tuple[float, float, float, float]] = []
    for seen in observations:
        curves = {name: _aopcs(seen, name) for name in seen.data["explanations"]}
        comprehensiveness, sufficiency = curves[explainer.value]
        # A beam search may have missed an order that an explainer found: the limits are then that order's.
        known = [value for pair in curves.values() for value in pair]
        low, high = min(seen.data["lower"], *known), max(seen.data["upper"], *known)
        rows.append(
            (
                metrics.normalised(comprehensiveness, low, high),
                metrics.normalised(sufficiency, high, low),
                comprehensiveness,
                sufficiency,
            )
        )
    named = (NAOPC_COMPREHENSIVENESS, NAOPC_SUFFICIENCY, AOPC_COMPREHENSIVENESS, AOPC_SUFFICIENCY)
    return dict(zip(named, np.array(rows, dtype=np.float64).reshape(len(rows), len(named)).T, strict=True))


def _aopcs(seen: Observation, explainer: str) -> tuple[float, float]:
    """Comprehensiveness and sufficiency of one explanation."""
    explanation, whole = seen.data["explanations"][explainer], seen.data["probability"]
    return metrics.aopc(whole, explanation["without"]), metrics.aopc(whole, explanation["alone"])
