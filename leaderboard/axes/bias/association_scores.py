"""Association scores: likelihoods of the fillings of a gap under a language model."""

import string
from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.capability import Capability
from leaderboard.backends.masked_likelihood import MaskedLikelihood, MaskedSentence
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import AssociationExample
from leaderboard.errors import NotMeasurableError

GAP = "BLANK"
PUNCTUATION = str.maketrans("", "", string.punctuation)


def association_scores(subject: Subject, examples: Sequence[AssociationExample]) -> FloatArray:
    """Return scores of stereotype, anti-stereotype and unrelated word, shape (examples, 3); NaN without a gap.

    Scores are probabilities for masked models, and nats per token for causal ones.

    Raises:
        NotMeasurableError: for a model without a language-model head.
    """
    if Capability.PSEUDO_LOGLIKELIHOOD in subject.capabilities:
        scores = _gap_scores(subject.masked_likelihood(), examples)
    elif Capability.LOGLIKELIHOOD in subject.capabilities:
        scores = _sentence_scores(subject, examples)
    else:
        raise NotMeasurableError(
            f"{subject.name} has no language-model head, so it cannot score the likelihood of a text"
        )
    return scores.reshape(-1, 3)


def filled_gaps(likelihood: MaskedLikelihood, context: str, sentence: str) -> list[MaskedSentence]:
    """Fill the gap of a context token by token; the last token of each sentence is scored (`MaskedLikelihood.fill`).

    Args:
        likelihood: capability of a masked language model.
        context: sentence with BLANK for the word.
        sentence: the same sentence with its word.

    Returns:
        An empty list where the gap is beyond the maximal length of the model.
    """
    position = max(number for number, word in enumerate(context.split(" ")) if GAP in word)
    word = sentence.split(" ")[position].translate(PUNCTUATION)
    return likelihood.fill(context, GAP, word)


def _gap_scores(likelihood: MaskedLikelihood, examples: Sequence[AssociationExample]) -> FloatArray:
    words = [
        filled_gaps(likelihood, example.context, sentence)
        for example in examples
        for sentence in _three_sentences(example)
    ]
    sentences = [sentence for word in words for sentence in word]
    probabilities = np.exp(likelihood.scores(sentences, work="filling gaps"))
    ends = np.cumsum([len(word) for word in words])
    return np.array([part.mean() if len(part) else np.nan for part in np.split(probabilities, ends[:-1])])


def _sentence_scores(subject: Subject, examples: Sequence[AssociationExample]) -> FloatArray:
    whole = [("", sentence) for example in examples for sentence in _three_sentences(example)]
    scores = subject.likelihood().token_scores(whole, work="associations")
    return np.array([score.logprobs.mean(dtype=np.float64) for score in scores])


def _three_sentences(example: AssociationExample) -> tuple[str, str, str]:
    return example.stereotype, example.antistereotype, example.unrelated
