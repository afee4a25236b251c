"""Pre-training membership: the protocol of attacks on texts that a model may have been pre-trained on."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from leaderboard.axes.privacy.text_membership import TextMembership, TextMembershipParameters, distinct_texts
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample


class PretrainingMembership(TextMembership[TextMembershipParameters]):
    """Protocol that attacks a model with texts that it was pre-trained on and texts that it was not.

    Splits `members` and `nonmembers` are the claim of the task, which the blind baseline tests: where the texts alone
    tell both apart, an attack measures the difference of the texts. There is no reference model.
    """

    version: ClassVar[int] = 2  # 1 had no neighbourhood attack
    example: ClassVar[type[Example] | None] = TextExample
    parameters_type: ClassVar[type[Parameters]] = TextMembershipParameters

    def sides(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int
    ) -> tuple[Sequence[TextExample], Sequence[TextExample]]:
        """Return the different texts of both splits."""
        del subject, seed  # nothing is random
        return distinct_texts(splits["members"], splits["nonmembers"])

    def reference(self, subject: Subject) -> Likelihood | None:
        """Return nothing: no model is known that was trained like this one on neither side."""
        del subject
        return None
