"""Perplexity: the protocol that measures how well a language model predicts running text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray, IntArray
from leaderboard.axes.accuracy import (
    BITS_PER_BYTE,
    BYTE_PERPLEXITY,
    PSEUDO_BITS_PER_BYTE,
    PSEUDO_PERPLEXITY,
    WORD_PERPLEXITY,
    metrics,
)
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.finite_scores import require_finite
from leaderboard.backends.masked_likelihood import MaskedLikelihood, MaskedScore
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, RunningText
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

_LOGLIKELIHOOD, _PSEUDO = "loglikelihood", "pseudo_loglikelihood"
_BYTES, _WORDS, _TOKENS, _UNREAD, _GROUP = "bytes", "words", "tokens", "unread_lines", "group"


class PerplexityParameters(Parameters):
    """Parameters of perplexity.

    Attributes:
        stride: tokens that each window predicts behind the first one of a document that is longer than the model reads;
            at most, and by default, as many as it reads. A smaller stride leaves tokens more context and costs as many
            more passes.
    """

    stride: Annotated[int | None, Field(ge=1)] = None


class Perplexity(Protocol[PerplexityParameters]):
    """Protocol in which a language model predicts documents of split `test`, each token once.

    A causal model reads documents in windows, as `loglikelihood_rolling` of lm-evaluation-harness does: the first token
    is predicted from BOS, or from EOS where the tokenizer has no BOS. Bytes are those of UTF-8, words what white space
    separates, both of the text as it is. A masked model has no likelihood of a text. It predicts each token of a line
    from all other tokens of the line (Salazar et al. 2020), which has metrics of its own.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs_one_of: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.LOGLIKELIHOOD, Capability.PSEUDO_LOGLIKELIHOOD}
    )
    example: ClassVar[type[Example] | None] = RunningText
    parameters_type: ClassVar[type[Parameters]] = PerplexityParameters
    metrics: ClassVar[tuple[Metric, ...]] = (
        BITS_PER_BYTE,
        BYTE_PERPLEXITY,
        WORD_PERPLEXITY,
        PSEUDO_BITS_PER_BYTE,
        PSEUDO_PERPLEXITY,
    )
    reads_labels: ClassVar[bool] = False

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the (pseudo-)log-likelihood of each document in nats, and its sizes."""
        del seed  # nothing is random
        documents: Sequence[RunningText] = splits["test"]
        if Capability.LOGLIKELIHOOD in subject.capabilities:
            texts = [document.text for document in documents]
            scores = subject.likelihood().whole_texts(texts, stride=self.parameters.stride)
            sizes = [_sizes(text) for text in texts]
            yield from _observations(documents, _LOGLIKELIHOOD, require_finite(scores, subject.name), sizes)
        else:
            scores, sizes_read = _by_line(subject.masked_likelihood(), documents)
            yield from _observations(documents, _PSEUDO, require_finite(scores, subject.name), sizes_read)

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, those of the other kind of model as *not measured*; documents are resampled."""
        return [_measurement(metric, observations) for metric in _FORMULAS]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return the metrics of its kind of model as functions of how often each document counts."""
        own_kind = [
            metric
            for metric, (kind, *_) in _FORMULAS.items()
            if observations and all(kind in each.data for each in observations)
        ]
        return {(metric.name, ""): _resampled(metric, observations) for metric in own_kind}

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note on lines that were too long for a masked model."""
        unread = sum(each.data.get(_UNREAD, 0) for each in observations)
        return (f"lines longer than the model reads, left out: {unread}",) if unread else ()


Estimator = Callable[[FloatArray, IntArray], Estimate]
"""Estimates a metric of log-likelihoods in nats and sizes of documents, both of shape (n,)."""
Scale = Callable[[FloatArray], FloatArray]
"""Converts the mean loss of a unit in nats to the metric."""

