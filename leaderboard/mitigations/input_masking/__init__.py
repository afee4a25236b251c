"""Input masking: personal data in a text is replaced by placeholders before the model reads it."""

from typing import TYPE_CHECKING, Annotated

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import choice
from leaderboard.mitigations.stages import AnswerMitigation

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject
    from leaderboard.training.preparation import Lesson


class InputMasking(AnswerMitigation):
    """Replace personal data in the input by placeholders such as [EMAIL] before the model reads it.

    It acts on what is asked, and not on training; `anonymise` masks training texts. Names stay.

    Attributes:
        mask_inputs: whether e-mail addresses and numbers of phones, cards, accounts and identity cards are masked.
    """

    name = "input_masking"
    axes = (Axis.PRIVACY,)
    source = (
        "detectors with check digits of `leaderboard.axes.privacy.personal_data`; Microsoft Presidio for placeholders"
    )
    changes_model = True
    order = -1  # what follows sees the answers to masked texts

    mask_inputs: Annotated[
        bool, Searched(choice([False, True]), "mask personal data in the input", when_named=True)
    ] = False

    def answering(self, subject: "Subject", lesson: "Lesson") -> "Subject":
        """Return the subject, which reads texts with placeholders.

        Raises:
            NotMeasurableError: for a tagger, whose words would be others.
        """
        del lesson
        from leaderboard.mitigations.input_masking.masked_subject import masked_subject  # noqa: PLC0415 - slow

        return masked_subject(subject)
