"""Masked token: the log-odds of the token that a masked language model predicts in the place of a mask."""

from collections.abc import Sequence
from typing import ClassVar

import scipy

from leaderboard.attributions.classified_text import MOST_WORDS
from leaderboard.attributions.masked_prediction import MaskedPrediction
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import UnspacedWords, joined_words
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
        words, notes = _words(filler, request.text)
        text = joined_words(words)
        likely = filler.likely_tokens(text, _SHOWN)
        predicted = next(iter(likely))
        token = predicted if request.label is None else filler.token(request.label)
        if token not in likely:
            likely[token] = float(scipy.special.expit(filler.log_odds([text], token)[0]))
        return [
            ExplainedAnswer(
                explained=MaskedPrediction(filler, words, token),
                label=filler.token_name(token),
                predicted=filler.token_name(predicted),
                probabilities={filler.token_name(each): probability for each, probability in likely.items()},
                target=filler.mask,
                notes=notes,
            )
        ]


def _words(filler: MaskFiller, text: str) -> tuple[Sequence[str], tuple[str, ...]]:
    """Return the words of a text that the model reads, and a note where these are not all.

    Raises:
        NotMeasurableError: for a text without one mask, or without another word.
    """
    words = words_beside_mask(text, filler.mask)
    container = UnspacedWords if isinstance(words, UnspacedWords) else tuple
    first = container(words[:MOST_WORDS])
    places = filler.words_read(first)
    if len(places) == 1:
        raise NotMeasurableError(f"the model reads no word of the text beside {filler.mask}")
    read = container(first[places.start : places.stop])
    return read, (f"only {len(read)} of {len(words)} words are read",) * (len(read) < len(words))


def _filler(subject: Subject) -> MaskFiller:
    return subject.masked_likelihood().mask_filler()
