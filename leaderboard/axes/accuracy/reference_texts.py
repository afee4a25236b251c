"""Reference texts: the protocol that compares written texts, such as summaries and translations, with references."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy import (
    BLEU,
    CHRF,
    DISTINCT_2,
    LENGTH_RATIO,
    REPETITION,
    ROUGE_1,
    ROUGE_2,
    ROUGE_L,
    SELF_BLEU,
)
from leaderboard.axes.accuracy.scoring_models import MODEL_SCORES, ScoringModels, estimate_scores, resampled_scores
from leaderboard.axes.accuracy.self_bleu import self_bleu
from leaderboard.axes.accuracy.text_bleu import ORDER, BleuTokenizer, bleu_of_sums, bleu_row, tokenized
from leaderboard.axes.accuracy.text_diversity import DISTINCT, REPEATED, distinct_share
from leaderboard.axes.accuracy.text_overlap import chrf_of_sums, chrf_rows, rouge_l, rouge_n, words_of
from leaderboard.axes.accuracy.writing import WritingParameters, write
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.protocol import Answer, Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, ReferenceExample
from leaderboard.stats.bounded import bounded_mean
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import bootstrap_of_rows
from leaderboard.stats.resampled import Resampled

Score = Callable[[str, Sequence[str]], float | None]
"""Score of a text by its references; None where it is undefined."""

_MIN_ALIKE = 2


class ReferenceTextParameters(WritingParameters):
    """Prompt, length and words of a text that is compared with references, and the models that score it.

    Attributes:
        tokenizer: words of BLEU and self-BLEU.
        reference_model: causal model whose likelihoods give `reference_perplexity` and `coherence`, as `--model` names
            it; empty for none.
        encoder: encoder whose hidden states give BERTScore, as `--model` names it; empty for none.
        encoder_layer: layer of the hidden states: 0 is the embeddings, -1 the last.
    """

    tokenizer: BleuTokenizer = BleuTokenizer.WMT
    reference_model: str = ""
    encoder: str = ""
    encoder_layer: Annotated[int, Field(ge=-1)] = -1


class ReferenceTexts(Protocol[ReferenceTextParameters]):
    """Protocol in which the subject writes a text by greedy decoding, which is compared with reference texts.

    The best of the references counts. An empty text shares nothing with any.
    """

    axis: ClassVar[Axis] = Axis.ACCURACY
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.GENERATE})
    example: ClassVar[type[Example] | None] = ReferenceExample
    parameters_type: ClassVar[type[Parameters]] = ReferenceTextParameters
    metrics: ClassVar[tuple[Metric, ...]] = (
        ROUGE_L,
        ROUGE_1,
        ROUGE_2,
        CHRF,
        BLEU,
        LENGTH_RATIO,
        DISTINCT_2,
        REPETITION,
        SELF_BLEU,
        *MODEL_SCORES,
    )
    reads_labels: ClassVar[bool] = False

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the text for each example, the references, and what the scoring models of the task say of them."""
        examples: Sequence[ReferenceExample] = splits["test"]
        scoring = ScoringModels(
            subject,
            reference_model=self.parameters.reference_model,
            encoder=self.parameters.encoder,
            layer=self.parameters.encoder_layer,
        )
        texts = list(write(subject, examples, self.parameters))
        scores = scoring.scores(texts, [example.references for example in examples], seed=seed)
        for example, text, others in zip(examples, texts, scores, strict=True):
            yield Observation(example.id, {"text": text, "references": list(example.references), **others})

    @property
    def reference_models(self) -> tuple[str, ...]:
        """Models of the parameters that score the written texts."""
        return tuple(filter(None, (self.parameters.reference_model, self.parameters.encoder)))

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate means over texts; and BLEU, chrF and the ratio of lengths over all texts together."""
        return [
            *(_mean(metric, _scores(observations, score)[1]) for metric, score in _MEANS.items()),
            attempt(CHRF, lambda: bootstrap_of_rows(chrf_of_sums, _character_rows(observations))),
            attempt(BLEU, lambda: bootstrap_of_rows(bleu_of_sums, self._word_rows(observations))),
            attempt(LENGTH_RATIO, lambda: _length_ratio(observations)),
            attempt(SELF_BLEU, lambda: self._self_bleu(observations)),
            *estimate_scores(observations),
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all metrics as functions of how often each example counts."""
        if not observations:
            return {}
        ids = [observation.example_id for observation in observations]
        scores = {metric: _scores(observations, score) for metric, score in _MEANS.items()}
        means = {(metric.name, ""): Resampled.mean(*each) for metric, each in scores.items() if each[0]}
        return {
            **means,
            **dict(resampled_scores(observations)),
            (CHRF.name, ""): Resampled.of_sums(ids, chrf_of_sums, _character_rows(observations)),
            (BLEU.name, ""): Resampled.of_sums(ids, bleu_of_sums, self._word_rows(observations)),
            (LENGTH_RATIO.name, ""): Resampled.of_sums(ids, _ratio, _lengths(observations)),
        }

    def notes(self, observations: Sequence[Observation]) -> tuple[str, ...]:
        """Return a note on empty texts."""
        empty = sum(not observation.data["text"].strip() for observation in observations)
        return (f"written texts that are empty: {empty} of {len(observations)}",) if empty else ()

    def answer(self, observation: Observation) -> Answer | None:
        """Return the first reference and the text."""
        return Answer(observation.data["references"][0], observation.data["text"])

    def _word_rows(self, observations: Sequence[Observation]) -> FloatArray:
        """Return what each text adds to the sums of BLEU, shape (n, 2 + 2 · ORDER)."""
        words = tokenized(self.parameters.tokenizer)
        rows = [bleu_row(words(each.data["text"]), list(map(words, each.data["references"]))) for each in observations]
        return np.array(rows).reshape(-1, 2 + 2 * ORDER)

    def _self_bleu(self, observations: Sequence[Observation]) -> Estimate:
        """Return the mean self-BLEU of the texts that have words; the interval takes the other texts as fixed."""
        words = list(
            filter(None, map(tokenized(self.parameters.tokenizer), (each.data["text"] for each in observations)))
        )
        if len(words) < _MIN_ALIKE:
            reason = f"texts are compared with each other: {_MIN_ALIKE} texts with words at least"
            return Estimate.not_measured(reason, n=len(words))
        return bounded_mean(self_bleu(words), SELF_BLEU.bounds)


