"""Language membership: the protocol of attacks on texts that a causal model was fine-tuned on here."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.axes.privacy.text_membership import TextMembership, TextMembershipParameters, distinct_texts
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.likelihood import Likelihood
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, RunningText, TextExample
from leaderboard.data.overlap import text_fingerprint
from leaderboard.errors import NotMeasurableError

TRAIN, NONMEMBERS = "train", "nonmembers"
"""Split that the recipe trains on, and that of random texts of the same data which it does not see."""


class LanguageMembershipParameters(TextMembershipParameters):
    """Parameters of a membership task of running texts.

    Attributes:
        per_side: maximal number of members, and of non-members, drawn at random.
    """

    per_side: Annotated[int, Field(ge=1)] = 1000


class LanguageMembership(TextMembership[LanguageMembershipParameters]):
    """Protocol that attacks a causal model with texts of its fine-tuning and with others of the same distribution.

    The reference of the calibrated attack is the model before its training, which has seen neither side here and costs
    no training of its own (Mireshghallah et al. 2022).
    """

    example: ClassVar[type[Example] | None] = RunningText
    parameters_type: ClassVar[type[Parameters]] = LanguageMembershipParameters
    own_subject: ClassVar[bool] = True

    def sides(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int
    ) -> tuple[Sequence[TextExample], Sequence[TextExample]]:
        """Return a random part of the texts of `train` that the subject learned, and of those of `nonmembers`.

        Raises:
            NotMeasurableError: when nothing was trained here, or a side has no texts.
        """
        if not subject.trained_on:
            raise NotMeasurableError(
                "membership is unknown: nothing was trained here, and what the model was pre-trained on is not known; "
                "use --recipe finetune or lora, or give texts with --members FILE --nonmembers FILE"
            )
        if not splits.get(NONMEMBERS):
            raise NotMeasurableError(
                f"membership cannot be attacked: the data of the task needs a split `{NONMEMBERS}` beside `{TRAIN}`, "
                "a random part of the same data"
            )
        learned, others = (
            [each for each in splits[split] if (text_fingerprint(each) in subject.trained_on) is is_learned]
            for split, is_learned in ((TRAIN, True), (NONMEMBERS, False))
        )
        rng = np.random.default_rng(seed)
        members, nonmembers = (self._sample(side, rng) for side in distinct_texts(learned, others))
        return members, nonmembers

    def reference(self, subject: Subject) -> Likelihood | None:
        """Return the log-likelihoods of the model before its training."""
        return None if subject.unadapted is None else subject.unadapted.likelihood()

    def _sample(self, examples: Sequence[TextExample], rng: np.random.Generator) -> list[TextExample]:
        chosen = rng.permutation(len(examples))[: self.parameters.per_side]
        return [examples[index] for index in np.sort(chosen)]
