"""Mixup: training on examples interpolated between two others, with interpolated labels."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import TextExample
from leaderboard.errors import RequestError
from leaderboard.mitigations.dp_sgd import LEARNS_WITHOUT_NOISE, DpSgd
from leaderboard.mitigations.levers import Searched
from leaderboard.mitigations.ranges import Real
from leaderboard.mitigations.stages import HeadMitigation, StepMitigation

if TYPE_CHECKING:
    from leaderboard.training.linear_head import Head, HeadProblem
    from leaderboard.training.steps.step import Learner, Step
    from leaderboard.training.target import Target


class Mixup(HeadMitigation, StepMitigation):
    """Train on interpolated examples: of a probe's features, or of a training's embeddings.

    Attributes:
        mixup: α of the Beta(α, α) of the mixing weights (Zhang et al. 2018), for the features of a probe or the
            embeddings in a training; 0 is off. For text classification.
    """

    name = "mixup"
    axes = (Axis.OOD, Axis.ACCURACY)
    source = "Zhang et al. 2018, mixup: Beyond Empirical Risk Minimization; Guo et al. 2019 (embeddings)"
    excludes = ((DpSgd, LEARNS_WITHOUT_NOISE),)
    always_recorded = True

    mixup: Annotated[
        float,
        Field(ge=0),
        Searched(Real(low=0, high=0.4, half_off=True), "Beta(α, α) by which texts are mixed"),
    ] = 0.0

    def check(self, target: "Target") -> None:
        """Check that the task classifies texts."""
        if target.example is not None and not issubclass(target.example, TextExample):
            raise self._needs_texts()

    def _needs_texts(self) -> RequestError:
        return RequestError(
            f"recipe.mixup {self.mixup:g}: mixup needs text classification, not tags or choices\n"
            "  Leave it off (0) for this task."
        )

    def fit(self, problem: "HeadProblem") -> "Head":
        """Fit a head to mixed features."""
        from leaderboard.mitigations.mixup.features import mix  # noqa: PLC0415 - not needed to read settings

        return problem.fit(partial(mix, alpha=self.mixup, seed=problem.seed))

    def step(self, learner: "Learner") -> "Step":
        """Return a training step with mixed embeddings.

        Raises:
            RequestError: for tags or choices.
        """
        from leaderboard.mitigations.mixup.step import MixupStep  # noqa: PLC0415 - slow to import
        from leaderboard.training.objectives.classification import ClassificationObjective  # noqa: PLC0415

        if not isinstance(learner.objective, ClassificationObjective):
            raise self._needs_texts()
        return MixupStep(learner, self.mixup)
