"""Masked token: the log-odds of the token that a masked language model predicts in the place of a mask."""

from typing import ClassVar

import scipy

from leaderboard.attributions.masked_prediction import MaskedPrediction
from leaderboard.backends.capability import Capability
from leaderboard.backends.mask_filling import MaskFiller
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation.explanation import ExplainRequest
from leaderboard.evaluation.explanation_kinds.kind import ExplainedAnswer, ExplanationKind
from leaderboard.evaluation.typed_words import words_beside_mask
from leaderboard.tasks import Task

_SHOWN = 5
"""Tokens whose probability is shown."""


class MaskedToken(ExplanationKind):
    """Token in the place of the mask of a text, such as "The film was [MASK]"."""

    name = "mask"
    depends_on_task: ClassVar[bool] = False

    def suits(self, subject: Subject, text: str) -> bool:
        """Return whether the subject's model fills masks and the text has one."""
        if Capability.PSEUDO_LOGLIKELIHOOD not in subject.capabilities:
            return False
        try:
            return _filler(subject).mask in text
        except NotMeasurableError:
            return False

    def answers(self, subject: Subject, task: Task, request: ExplainRequest) -> list[ExplainedAnswer]:  # noqa: ARG002 - its head knows no task
        """Return the likeliest token, or the requested one."""
        self.refuse_word(request)
        filler = _filler(subject)
        likely = filler.likely_tokens(request.text, _SHOWN)
        predicted = next(iter(likely))
        token = predicted if request.label is None else request.label
        text = MaskedPrediction(filler, words_beside_mask(request.text, filler.mask), token)
        if token not in likely:
            likely[token] = float(scipy.special.expit(filler.log_odds([request.text], token)[0]))
        return [
            ExplainedAnswer(explained=text, label=token, predicted=predicted, probabilities=likely, target=filler.mask)
        ]


def _filler(subject: Subject) -> MaskFiller:
    return subject.masked_likelihood().mask_filler()
