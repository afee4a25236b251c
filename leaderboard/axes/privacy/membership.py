"""Membership: the protocol of loss-based membership inference attacks on a subject's training data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from leaderboard.arrays import FloatArray
from leaderboard.axes.axis import Axis
from leaderboard.axes.finite import require_finite
from leaderboard.axes.metric import Metric
from leaderboard.axes.privacy import ATTACK_AUC, ATTACK_TPR, BLIND_AUC, GENERALISATION_GAP, LEAK_AUC, metrics
from leaderboard.axes.privacy.attack_scores import AttackScores, columns, ids_of_sides, is_held_out
from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.backends.capability import Capability
from leaderboard.backends.classifiers import Classifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.resampled import Resampled


class MembershipParameters(Parameters):
    """Parameters of a membership task.

    Attributes:
        per_side: maximal number of members, and of non-members.
    """

    per_side: Annotated[int, Field(ge=1)] = 1000


_NOTHING_TRAINED = "membership is unknown: nothing was trained here, and what the model was pre-trained on is not known"
_NO_NONMEMBERS = (
    "membership cannot be attacked: the task that the subject was trained on needs splits `nonmembers` and `search` "
    "beside `train`, random parts of the same data, for the attack and its reference"
)


class Membership(Protocol[MembershipParameters]):
    """Protocol that attacks a subject with a random split of one distribution into members and non-members.

    Two attacks: `loss` scores examples by minus their loss (Yeom et al. 2018); `calibrated` subtracts the loss from
    that of a reference model trained on neither side, which accounts for the difficulty of examples (Watson et al.
    2022).
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = MembershipParameters
    metrics: ClassVar[tuple[Metric, ...]] = (LEAK_AUC, ATTACK_AUC, ATTACK_TPR, BLIND_AUC, GENERALISATION_GAP)
    asks_about_training: ClassVar[bool] = True
    draws_by_class: ClassVar[bool] = True

    def observe(self, subject: Subject, splits: Mapping[str, Sequence[Any]], *, seed: int) -> Iterator[Observation]:
        """Yield the losses of the subject and the reference for each example: cross-entropies in nats."""
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
        texts = [example.whole for example in examples]
        ids = ids_of_sides(*([example.id for example in side] for side in (members, nonmembers)))
        losses = _losses(classifier, examples, subject.name)
        references = _losses(training.reference(), examples, f"the reference of {subject.name}")
        member, held_out = np.arange(len(ids)) < len(members), np.array([is_held_out(name) for name in ids])
        blind = dict(
            zip(np.flatnonzero(held_out).tolist(), blind_scores(texts, member, held_out).tolist(), strict=True)
        )
        for index, example in enumerate(examples):
            yield Observation(
                ids[index],
                {
                    "member": bool(member[index]),
                    "label": example.label,
                    "true": classifier.labels[example.label or 0],
                    "loss": float(losses[index]),
                    "reference_loss": float(references[index]),
                    "characters": len(example.whole),
                    "blind_score": blind.get(index),
                },
            )

    def estimate(self, observations: Sequence[Observation]) -> list[Measurement]:
        """Estimate all metrics, with each attack as a part."""
        scores = _attack_scores(observations)
        loss, member = scores.attacks["loss"], scores.member
        gap = attempt(GENERALISATION_GAP, lambda: metrics.generalisation_gap(-loss[member], -loss[~member]))
        return [*scores.measurements(), gap]

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
    """Return the scores of both attacks."""
    ordered = sorted(observations, key=lambda observation: observation.example_id)
    loss, reference, blind, member = columns(ordered, "loss", "reference_loss", "blind_score", "member")
    return AttackScores(
        tuple(observation.example_id for observation in ordered),
        member.astype(np.bool_),
        {"loss": -loss, "calibrated": reference - loss},
        blind,
    )


def _gap_from_sums(sums: FloatArray) -> FloatArray:
    """Return the mean loss of non-members minus that of members."""
    gap: FloatArray = sums[:, 3] / sums[:, 2] - sums[:, 1] / sums[:, 0]
    return gap


def sample_balanced(
    members: Sequence[TextExample],
    nonmembers: Sequence[TextExample],
    per_side: int,
    *,
    seed: int,
    names: Sequence[str] = (),
) -> tuple[list[TextExample], list[TextExample]]:
    """Sample equally many members and non-members, with equal numbers of each class, at random.

    Unlabelled examples, repeated texts and non-members whose text was trained on are left out.

    Args:
        members: training examples.
        nonmembers: other examples.
        per_side: maximal number of examples per side.
        seed: seed of the sample.
        names: names of the classes, which are sampled by name, whatever the order of labels in a task file.
    """
    member_classes, nonmember_classes = (
        _by_class(members, set()),
        _by_class(nonmembers, {example.whole for example in members}),
    )
    labels_in_both = sorted(
        member_classes.keys() & nonmember_classes.keys(), key=lambda label: (names[label] if names else "", label)
    )
    sizes = {label: min(len(member_classes[label]), len(nonmember_classes[label])) for label in labels_in_both}
    total = sum(sizes.values())
    per_side_total = min(per_side, total)
    rng = np.random.default_rng(seed)
    sampled: tuple[list[TextExample], list[TextExample]] = ([], [])
    for label, size in sizes.items():
        for side, pool in zip(sampled, (member_classes[label], nonmember_classes[label]), strict=True):
            chosen = rng.choice(len(pool), size=size * per_side_total // total, replace=False)
            side.extend(pool[index] for index in sorted(chosen))
    return sampled


def _by_class(examples: Sequence[TextExample], excluded: set[str]) -> dict[int, list[TextExample]]:
    texts, classes = set(excluded), dict[int, list[TextExample]]()
    for example in sorted(examples, key=lambda example: example.id):
        if example.label is not None and example.whole not in texts:
            texts.add(example.whole)
            classes.setdefault(example.label, []).append(example)
    return classes


def _losses(classifier: Classifier, examples: Sequence[TextExample], source: str) -> FloatArray:
    answers = classifier.log_probabilities([example.content for example in examples])
    truth = np.array([example.label for example in examples], dtype=np.intp)
    return -require_finite(answers[np.arange(len(truth)), truth], source)
