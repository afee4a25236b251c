"""Group thresholds: a decision threshold for each group that equalizes rates between groups."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import choice
from leaderboard.mitigations.stages import AnswerMitigation

if TYPE_CHECKING:
    from leaderboard.backends.subject import Subject
    from leaderboard.training.preparation import Lesson


class Parity(StrEnum):
    """Rates that are equal in all groups: none, true and false positive rates, or positive rates."""

    NONE = "none"
    EQUALIZED_ODDS = "equalized_odds"
    DEMOGRAPHIC_PARITY = "demographic_parity"


class GroupThresholds(AnswerMitigation):
    """Classify with a separate decision threshold for each group that texts name.

    Attributes:
        group_thresholds: criterion of the thresholds, which are fitted on the search split: equal true and false
            positive rates in all groups (`equalized_odds`), or equal positive rates (`demographic_parity`).
    """

    name = "group_thresholds"
    axes = (Axis.BIAS, Axis.ACCURACY)
    source = "Hardt et al. 2016, Equality of Opportunity in Supervised Learning"
    order = 1
    always_recorded = True

    group_thresholds: Annotated[Parity, Searched(choice([each.value for each in Parity]), "by group")] = Parity.NONE

    def answering(self, subject: "Subject", lesson: "Lesson") -> "Subject":
        """Return the subject with thresholds fitted on the search split of the lesson.

        Raises:
            NotMeasurableError: when it is not a binary classifier, or fewer than two groups have enough texts.
        """
        from leaderboard.mitigations.group_thresholds.thresholds import with_group_thresholds  # noqa: PLC0415 - slow

        return with_group_thresholds(subject, self.group_thresholds, lesson)
