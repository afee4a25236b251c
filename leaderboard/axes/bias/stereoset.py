"""StereoSet: does a language model prefer the stereotype to its opposite, and either of them to nonsense?"""

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from leaderboard.axes.bias import metrics
from leaderboard.axes.catalogue import ICAT, LANGUAGE_MODELLING_SCORE, STEREOTYPE_SCORE
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol
from leaderboard.data.examples import AssociationExample, Example
from leaderboard.engine.engine import Engine
from leaderboard.engine.masked import FloatArray, MaskedSentence, encode_sentence, pseudo_loglikelihoods
from leaderboard.engine.scoring import score_tokens
from leaderboard.engine.tokens import encode_pairs
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.subject import Subject
from leaderboard.stats.resampled import Resampled

GAP = "BLANK"
PUNCTUATION = str.maketrans("", "", string.punctuation)
METRICS = {
    ICAT: metrics.icat,
    STEREOTYPE_SCORE: metrics.stereotype_score,
    LANGUAGE_MODELLING_SCORE: metrics.language_modelling_score,
}

_SCORES = ("stereotype_score", "antistereotype_score", "unrelated_score")
_FORMULAS: dict[Metric, Callable[[FloatArray], FloatArray]] = {
    ICAT: lambda sums: metrics.icat_of(sums[:, 1] / sums[:, 0], sums[:, 2] / sums[:, 0]),
    STEREOTYPE_SCORE: lambda sums: sums[:, 1] / sums[:, 0],
    LANGUAGE_MODELLING_SCORE: lambda sums: sums[:, 2] / sums[:, 0],
}
"""From the sums of weights, of preferences and of meaningful fillings to the number."""


class StereoSet(Protocol[Parameters]):
    """The sentences with a gap of StereoSet (Nadeem et al. 2021, "intrasentence") on split `test`.

    As in the authors' scripts a masked model scores the word in the gap, by the mean probability of its tokens, and a
    causal one the filled sentence, by the mean log-likelihood of its tokens.
    """

    axis: ClassVar[Axis] = Axis.BIAS
    example: ClassVar[type[Example] | None] = AssociationExample
    metrics: ClassVar[tuple[Metric, ...]] = tuple(METRICS)

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: Engine, *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`. Scores are probabilities of masked models, nats a token of causal ones."""
        del seed  # nothing is random
        examples: Sequence[AssociationExample] = splits["test"]
        model = subject.model
        if model.kind is ModelKind.MASKED:
            scores = _gap_scores(engine, model, examples)
        elif model.kind is ModelKind.CAUSAL:
            scores = _sentence_scores(engine, model, examples)
        else:
            raise NotMeasurableError(f"{model.name} has no language-model head, so it cannot say how likely a text is")
        for example, three in zip(examples, finite(scores, model.name).reshape(-1, 3), strict=True):
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
        if not observations:
            nothing = np.empty((0, len(_SCORES))), np.empty(0, dtype=np.str_)
            return [Measurement(metric, estimate(*nothing)) for metric, estimate in METRICS.items()]
        return [
            Measurement(metric, estimate(*_columns(among)), part)
            for part, among in _parts(observations).items()
            for metric, estimate in METRICS.items()
        ]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`: targets are resampled, with all their sentences; each counts the same."""
        found = {}
        for part, among in _parts(observations).items():
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


def filled_gaps(model: LoadedModel, context: str, sentence: str) -> list[MaskedSentence]:
    """The context with the gap filled token by token, the last of each to score.

    As in the authors' loader: a token stands behind those before it in its word, and the tokens after it are not there
    at all. A second gap in the same context is filled alike, and masked where the first is.

    Args:
        model: a masked language model.
        context: with BLANK for the word.
        sentence: the context with its word, to which it is alike in all other words.
    """
    at = max(number for number, word in enumerate(context.split(" ")) if GAP in word)
    word = sentence.split(" ")[at].translate(PUNCTUATION)
    tokens = model.tokenizer.encode(word, add_special_tokens=False)
    filled = []
    for number, token in enumerate(tokens):
        known = model.tokenizer.decode(tokens[:number])
        encoded = encode_sentence(model, context.replace(GAP, f"{known}{model.tokenizer.mask_token}"))
        if model.tokenizer.mask_token_id not in encoded.ids:
            raise NotMeasurableError(f"{model.name} does not read as far as the gap of {context!r}")
        place = encoded.ids.index(model.tokenizer.mask_token_id)
        ids = (*encoded.ids[:place], token, *encoded.ids[place + 1 :])
        filled.append(MaskedSentence(ids, (place,), encoded.words))
    return filled


def _gap_scores(engine: Engine, model: LoadedModel, examples: Sequence[AssociationExample]) -> FloatArray:
    if model.tokenizer.mask_token_id is None:
        raise NotMeasurableError(f"the tokenizer of {model.name} has no mask token")
    words = [
        filled_gaps(model, example.context, sentence) for example in examples for sentence in _three_sentences(example)
    ]
    sentences = [sentence for word in words for sentence in word]
    probabilities = np.exp(pseudo_loglikelihoods(engine, model, sentences, what="filling gaps"))
    ends = np.cumsum([len(word) for word in words])
    return np.array([part.mean() for part in np.split(probabilities, ends[:-1])])


def _sentence_scores(engine: Engine, model: LoadedModel, examples: Sequence[AssociationExample]) -> FloatArray:
    whole = [("", sentence) for example in examples for sentence in _three_sentences(example)]
    scores = score_tokens(engine, model, encode_pairs(model, whole), what="associations")
    return np.array([score.logprobs.mean(dtype=np.float64) for score in scores])


def _three_sentences(example: AssociationExample) -> tuple[str, str, str]:
    return example.stereotype, example.antistereotype, example.unrelated