_FORMULAS: Mapping[Metric, tuple[str, str, Estimator, Scale]] = {
    BITS_PER_BYTE: (_LOGLIKELIHOOD, _BYTES, metrics.bits_per_byte, metrics.bits),
    BYTE_PERPLEXITY: (_LOGLIKELIHOOD, _BYTES, metrics.perplexity, np.exp),
    WORD_PERPLEXITY: (_LOGLIKELIHOOD, _WORDS, metrics.perplexity, np.exp),
    PSEUDO_BITS_PER_BYTE: (_PSEUDO, _BYTES, metrics.bits_per_byte, metrics.bits),
    PSEUDO_PERPLEXITY: (_PSEUDO, _TOKENS, metrics.perplexity, np.exp),
}
"""Likelihood, unit, estimator and scale of each metric."""
_OTHER_KIND = {
    _LOGLIKELIHOOD: "a masked model gives no likelihood of a text; see the pseudo-perplexity",
    _PSEUDO: "of masked models alone; a causal model gives the likelihood itself",
}


def _measurement(metric: Metric, observations: Sequence[Observation]) -> Measurement:
    """Estimate one metric; whole groups of documents are resampled, where the data names any."""
    kind, size, estimator, _ = _FORMULAS[metric]
    if not all(kind in each.data for each in observations):
        return Measurement(metric, Estimate.not_measured(_OTHER_KIND[kind], n=len(observations)))
    _, groups = np.unique([_group(each) for each in observations], return_inverse=True)
    scores, units = (np.bincount(groups, column).astype(np.float64) for column in _rows(observations, kind, size).T)
    return attempt(metric, lambda: estimator(scores, units.astype(np.intp)))


def _resampled(metric: Metric, observations: Sequence[Observation]) -> Resampled:
    """Return a metric as a function of how often each document counts."""
    kind, size, _, scale = _FORMULAS[metric]
    ids, clusters = [each.example_id for each in observations], [_group(each) for each in observations]

    def statistic(sums: FloatArray) -> FloatArray:
        with np.errstate(over="ignore"):  # beyond numbers, and then not measured
            return scale(-sums[:, 0] / sums[:, 1])

    return Resampled.of_sums(ids, statistic, _rows(observations, kind, size), clusters)


def _group(observation: Observation) -> str:
    """Return the key of documents that are not independent of each other."""
    return str(observation.data.get(_GROUP, observation.example_id))


def _rows(observations: Sequence[Observation], kind: str, size: str) -> FloatArray:
    rows = [(each.data[kind], each.data[size]) for each in observations]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _observations(
    documents: Sequence[RunningText], kind: str, scores: FloatArray, sizes: Sequence[Mapping[str, int]]
) -> Iterator[Observation]:
    for document, score, each in zip(documents, scores.tolist(), sizes, strict=True):
        group = {} if document.group is None else {_GROUP: document.group}
        yield Observation(document.id, {kind: score, **each, **group})


def _sizes(text: str) -> dict[str, int]:
    return {_BYTES: len(text.encode()), _WORDS: len(text.split())}


def _by_line(
    likelihood: MaskedLikelihood, documents: Sequence[RunningText]
) -> tuple[FloatArray, Sequence[Mapping[str, int]]]:
    """Return the pseudo-log-likelihood of each document, summed over its lines, and the sizes of the lines read."""
    lines = [[line for line in document.text.splitlines() if line.strip()] for document in documents]
    read = [[(line, likelihood.encode(line)) for line in each] for each in lines]
    kept = [[(line, sentence) for line, sentence in each if not sentence.cut] for each in read]
    scores = likelihood.scores(
        [sentence for each in kept for _, sentence in each], variant=MaskedScore.ORIGINAL, work="masked lines"
    )
    owners = np.repeat(np.arange(len(kept)), [len(each) for each in kept])
    sizes = [
        {
            _BYTES: sum(len(line.encode()) for line, _ in each),
            _TOKENS: sum(len(sentence.positions) for _, sentence in each),
            _UNREAD: len(every) - len(each),
        }
        for each, every in zip(kept, lines, strict=True)
    ]
    return np.bincount(owners, weights=scores, minlength=len(kept)).astype(np.float64), sizes
