"""Sentence scores: likelihoods of whole sentences under a language model of either kind."""

from collections.abc import Sequence

import numpy as np

from leaderboard.arrays import FloatArray
from leaderboard.backends.capability import Capability
from leaderboard.backends.masked_likelihood import MaskedScore
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError


def sentence_scores(subject: Subject, sentences: Sequence[str], *, variant: MaskedScore, work: str) -> FloatArray:
    """Return the natural-log (pseudo-)likelihood of each sentence, shape (len(sentences),).

    A causal model predicts all tokens of a sentence, the first one from BOS.

    Args:
        subject: subject with a masked or a causal model.
        sentences: sentences to score.
        variant: score of a masked model.
        work: name of the work, for the progress display.

    Raises:
        NotMeasurableError: for a model without a language-model head.
    """
    if Capability.PSEUDO_LOGLIKELIHOOD in subject.capabilities:
        masked = subject.masked_likelihood()
        return masked.scores([masked.encode(sentence) for sentence in sentences], variant=variant, work=work)
    if Capability.LOGLIKELIHOOD in subject.capabilities:
        whole = [("", sentence) for sentence in sentences]
        return np.asarray(subject.likelihood().loglikelihoods(whole, work=work), dtype=np.float64)
    raise NotMeasurableError(f"{subject.name} has no language-model head, so it cannot score the likelihood of a text")
