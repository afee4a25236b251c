"""Membership: the protocol of membership inference attacks on a subject's training data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import (
    ATTACK_AUC,
    ATTACK_ROC,
    ATTACK_TPR,
    ATTACK_TPR_LOW,
    BLIND_AUC,
    GENERALISATION_GAP,
    LEAK_AUC,
    LEAK_TPR,
    metrics,
)
from leaderboard.axes.privacy.attack_scores import SCORES, AttackScores, ids_of_sides, is_held_out
from leaderboard.axes.privacy.attacks.evidence import AttackEvidence, EvidenceKind, ShadowLosses
from leaderboard.axes.privacy.attacks.registry import membership_attacks, mounted
from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.privacy.member_sampling import sample_balanced
from leaderboard.axes.privacy.shadow_models import FEWEST, losses, shadow_losses
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.subject import Subject, Training
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

CHEAP_SHADOWS = 32
"""Shadow models where they take milliseconds each."""


class MembershipParameters(Parameters):
    """Parameters of a membership task.

    Attributes:
        per_side: maximal number of members, and of non-members.
        shadow_models: number of shadow models of LiRA and RMIA, each trained as the subject is; None for 32 where they
            are cheap (probes), and none elsewhere; 0 for none.
    """

    per_side: Annotated[int, Field(ge=1)] = 1000
    shadow_models: Annotated[int, Field(ge=0, le=1000)] | None = None

    @field_validator("shadow_models")
    @classmethod
    def _has_both_kinds(cls, count: int | None) -> int | None:
        if count and count < FEWEST:
            raise ValueError(
                f"needs {FEWEST} or more, or 0: two that were trained on an example, and two that were not"
            )
        return count


_NOTHING_TRAINED = (
    "membership is unknown: nothing was trained here, and what the model was pre-trained on is not known; "
    "--members FILE --nonmembers FILE attacks the pre-training of a causal model"
)
_NO_NONMEMBERS = (
    "membership cannot be attacked: the task that the subject was trained on needs splits `nonmembers` and `search` "
    "beside `train`, random parts of the same data, for the attack and its reference"
)
_DEAR_SHADOWS = (
    "no shadow models were trained: each costs as much as the training of the subject; `shadow_models: 16` among the "
    "parameters of the task trains them"
)
_NO_SHADOWS = "no shadow models were trained: `shadow_models` of the task is 0"
_NOT_REPEATABLE = "no shadow models were trained: the subject's training cannot be repeated on other examples"
WHY_NO_SHADOWS = "why_no_shadows"
"""Key of observations without scores of attacks that need shadow models; its value is the reason."""


class Membership(Protocol[MembershipParameters]):
    """Protocol that attacks a subject with a random split of one distribution into members and non-members.

    Its attacks are those of `leaderboard.axes.privacy.attacks` that need no tokens: by loss, calibrated by the loss of
    a reference model trained on neither side, and, with shadow models, LiRA online and offline and RMIA. Observations
    hold losses and scores, and no text.
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    version: ClassVar[int] = 3
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = MembershipParameters
    metrics: ClassVar[tuple[Metric, ...]] = (
        LEAK_AUC,
        LEAK_TPR,
        ATTACK_AUC,
        ATTACK_TPR,
        ATTACK_TPR_LOW,
        BLIND_AUC,
        GENERALISATION_GAP,
    )
    reported: ClassVar[tuple[Metric, ...]] = (ATTACK_ROC,)
    asks_about_training: ClassVar[bool] = True
    draws_by_class: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the loss of the subject for each example, a cross-entropy in nats, and the scores of the attacks."""
        del splits  # the subject brings its training data
        training = subject.training
        if training is None:
            raise NotMeasurableError(_NO_NONMEMBERS if subject.trained_on else _NOTHING_TRAINED)
        classifier = subject.classifier()
        sides = training.members, training.nonmembers
        members, nonmembers = sample_balanced(*sides, self.parameters.per_side, seed=seed, names=classifier.labels)
        examples = [*members, *nonmembers]
        if not examples:
            raise NotMeasurableError("no class has enough labelled examples both inside and outside the training data")
        ids = ids_of_sides(*([example.id for example in side] for side in (members, nonmembers)))
        shadows = self._shadows(training, classifier, examples, seed)
        reason = {WHY_NO_SHADOWS: shadows} if isinstance(shadows, str) else {}
        evidence = AttackEvidence(
            texts=[example.whole for example in examples],
            losses=losses(classifier, examples, subject.name),
            reference_losses=losses(training.reference(), examples, f"the reference of {subject.name}"),
            shadows=None if isinstance(shadows, str) else shadows,
        )
        scores = mounted(evidence, subject.name)
        member, held_out = np.arange(len(ids)) < len(members), np.array([is_held_out(name) for name in ids])
        blind = dict(
            zip(np.flatnonzero(held_out).tolist(), blind_scores(evidence.texts, member, held_out).tolist(), strict=True)
        )
        for index, example in enumerate(examples):
            yield Observation(
                ids[index],
                {
                    "member": bool(member[index]),
                    "label": example.label,
                    "true": classifier.labels[example.label or 0],
                    "loss": float(evidence.losses[index]),
                    "characters": len(example.whole),
                    "blind_score": blind.get(index),
                    SCORES: {name: float(each[index]) for name, each in scores.items()},
                    **reason,
                },
            )

    def _shadows(
        self, training: Training, classifier: Classifier, examples: Sequence[TextExample], seed: int
    ) -> ShadowLosses | str:
        """Return the losses of shadow models where they are cheap or requested, or why there are none."""
        shadows, count = training.shadows, self.parameters.shadow_models
        if shadows is None:
            return _NOT_REPEATABLE
        if count is None:
            count = CHEAP_SHADOWS if shadows.is_cheap else 0
        if not count:
            return _DEAR_SHADOWS if self.parameters.shadow_models is None else _NO_SHADOWS
        try:
            return shadow_losses(training, shadows, classifier, examples, count=count, seed=seed)
        except NotMeasurableError as error:
            return f"no shadow models were trained: {error}"

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each attack as a part."""
        scores = _attack_scores(observations)
        loss, member = scores.attacks["loss"], scores.member
        gap = attempt(GENERALISATION_GAP, lambda: metrics.generalisation_gap(-loss[member], -loss[~member]))
        reasons = {each.data.get(WHY_NO_SHADOWS, "") for each in observations} - {""}
        missing = [
            Measurement(ATTACK_AUC, Estimate.not_measured(min(reasons), n=len(member)), name)
            for name, attack in membership_attacks().items()
            if reasons and EvidenceKind.SHADOWS in attack.needs
        ]
        return [*scores.measurements(), *scores.roc(), gap, *missing]

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """Return all measured metrics as functions of how often each example counts, with the chosen attack fixed.

        Subjects trained on different examples are attacked with different ones, and share few or none.
        """
        scores = _attack_scores(observations)
        numbers = scores.resampled()
        loss, is_member = -scores.attacks["loss"], scores.member.astype(np.float64)
        rows = np.stack([is_member, is_member * loss, 1 - is_member, (1 - is_member) * loss], axis=1)
        numbers[GENERALISATION_GAP.name, ""] = Resampled.of_sums(scores.ids, _gap_from_sums, rows)
        measured_keys = {
            (each.metric.name, each.part) for each in self.estimate(observations) if each.estimate.value is not None
        }
        return {key: number for key, number in numbers.items() if key in measured_keys}


def _attack_scores(observations: Sequence[Observation]) -> AttackScores:
    """Return the scores of all attacks."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    return AttackScores.of(ordered, [each.data[SCORES] for each in ordered], tprs=(ATTACK_TPR, ATTACK_TPR_LOW))


def _gap_from_sums(sums: FloatArray) -> FloatArray:
    """Return the mean loss of non-members minus that of members."""
    gap: FloatArray = sums[:, 3] / sums[:, 2] - sums[:, 1] / sums[:, 0]
    return gap
