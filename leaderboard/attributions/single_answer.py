"""SingleAnswer: the log-odds of one answer of a model to a text, with the gradients that the model gives of it."""

from abc import abstractmethod

import numpy as np

from leaderboard.attributions.explained import Explained, WordGradients
from leaderboard.backends.answer_attribution import ANSWER, OTHERS, AnswerAttribution
from leaderboard.backends.classifiers import TokenAttention, WordIntegrals


class SingleAnswer(Explained):
    """Log-odds of one answer to a text: log p − log(1 − p)."""

    @abstractmethod
    def attribution(self) -> AnswerAttribution:
        """Return the gradients and the attention for this answer.

        Raises:
            NotMeasurableError: when the model gives none.
        """

    def gradients(self) -> WordGradients:
        """Return the gradient of the log-odds × input of each word.

        It is ∇ log p / (1 − p) = −∇ log(1 − p) / p: the form that does not vanish in rounding is computed.
        """
        log_odds = float(self.scores([tuple(range(len(self.words)))])[0])
        side, sign = (ANSWER, 1.0) if log_odds < 0 else (OTHERS, -1.0)
        other_probability = 1 / (1 + np.exp(-abs(log_odds)))
        gradients = self.attribution().word_gradients(self.words, side)
        return WordGradients(sign * gradients / other_probability, passes=1)

    def integrals(self) -> WordIntegrals:
        """Return the integrated gradients of the log-odds."""
        return self.attribution().word_integrals(self.words, ANSWER)

    def attention(self) -> TokenAttention:
        """Return the attention of the model that reads the text."""
        return self.attribution().token_attention(self.words)
