"""Scoring models: what other models say of written texts, as observations, and the estimates of it."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy.bert_score import bert_scores
from leaderboard.axes.accuracy.model_scores import BERTSCORES, COHERENCE, REFERENCE_PERPLEXITY
from leaderboard.axes.accuracy.reference_likelihood import coherences, perplexity_of_sums, token_sums
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, attempt
from leaderboard.backends.hidden_states import HiddenStates
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.subject import Subject
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_rows
from leaderboard.stats.resampled import Resampled

MODEL_SCORES: tuple[Metric, ...] = (REFERENCE_PERPLEXITY, COHERENCE, *BERTSCORES)
"""Metrics of this module."""
_LIKELIHOODS = {"": "likelihood", "references": "reference_likelihood"}
"""Parts of the perplexity, each with its key in observations."""
_COHERENCE, _BERTSCORE = "coherence", "bertscore"
_NO_CAUSAL_MODEL = "the task names no causal model for it: set parameters.reference_model"
_NO_ENCODER = "the task names no encoder for it: set parameters.encoder"


class ScoringModels:
    """The models of a task that score written texts; opened before any text is written."""

    def __init__(self, subject: Subject, *, reference_model: str, encoder: str, layer: int) -> None:
        """Take the models of these references from a subject; an empty reference is none.

        Raises:
            NotMeasurableError: for a model that cannot give such scores.
        """
        models = subject.reference_models
        self._likelihood: Likelihood | None = models[reference_model].likelihood() if reference_model else None
        self._states: HiddenStates | None = models[encoder].hidden_states() if encoder else None
        self._layer = layer

    def scores(self, texts: Sequence[str], references: Sequence[Sequence[str]], *, seed: int) -> list[dict[str, Any]]:
        """Return what is added to the observation of each text."""
        columns: dict[str, Sequence[Any]] = {}
        if self._likelihood is not None:
            columns["likelihood"] = [list(each) for each in token_sums(self._likelihood, texts)]
            first = [each[0] for each in references]
            columns["reference_likelihood"] = [list(each) for each in token_sums(self._likelihood, first)]
            columns[_COHERENCE] = coherences(self._likelihood, texts, seed=seed)
        if self._states is not None:
            columns[_BERTSCORE] = [list(each) for each in bert_scores(self._states, self._layer, texts, references)]
        return [{key: column[at] for key, column in columns.items()} for at in range(len(texts))]


def estimate_scores(observations: Sequence[Observation]) -> list[Measurement]:
    """Estimate the perplexity of texts and references, the coherence, and BERTScore."""
    return [
        *(
            attempt(REFERENCE_PERPLEXITY, partial(_perplexity, observations, key), part)
            for part, key in _LIKELIHOODS.items()
        ),
        *(attempt(metric, partial(_mean, observations, metric)) for metric in MODEL_SCORES[1:]),
    ]


def resampled_scores(observations: Sequence[Observation]) -> Iterator[tuple[tuple[str, str], Resampled]]:
    """Yield the metrics that are observed as functions of how often each example counts."""
    ids = [each.example_id for each in observations]
    for part, key in _LIKELIHOODS.items():
        if _has(observations, key):
            rows = _rows(observations, key)
            yield (REFERENCE_PERPLEXITY.name, part), Resampled.of_sums(ids, perplexity_of_sums, rows)
    for metric in MODEL_SCORES[1:]:
        values = _values(observations, metric)
        if values:
            yield (metric.name, ""), Resampled.mean(list(values), list(values.values()))


def _has(observations: Sequence[Observation], key: str) -> bool:
    return bool(observations) and all(key in each.data for each in observations)


def _rows(observations: Sequence[Observation], key: str) -> FloatArray:
    return np.array([each.data[key] for each in observations], dtype=np.float64)


def _perplexity(observations: Sequence[Observation], key: str) -> Estimate:
    if not _has(observations, key):
        return Estimate.not_measured(_NO_CAUSAL_MODEL if observations else "no examples")
    rows = _rows(observations, key)
    if not rows[:, 1].any():
        return Estimate.not_measured("no text has words", n=len(rows))
    return bootstrap_of_rows(perplexity_of_sums, rows)


def _mean(observations: Sequence[Observation], metric: Metric) -> Estimate:
    """Return the mean over the texts that have a score."""
    key = _COHERENCE if metric is COHERENCE else _BERTSCORE
    if observations and not _has(observations, key):
        return Estimate.not_measured(_NO_CAUSAL_MODEL if metric is COHERENCE else _NO_ENCODER)
    values = _values(observations, metric)
    if observations and not values:
        return Estimate.not_measured("no text has two sentences", n=len(observations))
    return bounded_mean(list(values.values()), metric.bounds)


def _values(observations: Sequence[Observation], metric: Metric) -> dict[str, float]:
    """Return the score of each example that has one, by its id."""
    if metric is COHERENCE:
        scores = {each.example_id: each.data.get(_COHERENCE) for each in observations}
    else:
        place = BERTSCORES.index(metric)
        scores = {each.example_id: each.data[_BERTSCORE][place] for each in observations if _BERTSCORE in each.data}
    return {example: score for example, score in scores.items() if score is not None}
