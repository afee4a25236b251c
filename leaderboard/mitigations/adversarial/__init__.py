"""Adversarial training: the model learns from worst-case perturbations of the embeddings."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.mitigations.dp_sgd import LEARNS_WITHOUT_NOISE, DpSgd
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real, choice
from leaderboard.mitigations.stages import StepMitigation

if TYPE_CHECKING:
    from leaderboard.training.steps.step import Learner, Step


class Adversary(StrEnum):
    """Method that perturbs the embeddings in adversarial training."""

    NONE = "none"
    FGM = "fgm"
    PGD = "pgd"
    FREELB = "freelb"


class AdversarialTraining(StepMitigation):
    """Train on worst-case perturbations of the embeddings.

    Attributes:
        adversary: method that perturbs the embeddings: fgm (Miyato et al. 2017), pgd (Madry et al. 2018) or
            freelb (Zhu et al. 2020).
        adversary_epsilon: size of the perturbation, as the Euclidean norm over all tokens of a text.
        adversary_steps: number of steps of pgd and of freelb, each of which costs a pass.
    """

    name = "adversarial"
    axes = (Axis.OOD,)
    source = "Miyato et al. 2017 (FGM); Madry et al. 2018 (PGD); Zhu et al. 2020 (FreeLB)"
    order = 1
    excludes = ((DpSgd, LEARNS_WITHOUT_NOISE),)
    always_recorded = True

    adversary: Annotated[
        Adversary, Searched(choice([each.value for each in Adversary]), "learn from worst-case inputs")
    ] = Adversary.NONE
    adversary_epsilon: Annotated[
        float,
        Field(gt=0),
        Searched(Real(low=1e-3, high=1, log=True), "how far they lie (adversary)", off=0.1),
    ] = 1.0
    adversary_steps: Annotated[int, Field(ge=1, le=1_000)] = 3

    def step(self, learner: "Learner") -> "Step":
        """Return a training step with perturbed embeddings."""
        from leaderboard.mitigations.adversarial.step import AdversarialStep, Attack  # noqa: PLC0415 - slow to import

        return AdversarialStep(learner, Attack.of(self.adversary, self.adversary_epsilon, self.adversary_steps))