def _mean(metric: Metric, values: Sequence[float]) -> Measurement:
    return attempt(metric, lambda: bounded_mean(values, metric.bounds))


def _best(score: Callable[[Sequence[str], Sequence[str]], float]) -> Score:
    """Return the score of a text by the reference for which it is the largest."""
    return lambda text, references: max(score(words_of(text), words_of(each)) for each in references)


def _repetition(text: str, _: Sequence[str]) -> float | None:
    share = distinct_share(words_of(text), REPEATED)
    return None if share is None else 1 - share


_MEANS: Mapping[Metric, Score] = {
    ROUGE_L: _best(rouge_l),
    ROUGE_1: _best(lambda written, reference: rouge_n(written, reference, 1)),
    ROUGE_2: _best(lambda written, reference: rouge_n(written, reference, 2)),
    DISTINCT_2: lambda text, _: distinct_share(words_of(text), DISTINCT),
    REPETITION: _repetition,
}
"""Metrics that are means over the texts for which they are defined."""


def _scores(observations: Sequence[Observation], score: Score) -> tuple[list[str], list[float]]:
    """Return the ids and scores of the texts that have one."""
    scored = [(each.example_id, score(each.data["text"], each.data["references"])) for each in observations]
    defined = [(example, value) for example, value in scored if value is not None]
    return [example for example, _ in defined], [value for _, value in defined]


def _character_rows(observations: Sequence[Observation]) -> FloatArray:
    rows = [chrf_rows(each.data["text"], each.data["references"]) for each in observations]
    return np.array(rows) if rows else np.empty((0, 1))


def _length_ratio(observations: Sequence[Observation]) -> Estimate:
    lengths = _lengths(observations)
    if len(lengths) and not lengths[:, 1].any():
        return Estimate.not_measured("no reference has a word", n=len(lengths))
    return bootstrap_of_rows(_ratio, lengths)


def _lengths(observations: Sequence[Observation]) -> FloatArray:
    """Return the words of each text and of the reference that is nearest in length, shape (n, 2)."""
    rows = []
    for each in observations:
        written = len(words_of(each.data["text"]))
        lengths = [len(words_of(reference)) for reference in each.data["references"]]
        rows.append((written, min(lengths, key=lambda length: (abs(length - written), length))))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _ratio(sums: FloatArray) -> FloatArray:
    ratio: FloatArray = sums[:, 0] / sums[:, 1]
    return ratio
