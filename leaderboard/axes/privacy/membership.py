"""Membership: was this example in the subject's training data? Loss-based attacks with a known truth."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field

from leaderboard.axes.catalogue import ATTACK_AUC, ATTACK_TPR, BLIND_AUC, GENERALISATION_GAP, LEAK_AUC
from leaderboard.axes.finite import finite
from leaderboard.axes.metric import Axis, Metric
from leaderboard.axes.privacy import metrics
from leaderboard.axes.privacy.blind import blind_scores
from leaderboard.axes.privacy.curves import auc_of, tpr_of
from leaderboard.axes.protocol import Measurement, Observation, Parameters, Protocol, attempt
from leaderboard.data.examples import Example, TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.identity import digest
from leaderboard.models.subject import Capability, Classifier, FloatArray, Subject
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.resampled import Resampled

if TYPE_CHECKING:
    from leaderboard.engine.engine import Engine


class MembershipParameters(Parameters):
    """What a membership task may set.

    Attributes:
        per_side: at most this many members, and as many non-members.
    """

    per_side: Annotated[int, Field(ge=1)] = 1000


class Membership(Protocol[MembershipParameters]):
    """Attacks the subject with its own training data: a random split of one distribution into members and others.

    Two attacks: `loss` says the smaller the loss the likelier a member (Yeom et al. 2018); `calibrated` subtracts it
    from the loss of a reference that saw neither side, which takes out how hard an example is (Watson et al. 2022).
    """

    axis: ClassVar[Axis] = Axis.PRIVACY
    version: ClassVar[int] = 2
    needs: ClassVar[frozenset[Capability]] = frozenset({Capability.CLASSIFY})
    example: ClassVar[type[Example] | None] = None
    parameters_type: ClassVar[type[Parameters]] = MembershipParameters
    metrics: ClassVar[tuple[Metric, ...]] = (LEAK_AUC, ATTACK_AUC, ATTACK_TPR, BLIND_AUC, GENERALISATION_GAP)
    asks_about_training: ClassVar[bool] = True
    draws_by_class: ClassVar[bool] = True

    def observe(
        self, subject: Subject, splits: Mapping[str, Sequence[Any]], engine: "Engine", *, seed: int
    ) -> Iterator[Observation]:
        """See `Protocol.observe`. Losses are cross-entropies of the true class, in nats."""
        del splits, engine  # the subject brings its training data, its classifier an engine of its own
        training = subject.training
        if training is None:
            raise NotMeasurableError(
                "membership is unknown: nothing was trained here, and what the model was pre-trained on is not known"
            )
        classifier = subject.classify()
        sides = training.members, training.nonmembers
        members, nonmembers = balanced(*sides, self.parameters.per_side, seed=seed, names=classifier.labels)
        examples = [*members, *nonmembers]
        if not examples:
            raise NotMeasurableError("no class has enough labelled examples both inside and outside the training data")
        texts = [example.whole for example in examples]
        ids = [f"member/{example.id}" for example in members] + [f"nonmember/{example.id}" for example in nonmembers]
        losses = _losses(classifier, examples, subject.model.name)
        references = _losses(training.reference(), examples, f"the reference of {subject.model.name}")
        member, held_out = np.arange(len(ids)) < len(members), np.array([_held_out(name) for name in ids])
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
        """See `Protocol.estimate`. Parts: each attack."""
        seen = _Seen.of(observations)
        loss, member = seen.attacks["loss"], seen.member
        measurements = [
            attempt(LEAK_AUC, lambda: metrics.leak_auc(seen.attacks, member, seen.held_out, seen.blind_auc)),
            attempt(BLIND_AUC, lambda: seen.blind_auc),
            attempt(GENERALISATION_GAP, lambda: metrics.generalisation_gap(-loss[member], -loss[~member])),
        ]
        for name, scores in seen.attacks.items():
            sides = scores[member], scores[~member]
            measurements.append(attempt(ATTACK_AUC, partial(metrics.attack_auc, *sides), name))
            measurements.append(attempt(ATTACK_TPR, partial(metrics.tpr_at_fpr, *sides), name))
        return measurements

    def resampled(self, observations: Sequence[Observation]) -> Mapping[tuple[str, str], Resampled]:
        """See `Protocol.resampled`. The attack that was chosen is kept.

        Two subjects trained on other examples are attacked with others, too, and share few or none.
        """
        seen = _Seen.of(observations)
        ids = np.array(seen.ids)
        everything = np.ones(len(ids), dtype=np.bool_)
        found = {}
        for part, scores in seen.attacks.items():
            found[ATTACK_AUC.name, part] = _curve(auc_of, ids, scores, seen.member, everything)
            found[ATTACK_TPR.name, part] = _curve(tpr_of, ids, scores, seen.member, everything)
        found[BLIND_AUC.name, ""] = _curve(auc_of, ids, seen.blind, seen.member, np.isfinite(seen.blind))
        stronger = metrics.stronger_attack(seen.attacks, seen.member, seen.held_out)
        if not isinstance(stronger, Estimate):
            found[LEAK_AUC.name, ""] = _curve(auc_of, ids, stronger[1], seen.member, seen.held_out)
        loss, inside = -seen.attacks["loss"], seen.member.astype(np.float64)
        rows = np.stack([inside, inside * loss, 1 - inside, (1 - inside) * loss], axis=1)
        found[GENERALISATION_GAP.name, ""] = Resampled.of_sums(seen.ids, _gap_of, rows)
        measured = {
            (each.metric.name, each.part) for each in self.estimate(observations) if each.estimate.value is not None
        }
        return {key: number for key, number in found.items() if key in measured}


@dataclass(frozen=True)
class _Seen:
    """What was seen, in the order of the ids, each of shape (n,).

    Attributes:
        attacks: scores of each; larger means "more likely trained on".
        blind: score of the blind baseline; NaN where it was not asked.
    """

    ids: tuple[str, ...]
    member: metrics.BoolArray
    held_out: metrics.BoolArray
    attacks: Mapping[str, FloatArray]
    blind: FloatArray

    @classmethod
    def of(cls, observations: Sequence[Observation]) -> Self:
        ordered = sorted(observations, key=lambda seen: seen.example_id)
        loss, reference, blind = (
            np.array([seen.data[name] for seen in ordered], dtype=np.float64)
            for name in ("loss", "reference_loss", "blind_score")
        )
        return cls(
            tuple(seen.example_id for seen in ordered),
            np.array([seen.data["member"] for seen in ordered], dtype=np.bool_),
            np.array([_held_out(seen.example_id) for seen in ordered], dtype=np.bool_),
            {"loss": -loss, "calibrated": reference - loss},
            blind,
        )

    @property
    def blind_auc(self) -> Estimate:
        asked = np.isfinite(self.blind)
        return metrics.attack_auc(self.blind[asked & self.member], self.blind[asked & ~self.member])


def _curve(
    read: Callable[[FloatArray, metrics.BoolArray], Callable[[FloatArray], FloatArray]],
    ids: npt.NDArray[np.str_],
    scores: FloatArray,
    member: metrics.BoolArray,
    among: metrics.BoolArray,
) -> Resampled:
    """What is read off the curve of some of the examples."""
    return Resampled(tuple(map(str, ids[among])), read(scores[among], member[among]))


def _gap_of(sums: FloatArray) -> FloatArray:
    """Mean loss of non-members minus that of members."""
    gap: FloatArray = sums[:, 3] / sums[:, 2] - sums[:, 1] / sums[:, 0]
    return gap


def balanced(
    members: Sequence[TextExample],
    nonmembers: Sequence[TextExample],
    per_side: int,
    *,
    seed: int,
    names: Sequence[str] = (),
) -> tuple[list[TextExample], list[TextExample]]:
    """As many of either side, and of each class as many on either side, drawn at random.

    Unlabelled examples, repeated texts and non-members whose text was trained on are left out.

    Args:
        members: what was trained on.
        nonmembers: what was not.
        per_side: at most this many of either.
        seed: of the draw.
        names: of the classes, which take their turns by name, so that a task file's order of them draws no others.
    """
    inside, outside = _by_class(members, set()), _by_class(nonmembers, {example.whole for example in members})
    common = sorted(inside.keys() & outside.keys(), key=lambda label: (names[label] if names else "", label))
    sizes = {label: min(len(inside[label]), len(outside[label])) for label in common}
    total = sum(sizes.values())
    wanted = min(per_side, total)
    rng = np.random.default_rng(seed)
    drawn: tuple[list[TextExample], list[TextExample]] = ([], [])
    for label, size in sizes.items():
        for side, pool in zip(drawn, (inside[label], outside[label]), strict=True):
            chosen = rng.choice(len(pool), size=size * wanted // total, replace=False)
            side.extend(pool[index] for index in sorted(chosen))
    return drawn


def _by_class(examples: Sequence[TextExample], known: set[str]) -> dict[int, list[TextExample]]:
    seen, classes = set(known), dict[int, list[TextExample]]()
    for example in sorted(examples, key=lambda example: example.id):
        if example.label is not None and example.whole not in seen:
            seen.add(example.whole)
            classes.setdefault(example.label, []).append(example)
    return classes


def _losses(classifier: Classifier, examples: Sequence[TextExample], who: str) -> FloatArray:
    answers = classifier.log_probabilities([example.content for example in examples])
    truth = np.array([example.label for example in examples], dtype=np.intp)
    return -finite(answers[np.arange(len(truth)), truth], who)


def _held_out(example_id: str) -> bool:
    """Which half an example is in: a coin that falls the same way for every subject."""
    return int(digest(example_id)[-1], 16) % 2 == 1
