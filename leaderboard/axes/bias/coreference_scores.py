"""Coreference scores: how likely a language model finds each person behind a pronoun, and each pronoun."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.capability import Capability
from leaderboard.backends.masked_likelihood import MaskedLikelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.bias_examples import GAP, CoreferenceExample
from leaderboard.errors import NotMeasurableError

SCORES = 6
"""Scores of an example: right and other person with pronoun `pro`, the same with `anti`; pronouns `pro` and `anti`."""


def coreference_scores(subject: Subject, examples: Sequence[CoreferenceExample]) -> FloatArray:
    """Return log-probabilities in nats, shape (examples, 6) in the order of `SCORES`; NaN where a gap is not read.

    People are scored behind `… In this sentence, "he" refers to the`. A masked model scores the tokens of a filled gap
    one by one, from left to right. A causal one scores the continuation by a person, and the whole sentence with each
    pronoun.

    Raises:
        NotMeasurableError: for a model without a language-model head.
    """
    if Capability.PSEUDO_LOGLIKELIHOOD in subject.capabilities:
        return _masked_scores(subject.masked_likelihood(), examples)
    if Capability.LOGLIKELIHOOD in subject.capabilities:
        return _causal_scores(subject, examples)
    raise NotMeasurableError(f"{subject.name} has no language-model head, so it cannot score what a pronoun refers to")


def _masked_scores(likelihood: MaskedLikelihood, examples: Sequence[CoreferenceExample]) -> FloatArray:
    fillings = []
    for example in examples:
        people = (example.answer, example.other)
        for pronoun in (example.pro, example.anti):
            question = f"{_question(example, pronoun)} {GAP}."
            fillings += [likelihood.fill(question, GAP, person) for person in people]
        fillings += [likelihood.fill(example.sentence, GAP, pronoun) for pronoun in (example.pro, example.anti)]
    tokens = likelihood.scores([token for filling in fillings for token in filling], work="resolving pronouns")
    ends = np.cumsum([len(filling) for filling in fillings], dtype=np.intp)
    sums = [part.sum() if len(part) else np.nan for part in np.split(tokens, ends)[:-1]]
    return np.array(sums, dtype=np.float64).reshape(-1, SCORES)


def _causal_scores(subject: Subject, examples: Sequence[CoreferenceExample]) -> FloatArray:
    likelihood = subject.likelihood()
    questions = [
        (_question(example, pronoun), (f" {example.answer}", f" {example.other}"))
        for example in examples
        for pronoun in (example.pro, example.anti)
    ]
    people = np.array(likelihood.choices(questions, work="resolving pronouns"), dtype=np.float64).reshape(-1, 4)
    sentences = [("", example.filled(pronoun)) for example in examples for pronoun in (example.pro, example.anti)]
    pronouns = likelihood.loglikelihoods(sentences, work="resolving pronouns").reshape(-1, 2)
    return np.concatenate([people, pronouns], axis=1)


def _question(example: CoreferenceExample, pronoun: str) -> str:
    return f'{example.filled(pronoun)} In this sentence, "{pronoun}" refers to the'
