"""Rationale agreement: how far the attributions of each method agree with the marked words of each text."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.explainability import rationale_scores as scores
from leaderboard.axes.explainability.rationale_scores import BoolArray
from leaderboard.axes.protocol import Observation

RANDOM = "random"
"""Part of a metric with the values of random attributions."""
_DRAWS = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """Scores of one method for each text, arrays of shape (texts,).

    Attributes:
        average_precision: of the marked words.
        auprc: area under the precision-recall curve by trapezoids.
        token_f1: F1 of the words ranked first.
        span_precision, span_recall: of the spans of the words ranked first.
    """

    average_precision: FloatArray
    auprc: FloatArray
    token_f1: FloatArray
    span_precision: FloatArray
    span_recall: FloatArray


@dataclass(frozen=True, slots=True)
class RationaleTexts:
    """Agreement of all methods with the rationales of texts, in the order of ids.

    Attributes:
        ids: ids of the texts.
        clusters: a key for each text; texts of one key are not independent.
        chance: mean average precision of all orders of the words, shape (texts,).
        worst: average precision of an order with the marked words last, shape (texts,).
        ratio: mean share of marked words; as many of the words of each text are ranked first.
        agreements: scores by method, and by `RANDOM` those of random attributions.
        eligible: methods of which the best is chosen, those with a sign.
        unmeasured: why a method has none, by method.
    """

    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    chance: FloatArray
    worst: FloatArray
    ratio: float
    agreements: Mapping[str, Agreement]
    eligible: frozenset[str]
    unmeasured: Mapping[str, str]

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Self:
        """Score the attributions of observations."""
        ordered = sorted(observations, key=lambda observation: observation.example_id)
        ids = tuple(observation.example_id for observation in ordered)
        rows = [observation.data for observation in ordered]
        marked = [_mask(data) for data in rows]
        sizes = [(len(mask), int(mask.sum())) for mask in marked]
        ratio = float(np.mean([mask.mean() for mask in marked])) if marked else 0.0
        agreements, unmeasured = dict[str, Agreement](), dict[str, str]()
        for name in dict.fromkeys(name for data in rows for name in data["explanations"]):
            explanations = [
                data["explanations"].get(name, {"reason": "it explains other texts alone"}) for data in rows
            ]
            reason = next((each["reason"] for each in explanations if "reason" in each), None)
            if reason is not None:
                unmeasured[name] = reason
                continue
            values = [np.array([each["scores"]], dtype=np.float64) for each in explanations]
            agreements[name] = _agreement(ids, marked, values, ratio)
        if rows:
            draws = [
                _generator(f"{RANDOM} {name}").random((_DRAWS, len(mask)))
                for name, mask in zip(ids, marked, strict=True)
            ]
            agreements[RANDOM] = _agreement(ids, marked, draws, ratio)
        return cls(
            ids,
            tuple(str(data["cluster"]) for data in rows),
            np.array([scores.chance_average_precision(*size) for size in sizes]),
            np.array([scores.worst_average_precision(*size) for size in sizes]),
            ratio,
            agreements,
            frozenset(name for name in agreements if name != RANDOM and rows[0]["explanations"][name]["signed"]),
            unmeasured,
        )


def _agreement(
    ids: Sequence[str], marked: Sequence[BoolArray], values: Sequence[FloatArray], ratio: float
) -> Agreement:
    """Score attributions, each of shape (draws, words), of which the mean over draws counts."""
    columns = np.array(
        [
            np.mean([_scored(mask, draw, ratio, _generator(name)) for draw in draws], axis=0)
            for name, mask, draws in zip(ids, marked, values, strict=True)
        ]
    ).T
    return Agreement(*columns)


def _scored(mask: BoolArray, values: FloatArray, ratio: float, rng: np.random.Generator) -> tuple[float, ...]:
    """Return the scores of one text, in the order of the fields of `Agreement`."""
    chosen = scores.top_words(values, max(1, round(ratio * len(mask))), rng)
    return (
        scores.average_precision(mask, values),
        scores.auprc(mask, values),
        scores.token_f1(mask, chosen),
        *scores.span_matches(mask, chosen),
    )


def _mask(data: Mapping[str, Any]) -> BoolArray:
    mask = np.zeros(data["read"], dtype=bool)
    mask[data["marked"]] = True
    return mask


def _generator(name: str) -> np.random.Generator:
    """Return a generator that depends on the id of a text alone, so that estimates are a function of observations."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))
